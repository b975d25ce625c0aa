"""What was said, the index to find it by, and which recordings show it."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "segment",
        sa.Column("id", sa.Integer(), primary_key=True, nullable=False),
        sa.Column("session_id", sa.Integer(), sa.ForeignKey("session.id", ondelete="SET NULL")),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
    )
    # The text is written in a form of our own, in which only blanks part words: `ascii` takes all else as letters.
    op.execute("CREATE VIRTUAL TABLE segment_index USING fts5(text, content='', tokenize='ascii')")
    op.create_table(
        "spoken_word",
        sa.Column("text", sa.String(), primary_key=True, nullable=False),
        sa.Column("segments", sa.Integer(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "spelling_key",
        sa.Column("key", sa.String(), primary_key=True, nullable=False),
        sa.Column("word", sa.String(), primary_key=True, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("clip_by_span", "clip", ["start_at", "end_at"])
    op.create_table(
        "recording",
        sa.Column("path", sa.String(), primary_key=True, nullable=False),
        sa.Column("began_at", sa.Float(), nullable=False),
        sa.Column("ended_at", sa.Float(), nullable=False),
        sa.Column("stretches", sa.JSON(), nullable=False),
    )
    op.create_index("ix_recording_began_at", "recording", ["began_at"])
