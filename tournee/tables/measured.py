"""What is measured and what is done: readings, services, and messages that were refused or wait."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
)

from tournee.tables.kinds import Instant, metadata


def _measurement() -> list[Column[object]]:
    """Return the columns that a reading and the latest state of a bin share."""
    return [
        Column("received_at", Instant, nullable=False),
        Column("fill_level", Float, nullable=False),
        Column("sensor_id", String, nullable=False),
        Column("distance_mm", Float),
        Column("temperature_c", Float),
        Column("battery_v", Float),
        Column("quality", String, nullable=False),
        Column("quality_reason", String, nullable=False),
        Column("battery_level", Float),
        Column("is_tilted", Boolean),
        Column("rssi_dbm", Float),
        Column("frame_counter", BigInteger),
    ]


reading = Table(
    "reading",
    metadata,
    Column("bin_key", ForeignKey("bin.bin_key"), primary_key=True),
    Column("measured_at", Instant, primary_key=True),
    *_measurement(),
    sqlite_with_rowid=False,  # the key is the table: no second tree to write
    postgresql_partition_by="RANGE (measured_at)",  # a partition a day; a hypertable where TimescaleDB is at hand
)

reading_hour = Table(
    "reading_hour",
    metadata,
    Column("bin_key", ForeignKey("bin.bin_key"), primary_key=True),
    Column("hour_at", Instant, primary_key=True),
    Column("num_accepted", Integer, nullable=False),
    Column("num_suspicious", Integer, nullable=False),
    # Of the accepted readings; none where there were none.
    Column("last_measured_at", Instant),
    Column("last_fill_level", Float),
    Column("min_fill_level", Float),
    Column("mean_fill_level", Float),
    Column("max_fill_level", Float),
    Column("max_temperature_c", Float),  # of all: a fire is no time to doubt
    sqlite_with_rowid=False,
)

bin_state = Table(
    "bin_state",
    metadata,
    Column("bin_key", ForeignKey("bin.bin_key"), primary_key=True),
    Column("measured_at", Instant, nullable=False),
    *_measurement(),
    Column("unchanged_since_at", Instant),  # when the level that it still has was measured first
)

service = Table(
    "service",
    metadata,
    Column("bin_key", ForeignKey("bin.bin_key"), primary_key=True),
    Column("served_at", Instant, primary_key=True),
    Column("source", String, primary_key=True),
    Column("outcome", String, nullable=False),
    Column("skip_reason", String, nullable=False),
    Column("vehicle_id", String, nullable=False),
    Column("plan_id", String, nullable=False),
    Column("fill_level_seen", Float),
    Index(None, "served_at"),
)

refusal = Table(
    "refusal",
    metadata,
    Column("content_hash", String(64), primary_key=True),
    Column("topic", String, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("reason", String, nullable=False, index=True),
    Column("detail", Text, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("count", Integer, nullable=False),
)

posted_message = Table(
    "posted_message",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("message_id", String, nullable=False, unique=True),
    Column("source", String, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("status", String, nullable=False, index=True),
    Column("num_readings", Integer, nullable=False),
    Column("reason", String, nullable=False),
    Column("detail", Text, nullable=False),
)

tally = Table(
    "tally",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", BigInteger, nullable=False),
)
