"""A truck's day has limits and a price of its own, a bin may ask for some vehicles only, and trucks stand in line."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    with op.batch_alter_table("vehicle") as batch_op:
        batch_op.add_column(sa.Column("cost_per_use_eur", sa.Float(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("stops_max", sa.Integer()))
        batch_op.add_column(sa.Column("day_max_kg", sa.Float()))
        batch_op.add_column(sa.Column("day_max_m3", sa.Float()))
    with op.batch_alter_table("facility") as batch_op:
        batch_op.add_column(sa.Column("queue_time_s", sa.Integer(), nullable=False, server_default="0"))
    with op.batch_alter_table("bin") as batch_op:
        batch_op.add_column(sa.Column("vehicle_ids", sa.JSON(), nullable=False, server_default="[]"))
