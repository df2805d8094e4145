"""Breaks that are due by what was done, and overtime at a price: at first no vehicle has either."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    with op.batch_alter_table("vehicle") as batch_op:
        batch_op.add_column(sa.Column("break_rules", sa.JSON(), nullable=False, server_default="[]"))
        batch_op.add_column(sa.Column("overtime_max_s", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(
            sa.Column("overtime_cost_per_hour_eur", sa.Float(), nullable=False, server_default="50")
        )


def downgrade() -> None:
    with op.batch_alter_table("vehicle") as batch_op:
        batch_op.drop_column("overtime_cost_per_hour_eur")
        batch_op.drop_column("overtime_max_s")
        batch_op.drop_column("break_rules")
