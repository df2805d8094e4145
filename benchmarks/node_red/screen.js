// What our own screening asks of a reading: its shape, its range, its clock.
const FUTURE_MS = 600 * 1000, AGE_MS = 400 * 24 * 3600 * 1000;

class Screen {
  constructor(node) {
    this.node = node;
  }

  // Return the message with a row's values as its payload; null, with a warning, where it can't be believed.
  read(msg) {
    const said = msg.payload, now = Date.now();
    const at = typeof said === "object" && said !== null ? Date.parse(said.measured_at) : NaN;
    if (!(at < now + FUTURE_MS && at > now - AGE_MS) || !/(Z|[+-]\d\d:\d\d)$/.test(said.measured_at)) {
      return this.refused(msg, "measured_at");
    }
    if (typeof said.fill_level !== "number" || !(said.fill_level >= -0.1 && said.fill_level <= 2)) {
      return this.refused(msg, "fill_level");
    }
    msg.payload = {bin_id: msg.topic.slice(msg.topic.lastIndexOf("/") + 1), at, now, level: said.fill_level};
    return msg;
  }

  refused(msg, field) {
    this.node.warn(`${msg.topic}: ${field}`);
    return null;
  }
}

module.exports = {Screen};
