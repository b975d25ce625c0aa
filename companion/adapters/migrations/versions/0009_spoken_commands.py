"""Which words were spoken commands: what is quoted is what was said to others."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("segment", sa.Column("commands", sa.JSON()))
