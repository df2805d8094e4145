"""How far a request for a plan is, and whether a person wants the best plan so far."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("plan_request", sa.Column("share", sa.Float()))
    op.add_column("plan_request", sa.Column("best_cost_eur", sa.Float()))
    op.add_column(
        "plan_request", sa.Column("is_enough", sa.Boolean(), nullable=False, server_default=sa.false())
    )
