// Reading and latest state, as our own store keeps them: one transaction for what came within BENCH_BATCH_MS.
// With 0 each message has its own, as a flow out of the palette's database nodes would do it.
const FIELDS = "bin_key, measured_at, received_at, fill_level, sensor_id, quality, quality_reason";
const STATE =
  " ON CONFLICT (bin_key) DO UPDATE SET measured_at = excluded.measured_at, received_at = excluded.received_at, " +
  "fill_level = excluded.fill_level WHERE excluded.measured_at > bin_state.measured_at";

class Lite {
  constructor(url) {
    const {DatabaseSync} = require("node:sqlite");
    this.db = new DatabaseSync(url.replace("sqlite:///", ""), {timeout: 30000});
    this.db.exec("PRAGMA synchronous = FULL");
    const values = "VALUES (?, ?, ?, ?, '', 'accepted', '')";
    this.reading = this.db.prepare(`INSERT INTO reading (${FIELDS}) ${values} ON CONFLICT DO NOTHING`);
    this.state = this.db.prepare(`INSERT INTO bin_state (${FIELDS}) ${values}${STATE}`);
  }

  async keys() {
    return this.db.prepare("SELECT bin_id, bin_key FROM bin").all();
  }

  async write(rows, newest) {
    this.db.exec("BEGIN IMMEDIATE");
    for (const row of rows) this.reading.run(...row);
    for (const row of newest) this.state.run(...row);
    this.db.exec("COMMIT");
  }

  async close() {
    this.db.close();
  }
}

class Postgres {
  constructor(url) {
    const {Client} = require("pg");
    this.db = new Client({connectionString: url});
    this.connected = this.db.connect();
  }

  async keys() {
    await this.connected;
    return (await this.db.query("SELECT bin_id, bin_key FROM bin")).rows;
  }

  async write(rows, newest) {
    await this.db.query("BEGIN");
    await this.insert("reading", rows, " ON CONFLICT DO NOTHING");
    await this.insert("bin_state", newest, STATE);
    await this.db.query("COMMIT");
  }

  // One statement and four arrays, however many rows: what is quickest without COPY.
  insert(table, rows, conflict) {
    const text =
      `INSERT INTO ${table} (${FIELDS}) SELECT *, '', 'accepted', '' ` +
      `FROM unnest($1::int[], $2::bigint[], $3::bigint[], $4::float8[])${conflict}`;
    const columns = [0, 1, 2, 3].map((column) => rows.map((row) => row[column]));
    return this.db.query({name: table, text, values: columns});
  }

  async close() {
    await this.db.end();
  }
}

class Writer {
  constructor(env, node) {
    const url = env.get("TOURNEE_STORE__URL");
    this.db = url.startsWith("sqlite") ? new Lite(url) : new Postgres(url);
    this.wait = Number(env.get("BENCH_BATCH_MS"));
    this.node = node;
    this.rows = [];
    this.writing = null;
  }

  async open() {
    this.binKeys = new Map((await this.db.keys()).map((row) => [row.bin_id, row.bin_key]));
    if (this.wait) this.timer = setInterval(() => this.flush(), this.wait);
  }

  add({bin_id, at, now, level}) {
    const key = this.binKeys?.get(bin_id);
    if (key === undefined) {
      this.node.warn(`there is no bin ${bin_id}`);
      return;
    }
    this.rows.push([key, at, now, level]);
    if (!this.wait) this.flush();
  }

  // A batch at a time: what comes meanwhile is the next one.
  async flush() {
    if (this.writing || !this.rows.length) return;
    const rows = this.wait ? this.rows.splice(0) : this.rows.splice(0, 1);
    const newest = new Map();
    for (const row of rows) {
      if (!(newest.get(row[0])?.[1] >= row[1])) newest.set(row[0], row);
    }
    this.writing = this.db.write(rows, [...newest.values()]);
    await this.writing;
    this.writing = null;
    if (!this.wait) this.flush();
  }

  async close() {
    clearInterval(this.timer);
    await this.writing;
    await this.flush();
    await this.db.close();
  }
}

module.exports = {Writer};
