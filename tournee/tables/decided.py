"""What is known, wanted and decided: forecasts, requests, and plans down to their legs."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    Table,
    Text,
)

from tournee.tables.kinds import Instant, metadata

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
