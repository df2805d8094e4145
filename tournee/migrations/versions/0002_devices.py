"""Devices: where sensors sit, what they say of themselves, and messages that come over HTTP."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "device_state",
        sa.Column("sensor_id", sa.String(), nullable=False),
        sa.Column("last_seen_at", sa.BigInteger(), nullable=False),
        sa.Column("num_accepted", sa.BigInteger(), nullable=False),
        sa.Column("num_suspicious", sa.BigInteger(), nullable=False),
        sa.Column("num_refused", sa.BigInteger(), nullable=False),
        sa.Column("battery_v", sa.Float()),
        sa.Column("battery_level", sa.Float()),
        sa.Column("temperature_c", sa.Float()),
        sa.Column("rssi_dbm", sa.Float()),
        sa.Column("last_complaint", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("sensor_id", name=op.f("pk_device_state")),
    )
    op.create_table(
        "posted_message",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("num_readings", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_posted_message")),
        sa.UniqueConstraint("message_id", name=op.f("uq_posted_message_message_id")),
    )
    with op.batch_alter_table("posted_message") as batch_op:
        batch_op.create_index(batch_op.f("ix_posted_message_status"), ["status"], unique=False)

    op.create_table(
        "placement",
        sa.Column("sensor_id", sa.String(), nullable=False),
        sa.Column("since_at", sa.BigInteger(), nullable=False),
        sa.Column("bin_id", sa.String(), nullable=False),
        sa.Column("until_at", sa.BigInteger()),
        sa.ForeignKeyConstraint(["bin_id"], ["bin.bin_id"], name=op.f("fk_placement_bin_id")),
        sa.PrimaryKeyConstraint("sensor_id", "since_at", name=op.f("pk_placement")),
    )
    with op.batch_alter_table("placement") as batch_op:
        batch_op.create_index(batch_op.f("ix_placement_bin_id"), ["bin_id"], unique=False)

    with op.batch_alter_table("bin_state") as batch_op:
        batch_op.add_column(sa.Column("battery_level", sa.Float()))
        batch_op.add_column(sa.Column("is_tilted", sa.Boolean()))
        batch_op.add_column(sa.Column("rssi_dbm", sa.Float()))
        batch_op.add_column(sa.Column("frame_counter", sa.BigInteger()))
        batch_op.add_column(sa.Column("unchanged_since_at", sa.BigInteger()))

    with op.batch_alter_table("reading") as batch_op:
        batch_op.add_column(sa.Column("battery_level", sa.Float()))
        batch_op.add_column(sa.Column("is_tilted", sa.Boolean()))
        batch_op.add_column(sa.Column("rssi_dbm", sa.Float()))
        batch_op.add_column(sa.Column("frame_counter", sa.BigInteger()))

    with op.batch_alter_table("sensor") as batch_op:
        batch_op.add_column(sa.Column("profile", sa.String(), server_default="", nullable=False))

    # Sensors that were there before moves were kept have sat where they sit for as long as anybody knows.
    op.execute("INSERT INTO placement (sensor_id, since_at, bin_id) SELECT sensor_id, 0, bin_id FROM sensor")
