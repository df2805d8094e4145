// LM-XL level meter: distance in mm, level in percent, battery in mV, big-endian.
function decodeUplink(input) {
  var bytes = input.bytes;
  if (bytes.length < 5) { return {errors: ["the message is cut off"]}; }
  return {data: {distance: (bytes[0] << 8) | bytes[1], levelPercentage: bytes[2], batteryVoltage: (bytes[3] << 8) | bytes[4]}};
}
