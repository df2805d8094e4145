// Dragino LDDS20, LDDS45, LDDS75 (port 2): battery in mV, distance in mm, and from firmware 1.1.4 on four bytes more.
function decodeUplink(input) {
  var bytes = input.bytes;
  if (input.fPort !== 2) { return {errors: ["unknown FPort"]}; }
  if (bytes.length < 4) { return {errors: ["the message is cut off"]}; }
  var data = {battery_mv: ((bytes[0] << 8) | bytes[1]) & 0x3fff}, distance = (bytes[2] << 8) | bytes[3];
  if (bytes.length >= 8 && bytes[7] === 0 || distance === 0) { return {data: data, warnings: ["no sensor is connected"]}; }
  if (distance === 20) { return {data: data, warnings: ["no valid echo"]}; }
  data.distance_mm = distance;
  return {data: data};
}
