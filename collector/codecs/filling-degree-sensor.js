// Filling degree sensor (port 1): status and battery, distance in cm, then a fault code or temperature and humidity.
function decodeUplink(input) {
  var bytes = input.bytes, status = bytes[0];
  if (input.fPort !== 1 || bytes.length < 3) { return {errors: ["no fill reading"]}; }
  var data = {battery: ((status & 0x0f) + 20) / 10, distance: (bytes[1] << 8) | bytes[2], valid: true};
  if (bytes.length === 4 && bytes[3] !== 0) { data.valid = false; data.errorcode = bytes[3]; delete data.distance; }
  if (bytes.length >= 8) {
    data.temperature = (((bytes[4] << 8) | bytes[5]) << 16 >> 16) / 100;
    data.relativeHumidity = ((bytes[6] << 8) | bytes[7]) / 100;
  }
  return {data: data};
}
