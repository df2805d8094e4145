// Milesight EM310-UDL, EM400-UDL, EM400-TLD, EM400-MUD, EM500-UDL: a row of channel, type, little-endian value.
// An unknown channel ends the reading: its length is not known, and what follows would be guessed.
function decodeUplink(input) {
  var bytes = input.bytes, data = {}, warnings = [], at = 0;
  function u16(i) { return bytes[i] | (bytes[i + 1] << 8); }
  function i16(i) { return (u16(i) << 16) >> 16; }
  var lengths = {0x0175: 1, 0x0367: 2, 0x0382: 2, 0x0482: 2, 0x0400: 1, 0x0500: 1, 0x8367: 3, 0x8482: 3};
  while (at + 2 < bytes.length) {
    var kind = (bytes[at] << 8) | bytes[at + 1], length = lengths[kind], i = at + 2;
    if (length === undefined || i + length > bytes.length) { break; }
    switch (kind) {
      case 0x0175: data.battery = bytes[i]; break;
      case 0x0367: data.temperature = i16(i) / 10; break;
      case 0x0382: case 0x0482: data.distance = u16(i); break;
      case 0x0400: case 0x0500: data.position = bytes[i] === 0 ? "normal" : "tilt"; break;
      case 0x8367: data.temperature = i16(i) / 10; data.temperature_abnormal = bytes[i + 2] === 1; break;
      case 0x8482: data.distance = u16(i); data.distance_alarming = bytes[i + 2] === 1; break;
    }
    at = i + length;
  }
  if (at < bytes.length) { warnings.push("bytes from " + at + " on are not understood"); }
  return {data: data, warnings: warnings};
}
