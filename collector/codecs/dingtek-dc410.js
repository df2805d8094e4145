// Dingtek DC410, DF530, DF702 heartbeats: height in mm at 5, then (after a position) temperature, tilt and alarms.
function decodeUplink(input) {
  var bytes = input.bytes;
  if (input.fPort !== 3 || bytes.length < 16 || bytes[0] !== 0x80) { return {errors: ["no uplink of this device"]}; }
  if (bytes[3] !== 1 && bytes[3] !== 2) { return {errors: ["no heartbeat: it confirms a command"]}; }
  var at = bytes.length >= 24 ? 16 : 8, temperature = (bytes[at] << 24) >> 24;
  return {data: {distance_mm: (bytes[5] << 8) | bytes[6], temperature: temperature}};
}
