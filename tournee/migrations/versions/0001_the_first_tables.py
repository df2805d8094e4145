"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    _town()
    _measured()
    _decided()
    _alive()


def _town() -> None:
    """Create what stands in the town."""
    _depot()
    _facility()
    _bin()
    _vehicle()
    _sensor()


def _depot() -> None:
    op.create_table(
        "depot",
        sa.Column("depot_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("lat", sa.Float(), nullable=False),
        sa.Column("lon", sa.Float(), nullable=False),
        sa.Column("opening_hours", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("depot_id", name=op.f("pk_depot")),
    )


def _facility() -> None:
    op.create_table(
        "facility",
        sa.Column("facility_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("lat", sa.Float(), nullable=False),
        sa.Column("lon", sa.Float(), nullable=False),
        sa.Column("waste_streams", sa.JSON(), nullable=False),
        sa.Column("unloading_time_s", sa.Integer(), nullable=False),
        sa.Column("opening_hours", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("facility_id", name=op.f("pk_facility")),
    )


def _bin() -> None:
    op.create_table(
        "bin",
        sa.Column("bin_key", sa.Integer(), nullable=False),
        sa.Column("bin_id", sa.String(), nullable=False),
        sa.Column("place_id", sa.String(), nullable=False),
        sa.Column("depot_id", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("lat", sa.Float(), nullable=False),
        sa.Column("lon", sa.Float(), nullable=False),
        sa.Column("waste_stream", sa.String(), nullable=False),
        sa.Column("container_type", sa.String(), nullable=False),
        sa.Column("volume_l", sa.Float(), nullable=False),
        sa.Column("density_kg_per_m3", sa.Float(), nullable=False),
        sa.Column("place_time_s", sa.Integer(), nullable=False),
        sa.Column("service_time_s", sa.Integer(), nullable=False),
        sa.Column("opening_hours", sa.String(), nullable=False),
        sa.Column("curb_side", sa.String(), nullable=False),
        sa.Column("district", sa.String(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["depot_id"], ["depot.depot_id"], name=op.f("fk_bin_depot_id")),
        sa.PrimaryKeyConstraint("bin_key", name=op.f("pk_bin")),
        sa.UniqueConstraint("bin_id", name=op.f("uq_bin_bin_id")),
    )
    with op.batch_alter_table("bin", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_bin_depot_id"), ["depot_id"], unique=False)


def _vehicle() -> None:
    op.create_table(
        "vehicle",
        sa.Column("vehicle_id", sa.String(), nullable=False),
        sa.Column("depot_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("waste_streams", sa.JSON(), nullable=False),
        sa.Column("payload_kg", sa.Float(), nullable=False),
        sa.Column("body_m3", sa.Float(), nullable=False),
        sa.Column("compaction", sa.JSON(), nullable=False),
        sa.Column("shift_start", sa.String(length=5), nullable=False),
        sa.Column("shift_end", sa.String(length=5), nullable=False),
        sa.Column("breaks", sa.JSON(), nullable=False),
        sa.Column("length_m", sa.Float(), nullable=False),
        sa.Column("width_m", sa.Float(), nullable=False),
        sa.Column("height_m", sa.Float(), nullable=False),
        sa.Column("weight_t", sa.Float(), nullable=False),
        sa.Column("axle_load_t", sa.Float(), nullable=False),
        sa.Column("cost_per_km_eur", sa.Float(), nullable=False),
        sa.Column("cost_per_hour_eur", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["depot_id"], ["depot.depot_id"], name=op.f("fk_vehicle_depot_id")),
        sa.PrimaryKeyConstraint("vehicle_id", name=op.f("pk_vehicle")),
    )
    with op.batch_alter_table("vehicle", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_vehicle_depot_id"), ["depot_id"], unique=False)


def _sensor() -> None:
    op.create_table(
        "sensor",
        sa.Column("sensor_id", sa.String(), nullable=False),
        sa.Column("bin_id", sa.String(), nullable=False),
        sa.Column("mount", sa.String(), nullable=False),
        sa.Column("empty_distance_mm", sa.Float(), nullable=False),
        sa.Column("full_distance_mm", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["bin_id"], ["bin.bin_id"], name=op.f("fk_sensor_bin_id")),
        sa.PrimaryKeyConstraint("sensor_id", name=op.f("pk_sensor")),
    )
    with op.batch_alter_table("sensor", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sensor_bin_id"), ["bin_id"], unique=False)


def _measured() -> None:
    """Create what is measured and done, refused and counted."""
    _refusal()
    _tally()
    _bin_state()
    _reading()
    _service()


def _refusal() -> None:
    op.create_table(
        "refusal",
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("content_hash", name=op.f("pk_refusal")),
    )
    with op.batch_alter_table("refusal", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_refusal_reason"), ["reason"], unique=False)


def _tally() -> None:
    op.create_table(
        "tally",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_tally")),
    )


def _bin_state() -> None:
    op.create_table(
        "bin_state",
        sa.Column("bin_key", sa.Integer(), nullable=False),
        sa.Column("measured_at", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("fill_level", sa.Float(), nullable=False),
        sa.Column("sensor_id", sa.String(), nullable=False),
        sa.Column("distance_mm", sa.Float(), nullable=True),
        sa.Column("temperature_c", sa.Float(), nullable=True),
        sa.Column("battery_v", sa.Float(), nullable=True),
        sa.Column("quality", sa.String(), nullable=False),
        sa.Column("quality_reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["bin_key"], ["bin.bin_key"], name=op.f("fk_bin_state_bin_key")),
        sa.PrimaryKeyConstraint("bin_key", name=op.f("pk_bin_state")),
    )


def _reading() -> None:
    op.create_table(
        "reading",
        sa.Column("bin_key", sa.Integer(), nullable=False),
        sa.Column("measured_at", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("fill_level", sa.Float(), nullable=False),
        sa.Column("sensor_id", sa.String(), nullable=False),
        sa.Column("distance_mm", sa.Float(), nullable=True),
        sa.Column("temperature_c", sa.Float(), nullable=True),
        sa.Column("battery_v", sa.Float(), nullable=True),
        sa.Column("quality", sa.String(), nullable=False),
        sa.Column("quality_reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["bin_key"], ["bin.bin_key"], name=op.f("fk_reading_bin_key")),
        sa.PrimaryKeyConstraint("bin_key", "measured_at", name=op.f("pk_reading")),
        sqlite_with_rowid=False,
    )


def _service() -> None:
    op.create_table(
        "service",
        sa.Column("bin_key", sa.Integer(), nullable=False),
        sa.Column("served_at", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("skip_reason", sa.String(), nullable=False),
        sa.Column("vehicle_id", sa.String(), nullable=False),
        sa.Column("plan_id", sa.String(), nullable=False),
        sa.Column("fill_level_seen", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(["bin_key"], ["bin.bin_key"], name=op.f("fk_service_bin_key")),
        sa.PrimaryKeyConstraint("bin_key", "served_at", "source", name=op.f("pk_service")),
    )
    with op.batch_alter_table("service", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_service_served_at"), ["served_at"], unique=False)


def _decided() -> None:
    """Create what is known, wanted and decided."""
    _plan()
    _plan_request()
    _forecast()
    _route()
    _unassigned()
    _violation()
    _leg()
    _stop()
    _trip()


def _plan() -> None:
    op.create_table(
        "plan",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.String(), nullable=False),
        sa.Column("depot_id", sa.String(), nullable=False),
        sa.Column("service_date", sa.Date(), nullable=False),
        sa.Column("as_of_at", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("is_estimate", sa.Integer(), nullable=False),
        sa.Column("provenance", sa.JSON(), nullable=False),
        sa.Column("published_at", sa.BigInteger(), nullable=True),
        sa.Column("published_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["depot_id"], ["depot.depot_id"], name=op.f("fk_plan_depot_id")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_plan")),
        sa.UniqueConstraint("plan_id", name=op.f("uq_plan_plan_id")),
    )
    with op.batch_alter_table("plan", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_plan_depot_id_service_date"), ["depot_id", "service_date"], unique=False
        )


def _plan_request() -> None:
    op.create_table(
        "plan_request",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.String(), nullable=False),
        sa.Column("depot_id", sa.String(), nullable=False),
        sa.Column("service_date", sa.Date(), nullable=False),
        sa.Column("as_of_at", sa.BigInteger(), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("requested_bin_ids", sa.JSON(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("plan_id", sa.String(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("progress", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["depot_id"], ["depot.depot_id"], name=op.f("fk_plan_request_depot_id")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_plan_request")),
        sa.UniqueConstraint("request_id", name=op.f("uq_plan_request_request_id")),
    )
    with op.batch_alter_table("plan_request", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_plan_request_status"), ["status"], unique=False)


def _forecast() -> None:
    op.create_table(
        "forecast",
        sa.Column("bin_key", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("target_at", sa.BigInteger(), nullable=False),
        sa.Column("risk_until_at", sa.BigInteger(), nullable=False),
        sa.Column("fill_level", sa.Float(), nullable=False),
        sa.Column("quantiles", sa.JSON(), nullable=False),
        sa.Column("overflow_probability", sa.Float(), nullable=False),
        sa.Column("expected_overflow_l", sa.Float(), nullable=False),
        sa.Column("rate_per_day", sa.Float(), nullable=False),
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column("last_measured_at", sa.BigInteger(), nullable=True),
        sa.Column("last_served_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["bin_key"], ["bin.bin_key"], name=op.f("fk_forecast_bin_key")),
        sa.PrimaryKeyConstraint("bin_key", "made_at", "target_at", name=op.f("pk_forecast")),
    )


def _route() -> None:
    op.create_table(
        "route",
        sa.Column("plan_id", sa.String(), nullable=False),
        sa.Column("vehicle_id", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("vehicle_name", sa.String(), nullable=False),
        sa.Column("cost_eur", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["plan.plan_id"], name=op.f("fk_route_plan_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("plan_id", "vehicle_id", name=op.f("pk_route")),
    )


def _unassigned() -> None:
    op.create_table(
        "unassigned",
        sa.Column("plan_id", sa.String(), nullable=False),
        sa.Column("bin_id", sa.String(), nullable=False),
        sa.Column("wish", sa.String(), nullable=False),
        sa.Column("fill_level", sa.Float(), nullable=False),
        sa.Column("reason", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["plan.plan_id"], name=op.f("fk_unassigned_plan_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("plan_id", "bin_id", name=op.f("pk_unassigned")),
    )


def _violation() -> None:
    op.create_table(
        "violation",
        sa.Column("plan_id", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("vehicle_id", sa.String(), nullable=False),
        sa.Column("place_ref", sa.String(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["plan.plan_id"], name=op.f("fk_violation_plan_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("plan_id", "position", name=op.f("pk_violation")),
    )


def _leg() -> None:
    op.create_table(
        "leg",
        sa.Column("plan_id", sa.String(), nullable=False),
        sa.Column("vehicle_id", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("distance_m", sa.Integer(), nullable=False),
        sa.Column("travel_time_s", sa.Integer(), nullable=False),
        sa.Column("geometry", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["plan_id", "vehicle_id"],
            ["route.plan_id", "route.vehicle_id"],
            name=op.f("fk_leg_plan_id_vehicle_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("plan_id", "vehicle_id", "position", name=op.f("pk_leg")),
    )


def _stop() -> None:
    op.create_table(
        "stop",
        sa.Column("plan_id", sa.String(), nullable=False),
        sa.Column("vehicle_id", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("trip_index", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("place_ref", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("lat", sa.Float(), nullable=False),
        sa.Column("lon", sa.Float(), nullable=False),
        sa.Column("arrival_at", sa.BigInteger(), nullable=False),
        sa.Column("service_start_at", sa.BigInteger(), nullable=False),
        sa.Column("departure_at", sa.BigInteger(), nullable=False),
        sa.Column("load_kg", sa.Float(), nullable=False),
        sa.Column("load_l", sa.Float(), nullable=False),
        sa.Column("waste_stream", sa.String(), nullable=True),
        sa.Column("demand_kg", sa.Float(), nullable=False),
        sa.Column("demand_l", sa.Float(), nullable=False),
        sa.Column("fill_level", sa.Float(), nullable=True),
        sa.Column("reason", sa.JSON(), nullable=True),
        sa.Column("wish", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["plan_id", "vehicle_id"],
            ["route.plan_id", "route.vehicle_id"],
            name=op.f("fk_stop_plan_id_vehicle_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("plan_id", "vehicle_id", "position", name=op.f("pk_stop")),
    )


def _trip() -> None:
    op.create_table(
        "trip",
        sa.Column("plan_id", sa.String(), nullable=False),
        sa.Column("vehicle_id", sa.String(), nullable=False),
        sa.Column("trip_index", sa.Integer(), nullable=False),
        sa.Column("waste_stream", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["plan_id", "vehicle_id"],
            ["route.plan_id", "route.vehicle_id"],
            name=op.f("fk_trip_plan_id_vehicle_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("plan_id", "vehicle_id", "trip_index", name=op.f("pk_trip")),
    )


def _alive() -> None:
    """Create who is alive."""
    _heartbeat()


def _heartbeat() -> None:
    op.create_table(
        "heartbeat",
        sa.Column("part", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("part", name=op.f("pk_heartbeat")),
    )
