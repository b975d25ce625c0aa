"""Clips in the trash, and the receipt of a first cut that failed."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("clip", sa.Column("first_receipt", sa.JSON()))
    op.add_column("clip", sa.Column("deleted_at", sa.BigInteger()))
    op.drop_index("clip_by_time", "clip")
    op.create_index("clip_by_time", "clip", ["deleted_at", "trigger_at", "id"])
