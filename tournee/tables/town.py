"""What stands in the town: depots, facilities, trucks, bins, sensors and where they hang."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, Float, ForeignKey, Integer, String, Table, Text

from tournee.tables.kinds import Instant, metadata

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
    Column("queue_time_s", Integer, nullable=False, server_default="0"),
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
    Column("cost_per_use_eur", Float, nullable=False, server_default="0"),
    Column("stops_max", Integer),
    Column("day_max_kg", Float),
    Column("day_max_m3", Float),
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
    Column("vehicle_ids", JSON, nullable=False, server_default="[]"),
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
