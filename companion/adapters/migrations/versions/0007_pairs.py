"""The index also holds each word with the one that follows it, so that a phrase of frequent words is found at once."""

from alembic import op
from sqlalchemy import text

from companion.domain.search import indexed
from companion.domain.spelling import words_of

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TOGETHER = 5_000


def upgrade() -> None:
    op.execute("INSERT INTO segment_index (segment_index) VALUES ('delete-all')")
    connection = op.get_bind()
    last = -1
    while rows := connection.execute(_NEXT, {"last": last, "most": TOGETHER}).all():
        connection.execute(_INDEX, [{"id": row.id, "words": indexed(words_of(row.text))} for row in rows])
        last = rows[-1].id


_NEXT = text("SELECT id, text FROM segment WHERE id > :last ORDER BY id LIMIT :most")
_INDEX = text("INSERT INTO segment_index (rowid, text) VALUES (:id, :words)")
