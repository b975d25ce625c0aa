"""Sessions, marks and clips."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "session",
        sa.Column("id", sa.Integer(), primary_key=True, nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("workflow", sa.String(), nullable=False),
        sa.Column("capture", sa.String(7), nullable=False),
        sa.Column("state", sa.String(11), nullable=False),
        sa.Column("started_by", sa.String(9), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger()),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_session_state", "session", ["state"])
    op.create_index("ix_session_started_at", "session", ["started_at"])
    op.create_table(
        "mark",
        sa.Column("id", sa.Integer(), primary_key=True, nullable=False),
        sa.Column("session_id", sa.Integer(), sa.ForeignKey("session.id", ondelete="SET NULL")),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("session_seconds", sa.Float()),
        sa.Column("title", sa.String()),
        sa.Column("open", sa.Boolean(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_mark_session_id", "mark", ["session_id"])
    op.create_index("ix_mark_at", "mark", ["at"])
    op.create_table(
        "clip",
        sa.Column("id", sa.Integer(), primary_key=True, nullable=False),
        sa.Column("session_id", sa.Integer(), sa.ForeignKey("session.id", ondelete="SET NULL")),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("title", sa.String()),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("door", sa.String(), nullable=False),
        sa.Column("trigger_at", sa.BigInteger(), nullable=False),
        sa.Column("wanted_start_at", sa.BigInteger(), nullable=False),
        sa.Column("wanted_end_at", sa.BigInteger(), nullable=False),
        sa.Column("start_at", sa.BigInteger()),
        sa.Column("end_at", sa.BigInteger()),
        sa.Column("session_start_seconds", sa.Float()),
        sa.Column("session_end_seconds", sa.Float()),
        sa.Column("clamped_start_seconds", sa.Float(), nullable=False),
        sa.Column("clamped_end_seconds", sa.Float(), nullable=False),
        sa.Column("seconds", sa.Float()),
        sa.Column("saving_at", sa.BigInteger()),
        sa.Column("source_folder", sa.String()),
        sa.Column("source_path", sa.String()),
        sa.Column("source_kind", sa.String()),
        sa.Column("source_start", sa.Float()),
        sa.Column("source_end", sa.Float()),
        sa.Column("path", sa.String()),
        sa.Column("thumbnail_path", sa.String()),
        sa.Column("size_bytes", sa.Integer()),
        sa.Column("video", sa.String()),
        sa.Column("tracks", sa.JSON(), nullable=False),
        sa.Column("method", sa.String()),
        sa.Column("method_reason", sa.String(), nullable=False),
        sa.Column("error_code", sa.String()),
        sa.Column("error_message", sa.String()),
        sa.Column("finished_at", sa.BigInteger()),
        sa.Column("receipt", sa.JSON()),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_clip_session_id", "clip", ["session_id"])
    op.create_index("ix_clip_state", "clip", ["state"])
    op.create_index("clip_by_time", "clip", ["trigger_at", "id"])
