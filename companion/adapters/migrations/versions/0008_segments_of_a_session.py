"""What was said in an old session is found without reading all that was said since."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_segment_session_id", "segment", ["session_id"])
