"""The tables, and nothing else. Every change here comes with a migration.

Instants are whole milliseconds since 1970 UTC: they sort, they are the same on every database, and no driver guesses
a time zone. Bins have an integer key beside their id: readings are the one table that grows without end, and an
integer pair is a third of the size of a text key.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    Dialect,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    text,
)
from sqlalchemy.types import TypeDecorator

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)


class Instant(TypeDecorator[datetime]):
    """An aware instant, kept as whole milliseconds since 1970 UTC."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Turn an aware instant into milliseconds."""
        return None if value is None else to_milliseconds(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Turn milliseconds into an aware instant."""
        return None if value is None else from_milliseconds(value)


def to_milliseconds(instant: datetime) -> int:
    """Return whole milliseconds since 1970 UTC; exact, where `timestamp()` would round a float."""
    return (instant - EPOCH) // MILLISECOND


def from_milliseconds(milliseconds: int) -> datetime:
    """Return the aware instant of whole milliseconds since 1970 UTC."""
    return EPOCH + timedelta(milliseconds=milliseconds)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# --- what stands in the town ---

depot = Table(
    "depot",
    metadata,
    Column("depot_id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("lat", Float, nullable=False),
    Column("lon", Float, nullable=False),
    Column("opening_hours", String, nullable=False),
)

facility = Table(
    "facility",
    metadata,
    Column("facility_id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("lat", Float, nullable=False),
    Column("lon", Float, nullable=False),
    Column("waste_streams", JSON, nullable=False),
    Column("unloading_time_s", Integer, nullable=False),
    Column("opening_hours", String, nullable=False),
)

vehicle = Table(
    "vehicle",
    metadata,
    Column("vehicle_id", String, primary_key=True),
    Column("depot_id", ForeignKey("depot.depot_id"), nullable=False, index=True),
    Column("name", String, nullable=False),
    Column("waste_streams", JSON, nullable=False),
    Column("payload_kg", Float, nullable=False),
    Column("body_m3", Float, nullable=False),
    Column("compaction", JSON, nullable=False),
    Column("shift_start", String(5), nullable=False),
    Column("shift_end", String(5), nullable=False),
    Column("breaks", JSON, nullable=False),
    Column("break_rules", JSON, nullable=False, server_default="[]"),
    Column("length_m", Float, nullable=False),
    Column("width_m", Float, nullable=False),
    Column("height_m", Float, nullable=False),
    Column("weight_t", Float, nullable=False),
    Column("axle_load_t", Float, nullable=False),
    Column("cost_per_km_eur", Float, nullable=False),
    Column("cost_per_hour_eur", Float, nullable=False),
    Column("overtime_max_s", Integer, nullable=False, server_default="0"),
    Column("overtime_cost_per_hour_eur", Float, nullable=False, server_default="50"),
)

bin_ = Table(
    "bin",
    metadata,
    Column("bin_key", Integer, primary_key=True),
    Column("bin_id", String, nullable=False, unique=True),
    Column("place_id", String, nullable=False),
    Column("depot_id", ForeignKey("depot.depot_id"), nullable=False, index=True),
    Column("address", String, nullable=False),
    Column("lat", Float, nullable=False),
    Column("lon", Float, nullable=False),
    Column("waste_stream", String, nullable=False),
    Column("container_type", String, nullable=False),
    Column("volume_l", Float, nullable=False),
    Column("density_kg_per_m3", Float, nullable=False),
    Column("place_time_s", Integer, nullable=False),
    Column("service_time_s", Integer, nullable=False),
    Column("opening_hours", String, nullable=False),
    Column("curb_side", String, nullable=False),
    Column("district", String, nullable=False),
    Column("note", Text, nullable=False),
)

sensor = Table(
    "sensor",
    metadata,
    Column("sensor_id", String, primary_key=True),
    Column("bin_id", ForeignKey("bin.bin_id"), nullable=False, index=True),
    Column("mount", String, nullable=False),
    Column("empty_distance_mm", Float, nullable=False),
    Column("full_distance_mm", Float, nullable=False),
    Column("profile", String, nullable=False, server_default=""),
)

placement = Table(
    "placement",
    metadata,
    Column("sensor_id", String, primary_key=True),
    Column("since_at", Instant, primary_key=True),
    Column("bin_id", ForeignKey("bin.bin_id"), nullable=False, index=True),
    Column("until_at", Instant),
)

device_state = Table(
    "device_state",
    metadata,
    Column("sensor_id", String, primary_key=True),
    Column("last_seen_at", Instant, nullable=False),
    Column("num_accepted", BigInteger, nullable=False),
    Column("num_suspicious", BigInteger, nullable=False),
    Column("num_refused", BigInteger, nullable=False),
    Column("battery_v", Float),
    Column("battery_level", Float),
    Column("temperature_c", Float),
    Column("rssi_dbm", Float),
    Column("last_complaint", Text, nullable=False),
)

# --- what is measured and what is done ---


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

# --- what a person should look at ---

alert = Table(
    "alert",
    metadata,
    Column("alert_id", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("bin_id", ForeignKey("bin.bin_id"), nullable=False, index=True),
    Column("sensor_id", String, nullable=False),
    Column("status", String, nullable=False, index=True),
    Column("opened_at", Instant, nullable=False),
    Column("evidence", JSON, nullable=False),
    Column("acknowledged_at", Instant),
    Column("acknowledged_by", String, nullable=False),
    Column("closed_at", Instant),
    Column("closed_by", String, nullable=False),
    Column("cause_gone_at", Instant),  # none while what it is about still stands, closed or not
    Index(
        "uq_alert_open",  # two watchers at once open one alert
        "bin_id",
        "kind",
        unique=True,
        sqlite_where=text("status <> 'closed'"),
        postgresql_where=text("status <> 'closed'"),
    ),
)

announcement = Table(
    "announcement",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("announcement_id", String, nullable=False, unique=True),
    Column("alert_id", ForeignKey("alert.alert_id", ondelete="CASCADE"), nullable=False, index=True),
    Column("event", String, nullable=False),  # opened, acknowledged, closed
    Column("channel", String, nullable=False),  # mqtt, or the name of a webhook
    Column("body", JSON, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("num_tries", Integer, nullable=False),
    Column("next_try_at", Instant),  # none once it is delivered, or given up
    Column("delivered_at", Instant),
    Column("error", Text, nullable=False),
    Index(None, "next_try_at"),
)

# --- what is known, wanted and decided ---

forecast = Table(
    "forecast",
    metadata,
    Column("bin_key", ForeignKey("bin.bin_key"), primary_key=True),
    Column("made_at", Instant, primary_key=True),
    Column("target_at", Instant, primary_key=True),
    Column("risk_until_at", Instant, nullable=False),
    Column("fill_level", Float, nullable=False),
    Column("quantiles", JSON, nullable=False),
    Column("overflow_probability", Float, nullable=False),
    Column("expected_overflow_l", Float, nullable=False),
    Column("rate_per_day", Float, nullable=False),
    Column("basis", String, nullable=False),
    Column("last_measured_at", Instant),
    Column("last_served_at", Instant),
    Column("sensor_grade", String),
)

plan_request = Table(
    "plan_request",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("request_id", String, nullable=False, unique=True),
    Column("depot_id", ForeignKey("depot.depot_id"), nullable=False),
    Column("service_date", Date, nullable=False),
    Column("as_of_at", Instant, nullable=False),
    Column("seed", Integer, nullable=False),
    Column("requested_bin_ids", JSON, nullable=False),
    Column("status", String, nullable=False, index=True),
    Column("plan_id", String, nullable=False),
    Column("error", Text, nullable=False),
    Column("progress", String, nullable=False),
    Column("previous_plan_id", String, nullable=False),
    Column("changes", JSON, nullable=False),
    Column("share", Float),
    Column("best_cost_eur", Float),
    Column("is_enough", Boolean, nullable=False),
)

plan = Table(
    "plan",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("plan_id", String, nullable=False, unique=True),
    Column("depot_id", ForeignKey("depot.depot_id"), nullable=False),
    Column("service_date", Date, nullable=False),
    Column("as_of_at", Instant, nullable=False),
    Column("status", String, nullable=False),
    Column("is_estimate", Integer, nullable=False),
    Column("provenance", JSON, nullable=False),
    Column("published_at", Instant),
    Column("published_by", String, nullable=False),
    Column("previous_plan_id", String, nullable=False),
    Column("changes", JSON, nullable=False),
    Index(None, "depot_id", "service_date"),
)

route = Table(
    "route",
    metadata,
    Column("plan_id", ForeignKey("plan.plan_id", ondelete="CASCADE"), primary_key=True),
    Column("vehicle_id", String, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("vehicle_name", String, nullable=False),
    Column("cost_eur", Float, nullable=False),
)

trip = Table(
    "trip",
    metadata,
    Column("plan_id", String, primary_key=True),
    Column("vehicle_id", String, primary_key=True),
    Column("trip_index", Integer, primary_key=True),
    Column("waste_stream", String),
    ForeignKeyConstraint(
        ["plan_id", "vehicle_id"], ["route.plan_id", "route.vehicle_id"], ondelete="CASCADE"
    ),
)

stop = Table(
    "stop",
    metadata,
    Column("plan_id", String, primary_key=True),
    Column("vehicle_id", String, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("trip_index", Integer),  # none for the start and the end of the shift
    Column("kind", String, nullable=False),
    Column("place_ref", String, nullable=False),
    Column("label", String, nullable=False),
    Column("lat", Float, nullable=False),
    Column("lon", Float, nullable=False),
    Column("arrival_at", Instant, nullable=False),
    Column("service_start_at", Instant, nullable=False),
    Column("departure_at", Instant, nullable=False),
    Column("load_kg", Float, nullable=False),
    Column("load_l", Float, nullable=False),
    Column("waste_stream", String),
    Column("demand_kg", Float, nullable=False),
    Column("demand_l", Float, nullable=False),
    Column("fill_level", Float),
    Column("reason", JSON),
    Column("wish", String),
    Column("is_done", Boolean, nullable=False),
    Column("is_locked", Boolean, nullable=False),
    ForeignKeyConstraint(
        ["plan_id", "vehicle_id"], ["route.plan_id", "route.vehicle_id"], ondelete="CASCADE"
    ),
)

leg = Table(
    "leg",
    metadata,
    Column("plan_id", String, primary_key=True),
    Column("vehicle_id", String, primary_key=True),
    Column("position", Integer, primary_key=True),  # of the stop it leads to
    Column("distance_m", Integer, nullable=False),
    Column("travel_time_s", Integer, nullable=False),
    Column("geometry", JSON, nullable=False),  # [lat, lon] pairs: inside the house latitude comes first
    ForeignKeyConstraint(
        ["plan_id", "vehicle_id"], ["route.plan_id", "route.vehicle_id"], ondelete="CASCADE"
    ),
)

unassigned = Table(
    "unassigned",
    metadata,
    Column("plan_id", ForeignKey("plan.plan_id", ondelete="CASCADE"), primary_key=True),
    Column("bin_id", String, primary_key=True),
    Column("wish", String, nullable=False),
    Column("fill_level", Float, nullable=False),
    Column("reason", JSON, nullable=False),
)

violation = Table(
    "violation",
    metadata,
    Column("plan_id", ForeignKey("plan.plan_id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("kind", String, nullable=False),
    Column("vehicle_id", String, nullable=False),
    Column("place_ref", String, nullable=False),
    Column("detail", Text, nullable=False),
)

# --- who is alive ---

heartbeat = Table(
    "heartbeat",
    metadata,
    Column("part", String, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("detail", String, nullable=False),
)
