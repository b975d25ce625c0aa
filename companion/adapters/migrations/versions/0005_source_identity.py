"""Which very file a clip was cut from."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("clip", sa.Column("source_identity", sa.String()))
