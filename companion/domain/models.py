"""What is stored. Times are UTC; `*_seconds` on a session are seconds since its start (the session clock)."""

import datetime as dt
import enum
from typing import Any, Self

from sqlalchemy import JSON, BigInteger, Index
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, SQLModel

from companion.domain.places import told_to_viewers
from companion.domain.windows import Window

LARGEST_ID = 2**63 - 1
"""What SQLite can count to."""


def utc_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


class UtcDateTime(TypeDecorator[dt.datetime]):
    """An aware UTC time, stored as whole microseconds since 1970: exact, sortable, and free of zone mistakes."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> int | None:
        if value is None:
            return None
        return (value - _EPOCH) // dt.timedelta(microseconds=1)

    def process_result_value(self, value: int | None, dialect: Dialect) -> dt.datetime | None:
        return None if value is None else _EPOCH + dt.timedelta(microseconds=value)


_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


class SessionState(enum.StrEnum):
    """`interrupted` is a session that was open when the companion or the PC went down, and was not resumed."""

    OPEN = "open"
    CLOSED = "closed"
    INTERRUPTED = "interrupted"


class Capture(enum.StrEnum):
    """What a session captures by itself; clips are made of OBS's picture and sound in each."""

    SOUND = "sound"
    PICTURE = "picture"
    BOTH = "both"


class StartedBy(enum.StrEnum):
    """Who started a session: the streamer, or OBS going live or recording."""

    HAND = "hand"
    STREAM = "stream"
    RECORDING = "recording"


class Session(SQLModel, table=True):
    """One sitting: groups clips, marks and later transcripts, and gives them its clock."""

    __table_args__ = ({"sqlite_autoincrement": True},)

    id: int | None = Field(default=None, primary_key=True)
    title: str
    workflow: str = ""
    capture: Capture = Capture.BOTH
    state: SessionState = Field(default=SessionState.OPEN, index=True)
    started_by: StartedBy = StartedBy.HAND
    started_at: dt.datetime = Field(sa_type=UtcDateTime, index=True)
    ended_at: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)
    seen_at: dt.datetime = Field(sa_type=UtcDateTime)
    """When the companion last knew the session to be open: where it ends if a crash closes it."""


class Mark(SQLModel, table=True):
    """A moment worth finding again; `open` while it waits for `clip.end` to make a clip of it."""

    __table_args__ = ({"sqlite_autoincrement": True},)

    id: int | None = Field(default=None, primary_key=True)
    session_id: int | None = Field(default=None, foreign_key="session.id", ondelete="SET NULL", index=True)
    at: dt.datetime = Field(sa_type=UtcDateTime, index=True)
    session_seconds: float | None = None
    title: str | None = None
    open: bool = True


class ClipState(enum.StrEnum):
    """How far a clip has come; each step is written before it is begun.

    accepted → saving → saved → ready | doubtful, or from any of them to failed.
    """

    ACCEPTED = "accepted"
    SAVING = "saving"
    SAVED = "saved"
    READY = "ready"
    DOUBTFUL = "doubtful"
    FAILED = "failed"


UNFINISHED = (ClipState.ACCEPTED, ClipState.SAVING, ClipState.SAVED)
FINISHED = (ClipState.READY, ClipState.DOUBTFUL, ClipState.FAILED)


class ClipSummary(SQLModel):
    """A clip from the request on: what was wanted, what became of it, and the proof.

    `wanted_*` is the window that was asked for, `start_at`/`end_at` the true one. `source_start`/`source_end` are
    seconds on the source file's own timeline. `clamped_*_seconds` say how much of the window could not be had.
    """

    id: int | None = Field(default=None, primary_key=True)
    session_id: int | None = Field(default=None, foreign_key="session.id", ondelete="SET NULL", index=True)
    state: ClipState = Field(default=ClipState.ACCEPTED, index=True)
    title: str | None = None
    tags: list[str] = Field(default_factory=list, sa_type=JSON)
    door: str = ""
    trigger_at: dt.datetime = Field(sa_type=UtcDateTime)
    wanted_start_at: dt.datetime = Field(sa_type=UtcDateTime)
    wanted_end_at: dt.datetime = Field(sa_type=UtcDateTime)
    start_at: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)
    end_at: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)
    session_start_seconds: float | None = None
    session_end_seconds: float | None = None
    clamped_start_seconds: float = 0.0
    clamped_end_seconds: float = 0.0
    seconds: float | None = None
    saving_at: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When OBS was asked to save."""
    source_folder: str | None = None
    """Where OBS was about to write, known before it was asked: a crash leaves the file findable."""
    source_path: str | None = None
    source_kind: str | None = None
    source_start: float | None = None
    source_end: float | None = None
    path: str | None = None
    thumbnail_path: str | None = None
    size_bytes: int | None = None
    video: str | None = None
    tracks: list[str] = Field(default_factory=list, sa_type=JSON)
    method: str | None = None
    method_reason: str = ""
    error_code: str | None = None
    error_message: str | None = None
    finished_at: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)

    def for_viewers(self) -> Self:
        """The same without where its files are on the PC."""
        return self.model_copy(update=told_to_viewers(vars(self)))


class Clip(ClipSummary, table=True):
    """A clip with its receipt: each check, what was expected and what was measured."""

    __table_args__ = (
        Index("clip_by_time", "deleted_at", "trigger_at", "id"),
        Index("clip_by_span", "start_at", "end_at"),
        {"sqlite_autoincrement": True},
    )

    receipt: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    first_receipt: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    """That of a first cut which failed a check, so that the window was re-encoded whole."""
    deleted_at: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)
    """Since when it is in the trash."""
    source_identity: str | None = None
    """Which very file it was cut from: a part of it comes from that one, or from the clip."""

    @property
    def number(self) -> int:
        """The id, which every stored clip has."""
        assert self.id is not None
        return self.id

    @property
    def window(self) -> Window:
        """What was asked for, on the wall clock."""
        return Window(self.wanted_start_at.timestamp(), self.wanted_end_at.timestamp())


class Macro(SQLModel, table=True):
    """The streamer's own list of steps under a name; `steps` are those of `domain.steps`, as JSON."""

    __table_args__ = ({"sqlite_autoincrement": True},)

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    steps: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)


class DeckPageRow(SQLModel, table=True):
    """One page of the deck, at its place; `buttons` are those of `domain.deck`, as JSON."""

    __tablename__ = "deck_page"

    place: int = Field(primary_key=True)
    name: str
    buttons: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)


class DeviceScope(enum.StrEnum):
    """What a paired device may do; `Scope` by name."""

    VIEW = "view"
    CONTROL = "control"
    ADMIN = "admin"


class Device(SQLModel, table=True):
    """A paired phone. Of its tokens only hashes are kept; `rotation` counts the refresh tokens it was given."""

    __table_args__ = ({"sqlite_autoincrement": True},)

    id: int | None = Field(default=None, primary_key=True)
    name: str
    scope: DeviceScope
    created_at: dt.datetime = Field(sa_type=UtcDateTime)
    last_seen_at: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_address: str = ""
    revoked_at: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)
    revoked_reason: str = ""
    family_hash: str = ""
    """Of the part that all refresh tokens of this device share: who knows it was given one of them."""
    refresh_hash: str = ""
    previous_hash: str = ""
    rotation: int = 0
    rotated_at: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)
    used_rotation: int = 0
    """The newest rotation that the device has shown to have received."""

    @property
    def number(self) -> int:
        """The id, which every stored device has."""
        assert self.id is not None
        return self.id


class AuditEntry(SQLModel, table=True):
    """Something that was denied, or an administrative act: who, through which door, from where, what came of it."""

    __tablename__ = "audit"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: int | None = Field(default=None, primary_key=True)
    at: dt.datetime = Field(sa_type=UtcDateTime)
    kind: str
    actor: str
    door: str
    address: str
    what: str
    outcome: str


class SegmentRow(SQLModel, table=True):
    """One utterance; `id` is when it began, in milliseconds since 1970, so that order by id is order by time.

    `words` are `[start, end, text, confidence]`, in seconds after the beginning; `commands` tells which of them were
    spoken commands, by their place. Beside it the full text index `segment_index` holds the other words of each row
    under its id, as `domain.search` has them indexed.
    """

    __tablename__ = "segment"

    id: int = Field(primary_key=True)
    session_id: int | None = Field(default=None, foreign_key="session.id", ondelete="SET NULL", index=True)
    seconds: float
    text: str
    language: str
    confidence: float
    words: list[list[Any]] = Field(default_factory=list, sa_type=JSON)
    commands: list[int] | None = Field(default=None, sa_type=JSON)


class SpokenWord(SQLModel, table=True):
    """A word that was said in some segment, and in how many."""

    __tablename__ = "spoken_word"
    __table_args__ = ({"sqlite_with_rowid": False},)

    text: str = Field(primary_key=True)
    segments: int


class SpellingKey(SQLModel, table=True):
    """What leads from a mistyped word to those that may be meant."""

    __tablename__ = "spelling_key"
    __table_args__ = ({"sqlite_with_rowid": False},)

    key: str = Field(primary_key=True)
    word: str = Field(primary_key=True)


class RecordingRow(SQLModel, table=True):
    """A recording of OBS, and what it shows: `[start_at, start, seconds]` for each part (see `Stretch`)."""

    __tablename__ = "recording"

    path: str = Field(primary_key=True)
    began_at: float = Field(index=True)
    ended_at: float
    stretches: list[list[float]] = Field(default_factory=list, sa_type=JSON)
