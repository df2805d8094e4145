"""Readings for years: a partition a day, hours for what is old, a count that needs no counting."""

from datetime import UTC, date, datetime, timedelta

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

DAY_MS = 86_400_000
COLUMNS = (
    "bin_key, measured_at, received_at, fill_level, sensor_id, distance_mm, temperature_c, battery_v, quality, "
    "quality_reason, battery_level, is_tilted, rssi_dbm, frame_counter"
)
CLOCK = (
    "CREATE FUNCTION reading_now() RETURNS bigint LANGUAGE sql STABLE AS "
    "$$ SELECT (extract(epoch FROM now()) * 1000)::bigint $$"
)
COMPRESS = (
    "ALTER TABLE reading SET (timescaledb.compress, "
    "timescaledb.compress_segmentby = 'bin_key', timescaledb.compress_orderby = 'measured_at')"
)
COMPRESSION = (
    CLOCK,
    "SELECT set_integer_now_func('reading', 'reading_now')",
    COMPRESS,
    f"SELECT add_compression_policy('reading', BIGINT '{7 * DAY_MS}')",
)


def upgrade() -> None:
    op.create_table(
        "reading_hour",
        sa.Column("bin_key", sa.Integer(), nullable=False),
        sa.Column("hour_at", sa.BigInteger(), nullable=False),
        sa.Column("num_accepted", sa.Integer(), nullable=False),
        sa.Column("num_suspicious", sa.Integer(), nullable=False),
        sa.Column("last_measured_at", sa.BigInteger()),
        sa.Column("last_fill_level", sa.Float()),
        sa.Column("min_fill_level", sa.Float()),
        sa.Column("mean_fill_level", sa.Float()),
        sa.Column("max_fill_level", sa.Float()),
        sa.Column("max_temperature_c", sa.Float()),
        sa.ForeignKeyConstraint(["bin_key"], ["bin.bin_key"], name=op.f("fk_reading_hour_bin_key")),
        sa.PrimaryKeyConstraint("bin_key", "hour_at", name=op.f("pk_reading_hour")),
        sqlite_with_rowid=False,
    )
    op.execute("INSERT INTO tally (name, value) SELECT 'readings.stored', count(*) FROM reading")
    if op.get_bind().dialect.name == "postgresql":
        _split_readings()


def _split_readings() -> None:
    """Put the readings into a table that is cut by day; what was there moves over."""
    op.execute("ALTER TABLE reading RENAME TO reading_before")
    op.execute("ALTER TABLE reading_before RENAME CONSTRAINT pk_reading TO pk_reading_before")
    op.execute("ALTER TABLE reading_before RENAME CONSTRAINT fk_reading_bin_key TO fk_reading_before_bin_key")
    if _has_timescale():
        _create_readings(partition_by=None)
        _make_hypertable()
    else:
        _create_readings(partition_by="RANGE (measured_at)")
        _create_days()
    op.execute(f"INSERT INTO reading ({COLUMNS}) SELECT {COLUMNS} FROM reading_before")  # noqa: S608 - our own columns
    op.execute("DROP TABLE reading_before")


def _create_readings(partition_by: str | None) -> None:
    op.create_table(
        "reading",
        sa.Column("bin_key", sa.Integer(), nullable=False),
        sa.Column("measured_at", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("fill_level", sa.Float(), nullable=False),
        sa.Column("sensor_id", sa.String(), nullable=False),
        sa.Column("distance_mm", sa.Float()),
        sa.Column("temperature_c", sa.Float()),
        sa.Column("battery_v", sa.Float()),
        sa.Column("quality", sa.String(), nullable=False),
        sa.Column("quality_reason", sa.String(), nullable=False),
        sa.Column("battery_level", sa.Float()),
        sa.Column("is_tilted", sa.Boolean()),
        sa.Column("rssi_dbm", sa.Float()),
        sa.Column("frame_counter", sa.BigInteger()),
        sa.ForeignKeyConstraint(["bin_key"], ["bin.bin_key"], name=op.f("fk_reading_bin_key")),
        sa.PrimaryKeyConstraint("bin_key", "measured_at", name=op.f("pk_reading")),
        postgresql_partition_by=partition_by,
    )


def _create_days() -> None:
    days = "SELECT DISTINCT floor(measured_at / 86400000.0)::bigint FROM reading_before"
    for day in sorted(op.get_bind().scalars(sa.text(days))):
        op.execute(
            f"CREATE TABLE reading_{_date(day):%Y%m%d} PARTITION OF reading "
            f"FOR VALUES FROM ({day * DAY_MS}) TO ({(day + 1) * DAY_MS})"
        )


def _date(day: int) -> date:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=day)).date()


def _has_timescale() -> bool:
    """Tell whether TimescaleDB is there, or can be had.

    A server that was not started with its library ends the connection of whoever creates the extension: so look first
    whether its settings are known, which they are once the library is loaded.
    """
    connection = op.get_bind()
    can_be_had = (
        "SELECT EXISTS (SELECT 1 FROM pg_available_extensions WHERE name = 'timescaledb') "
        "AND EXISTS (SELECT 1 FROM pg_settings WHERE name LIKE 'timescaledb.%')"
    )
    if not connection.scalar(sa.text(can_be_had)):
        return False
    try:
        with connection.begin_nested():
            connection.execute(sa.text("CREATE EXTENSION IF NOT EXISTS timescaledb"))
    except sa.exc.DBAPIError:
        return False  # no right to: partitions do, too
    return True


def _make_hypertable() -> None:
    """Let TimescaleDB cut the readings by day, and compress those older than a week where its licence allows."""
    connection = op.get_bind()
    op.execute(
        "SELECT create_hypertable('reading', 'measured_at', "
        f"chunk_time_interval => {DAY_MS}, create_default_indexes => false)"
    )
    try:
        with connection.begin_nested():
            for statement in COMPRESSION:
                connection.execute(sa.text(statement))
    except sa.exc.DBAPIError:
        return  # the edition under the Apache licence has no compression
