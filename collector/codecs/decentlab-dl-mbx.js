// Decentlab DL-MBX: protocol version, device id, flags, then 16-bit big-endian words; bit 0 the echo, bit 1 the battery.
function decodeUplink(input) {
  var bytes = input.bytes, at = 5;
  function word() { at += 2; return (bytes[at - 2] << 8) | bytes[at - 1]; }
  if (bytes.length < 5 || bytes[0] !== 2) { return {errors: ["no message of protocol version 2"]}; }
  var flags = (bytes[3] << 8) | bytes[4];
  if (bytes.length < 5 + 4 * (flags & 1) + (flags & 2)) { return {errors: ["the message is cut off"]}; }
  var data = {protocol_version: bytes[0], device_id: (bytes[1] << 8) | bytes[2]};
  if (flags & 1) { data.distance = word(); data.number_of_valid_samples = word(); }
  if (flags & 2) { data.battery_voltage = word() / 1000; }
  return {data: data};
}
