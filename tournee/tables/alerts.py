"""What a person should look at, whom it was told, and which part is alive."""

from __future__ import annotations

from sqlalchemy import JSON, Column, ForeignKey, Index, Integer, String, Table, Text, text

from tournee.tables.kinds import Instant, metadata

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


heartbeat = Table(
    "heartbeat",
    metadata,
    Column("part", String, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("detail", String, nullable=False),
)
