"""Changes in the day: the plan that a plan changes, what happened, and stops that are done or locked."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column(
        "plan_request", sa.Column("previous_plan_id", sa.String(), nullable=False, server_default="")
    )
    op.add_column("plan_request", sa.Column("changes", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("plan", sa.Column("previous_plan_id", sa.String(), nullable=False, server_default=""))
    op.add_column("plan", sa.Column("changes", sa.JSON(), nullable=False, server_default="[]"))
    for name in ("is_done", "is_locked"):
        op.add_column("stop", sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false()))
