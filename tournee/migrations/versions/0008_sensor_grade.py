"""How far a bin's sensor could be relied on when it was foreseen."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("forecast", sa.Column("sensor_grade", sa.String()))
