"""Macros and the deck's pages."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "macro",
        sa.Column("id", sa.Integer(), primary_key=True, nullable=False),
        sa.Column("name", sa.String(), nullable=False, unique=True),
        sa.Column("steps", sa.JSON(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "deck_page",
        sa.Column("place", sa.Integer(), primary_key=True, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("buttons", sa.JSON(), nullable=False),
    )
