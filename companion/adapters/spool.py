"""Sound that is not recognized yet: in memory while recognition keeps up, else in files, which outlive a crash."""

import asyncio
import bisect
import contextlib
import dataclasses
import errno
import logging
import os
import shutil
import struct
import time
import zlib
from collections.abc import Sequence
from pathlib import Path

from companion.domain.speech import RATE, SAMPLE_BYTES
from companion.kernel.offload import WorkerThread
from companion.kernel.service import Ready

log = logging.getLogger(__name__)

PIECE_SAMPLES = RATE
FILE_PIECES = 60
JUMP_SAMPLES = RATE
"""How far positions jump where the stream was cut: that ends an utterance."""
GAP_SECONDS = 0.5
"""Sound that begins so much later or earlier than the last ended does not continue it."""
MARGIN_SAMPLES = RATE // 2
"""What is kept around speech: a soft beginning is found late."""
RELAXED_SECONDS = 5.0
SETTLE_SECONDS = 1.0
RETRY_SECONDS = 5.0
KEPT_SECONDS = 7 * 24 * 3600.0
"""Sound that nobody recognized for a week (the model is gone, or recognition off) is deleted."""
SUFFIX, FINISHED = ".sound", "finished"
_RECORD = struct.Struct("<4sQdq?II")  # mark, position, at, session (-1: none), muted, samples, checksum
_MARK = b"SND1"
_BINARY = getattr(os, "O_BINARY", 0)


@dataclasses.dataclass
class _Piece:
    """At most a second of sound without a break; `pcm` is None once it is in the file `file`, at `offset`.

    `came` is when it was added (monotonic seconds), None where that was in an earlier run.
    """

    position: int
    samples: int
    at: float
    session_id: int | None
    muted: bool
    pcm: bytearray | None
    file: Path | None = None
    offset: int = 0
    sifted: bool = False
    came: float | None = None

    @property
    def end(self) -> int:
        return self.position + self.samples


@dataclasses.dataclass(frozen=True)
class Sound:
    """What is at `position`, in one piece."""

    position: int
    pcm: bytes

    @property
    def end(self) -> int:
        return self.position + len(self.pcm) // SAMPLE_BYTES


class Spool:
    """Sound by position; positions only grow, over all openings of the microphone, and over a restart of the daemon.

    A service of its own: what is heard is kept also while recognition does not run.
    """

    name = "spool"
    essential = False

    def __init__(
        self,
        folder: Path,
        *,
        memory_seconds: float = 30.0,
        most_memory_seconds: float = 900.0,
        reserve_bytes: int = 256 * 2**20,
    ) -> None:
        self._folder = folder
        self._memory = round(memory_seconds * RATE)
        self._relaxed = min(self._memory // 2, round(RELAXED_SECONDS * RATE))
        self._most_memory = round(most_memory_seconds * RATE)
        self._reserve = reserve_bytes
        self._thread = WorkerThread("spool")
        self._turn = asyncio.Lock()
        self._pieces: list[_Piece] = []
        self._end = 0
        self._end_at = 0.0
        self._joined = False
        self._finished = self._noted = 0
        self._spilling = False
        self._files: set[Path] = set()
        self._filling: tuple[Path, int] | None = None
        self._grown = asyncio.Event()
        self._retry_at = 0.0
        self._opened = asyncio.Event()
        self.cuts = 0
        """How often the stream was cut."""
        self.problem = ""
        """Why sound cannot be written to the disk, in a sentence; empty while it can."""
        self.lost_seconds = 0.0
        """Sound that had to be given up: the disk was full, and the memory for it too; or it waited for a week."""

    async def run(self, ready: Ready) -> None:
        """Hold it open until cancelled, and leave what waits then to the next run."""
        await self.open()
        ready()
        try:
            while True:
                await self.settle()
                await asyncio.sleep(SETTLE_SECONDS)
        finally:
            await self.close()

    async def open(self) -> None:
        """Take up what an earlier run left, unless that is done; what was added before comes after it."""
        if self._opened.is_set():
            return
        left, self._finished = await self._thread.call(_recover, self._folder)
        self._noted = self._finished
        if left:
            shift = left[-1].end + JUMP_SAMPLES
            for piece in self._pieces:
                piece.position += shift
            self._end = shift + self._end if self._pieces else left[-1].end
            self._pieces[:0] = left
            self._files = {piece.file for piece in left if piece.file}
            self._spilling = True
            log.info("%.0f s of sound wait from an earlier run", self.backlog_seconds)
        self._opened.set()

    async def opened(self) -> None:
        """Wait until it was opened: from then on positions hold."""
        await self._opened.wait()

    async def close(self) -> None:
        """Put what is left into files, for the next run."""
        self._spilling = True
        with contextlib.suppress(OSError):
            await self.settle(everything=True)
        self._thread.close()

    @property
    def end(self) -> int:
        """The position after the last sample."""
        return self._end

    @property
    def start(self) -> int:
        """The position of the first sample that is not done; `end` when there is none."""
        return self._from(self._pieces[0]) if self._pieces else self._end

    @property
    def backlog_seconds(self) -> float:
        """How much sound waits."""
        return sum(piece.samples for piece in self._pieces) / RATE

    @property
    def on_disk_seconds(self) -> float:
        return sum(piece.samples for piece in self._pieces if piece.pcm is None) / RATE

    @property
    def crowded(self) -> bool:
        """Whether the disk takes nothing and half of the memory for that is used: sound has to be worked off."""
        return bool(self.problem) and self._in_memory() > self._most_memory // 2

    def append(self, at: float, pcm: bytes, *, session_id: int | None = None, muted: bool = False) -> int:
        """Add sound that began `at` (Unix seconds), in whole samples; returns its position."""
        if abs(at - self._end_at) > GAP_SECONDS:
            self.cut()
        if not self._joined and self._end:
            self._end += JUMP_SAMPLES
        begin = self._end
        while pcm:
            at += self._add(at, pcm[: PIECE_SAMPLES * SAMPLE_BYTES], session_id, muted=muted) / RATE
            pcm = pcm[PIECE_SAMPLES * SAMPLE_BYTES :]
        self._end_at = at
        self._grown.set()
        return begin

    def _add(self, at: float, pcm: bytes, session_id: int | None, *, muted: bool) -> int:
        """Add at most a piece's sound, to the last one where it continues that; returns its samples."""
        last, samples = self._pieces[-1] if self._pieces else None, len(pcm) // SAMPLE_BYTES
        goes_on = last is not None and self._joined and last.end == self._end and _same(last, session_id, muted=muted)
        if goes_on and last and last.pcm is not None and last.samples + samples <= PIECE_SAMPLES:
            last.pcm += pcm
            last.samples += samples
        else:
            came = time.monotonic()
            self._pieces.append(_Piece(self._end, samples, at, session_id, muted, bytearray(pcm), came=came))
            self._give_up_oldest()
        self._joined = True
        self._end += samples
        return samples

    def cut(self) -> None:
        """End the stream here: what comes next does not continue it."""
        if self._joined:
            self._joined = False
            self.cuts += 1
            self._grown.set()

    @property
    def ended(self) -> bool:
        """Whether the stream was cut after its last sample."""
        return not self._joined

    async def grown(self, position: int, *, ended: bool) -> None:
        """Wait until there is sound after `position`, or, unless that is known (`ended`), the stream was cut there."""
        while self._end <= position and (ended or self._joined):
            self._grown.clear()
            await self._grown.wait()

    async def read(self, position: int, samples: int = PIECE_SAMPLES) -> Sound | None:
        """The sound at `position`, or the first after it; at most `samples`. None when there is no more yet."""
        async with self._turn:
            while (place := self._place(position)) < len(self._pieces):
                piece = self._pieces[place]
                skip = max(0, position - piece.position)
                first, last = skip * SAMPLE_BYTES, (skip + samples) * SAMPLE_BYTES
                if (pcm := await self._pcm_of(piece)) is not None:
                    return Sound(piece.position + skip, bytes(pcm[first:last]))
            return None

    async def _pcm_of(self, piece: _Piece) -> bytes | bytearray | None:
        """The sound of `piece`; None, and the piece is given up, where its file was taken away."""
        if piece.pcm is not None:
            return piece.pcm
        assert piece.file is not None
        size = piece.samples * SAMPLE_BYTES
        try:
            pcm = await self._thread.call(_read, piece.file, piece.offset, size)
        except OSError as error:
            log.warning("sound that waited is gone: %s", error)
            pcm = b""
        if len(pcm) == size:
            return pcm
        with contextlib.suppress(ValueError):
            self._pieces.remove(piece)
            self.lost_seconds += piece.samples / RATE
        return None

    def at(self, position: int) -> float:
        """When the sample at `position` was in the air (Unix seconds)."""
        piece = self._piece(position)
        return piece.at + (position - piece.position) / RATE if piece else time.time()

    def session_at(self, position: int) -> int | None:
        piece = self._piece(position)
        return piece.session_id if piece else None

    def muted_between(self, position: int, until: int) -> bool:
        """Whether OBS's microphone was muted anywhere from there on, up to `until` and with that."""
        last = bisect.bisect_right(self._pieces, until, key=lambda piece: piece.position)
        return any(piece.muted for piece in self._pieces[self._place(position) : last])

    async def done(self, position: int) -> None:
        """All sound before `position` is finished with."""
        self._finished = max(self._finished, position)
        place = bisect.bisect_right(self._pieces, position, key=_end_of)
        if place:
            del self._pieces[:place]
            await self._sweep()

    async def sift(self, position: int, spoken: Sequence[tuple[int, int]]) -> None:
        """Of the sound before `position` that was not sifted yet, keep what lies in or close to the spans `spoken`."""
        place = bisect.bisect_right(self._pieces, position - MARGIN_SAMPLES, key=_end_of)
        before = self._pieces[:place]
        for piece in before:
            first, last = piece.position - MARGIN_SAMPLES, piece.end + MARGIN_SAMPLES
            piece.sifted = piece.sifted or any(start < last and first < end for start, end in spoken)
        kept = [piece for piece in before if piece.sifted]
        if len(kept) < len(before):
            self._pieces[:place] = kept
            await self._sweep()

    @property
    def unsifted(self) -> int:
        """The position of the first sample that was neither sifted nor is done."""
        return next((self._from(piece) for piece in self._pieces if not piece.sifted), self._end)

    def _from(self, piece: _Piece) -> int:
        """Where `piece` begins that is not done: what was told ends within one, and must not be heard again."""
        return max(piece.position, self._finished)

    async def settle(self, *, everything: bool = False) -> None:
        """Write to disk what has to go there. `everything`: the newest second, too."""
        waiting = sum(piece.samples for piece in self._pieces)
        if waiting > self._memory or everything:
            self._spilling = True
        if self._spilling and (everything or time.monotonic() >= self._retry_at):
            limit = self._end if everything else self._end - PIECE_SAMPLES
            async with self._turn:
                await self._write([piece for piece in self._pieces if piece.pcm is not None and piece.end <= limit])
        if waiting < self._relaxed and not self.on_disk_seconds:
            self._spilling, self.problem = False, ""
        self._give_up_old()
        if self._files - self._needed() or self._noted != self.start:
            await self._sweep()

    async def _write(self, pieces: list[_Piece]) -> None:
        """Move `pieces` into files; where that fails they stay, and `problem` says why."""
        while pieces:
            path, filled = self._filling or (self._folder / f"{pieces[0].position:020d}{SUFFIX}", 0)
            batch, pieces = pieces[: FILE_PIECES - filled], pieces[FILE_PIECES - filled :]
            records = [_record(piece) for piece in batch]
            self._files.add(path)
            try:
                offset = await self._thread.call(_append, path, b"".join(records), self._reserve)
            except OSError as error:
                self._complain(error)
                return
            for piece, record in zip(batch, records, strict=True):
                piece.pcm, piece.file, piece.offset = None, path, offset + _RECORD.size
                offset += len(record)
            filled += len(batch)
            self._filling = (path, filled) if filled < FILE_PIECES else None
            self.problem = ""

    def _complain(self, error: OSError) -> None:
        self._retry_at = time.monotonic() + RETRY_SECONDS
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        problem = "The disk is full" if full else f"The disk takes nothing ({error.strerror})"
        if problem != self.problem:
            log.warning("sound that waits cannot be written to %s: %s", self._folder, error)
        self.problem = problem

    def _give_up_oldest(self) -> None:
        """Keep what the memory holds of the sound that the disk would not take, the newest first."""
        too_much = self._in_memory() - self._most_memory
        if too_much <= 0:
            return
        kept, given_up = [], 0
        for piece in self._pieces:
            if piece.pcm is not None and given_up < too_much:
                given_up += piece.samples
            else:
                kept.append(piece)
        self._pieces = kept
        self.lost_seconds += given_up / RATE
        log.error("%.0f s of sound were given up: neither disk nor memory has room", given_up / RATE)

    def _give_up_old(self) -> None:
        """Forget what waited for too long."""
        first = next((place for place, piece in enumerate(self._pieces) if not _is_old(piece)), len(self._pieces))
        if first:
            seconds = sum(piece.samples for piece in self._pieces[:first]) / RATE
            self.lost_seconds += seconds
            log.error("%.0f s of sound were given up: nobody recognized them for a week", seconds)
            del self._pieces[:first]

    async def _sweep(self) -> None:
        """Delete the files that nothing refers to any more, and note in which place all is finished."""
        async with self._turn:
            needed = self._needed()
            if not self._files:
                return
            gone, self._files = self._files - needed, needed
            if self._filling and self._filling[0] in gone:
                self._filling = None
            self._noted = self.start
            await self._thread.call(_clear, self._folder, gone, self._noted if needed else None)

    def _needed(self) -> set[Path]:
        return {piece.file for piece in self._pieces if piece.file}

    def _in_memory(self) -> int:
        return sum(piece.samples for piece in self._pieces if piece.pcm is not None)

    def _place(self, position: int) -> int:
        """Where the first piece is that ends after `position`."""
        return bisect.bisect_right(self._pieces, position, key=_end_of)

    def _piece(self, position: int) -> _Piece | None:
        """The piece that holds `position`; where none does, the next one, or the last."""
        place = self._place(position)
        return self._pieces[min(place, len(self._pieces) - 1)] if self._pieces else None


def _end_of(piece: _Piece) -> int:
    return piece.end


def _is_old(piece: _Piece) -> bool:
    """Whether it waited for too long; `at` tells that only of an earlier run, for the clock may be corrected."""
    waited = time.time() - piece.at if piece.came is None else time.monotonic() - piece.came
    return waited > KEPT_SECONDS


def _same(piece: _Piece, session_id: int | None, *, muted: bool) -> bool:
    return piece.session_id == session_id and piece.muted is muted


def _record(piece: _Piece) -> bytes:
    assert piece.pcm is not None
    session = -1 if piece.session_id is None else piece.session_id
    pcm = bytes(piece.pcm)
    checksum = zlib.crc32(pcm)
    return _RECORD.pack(_MARK, piece.position, piece.at, session, piece.muted, piece.samples, checksum) + pcm


def _append(path: Path, records: bytes, reserve: int) -> int:
    """Write at the end of `path`, or nothing; returns where it begins. `reserve` bytes must stay free on the disk."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if shutil.disk_usage(path.parent).free < reserve + len(records):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | _BINARY, 0o600), "ab", buffering=0) as file:
        begin = file.seek(0, os.SEEK_END)
        try:
            rest = memoryview(records)
            while rest:
                rest = rest[file.write(rest) or 0 :]
        except OSError:
            with contextlib.suppress(OSError):
                file.truncate(begin)
            raise
        return begin


def _read(path: Path, offset: int, size: int) -> bytes:
    with path.open("rb") as file:
        file.seek(offset)
        return file.read(size)


def _clear(folder: Path, gone: set[Path], finished: int | None) -> None:
    """Delete the files `gone`, and note up to where the others are finished."""
    with contextlib.suppress(OSError):
        for path in gone:
            path.unlink(missing_ok=True)
        if finished is None:
            (folder / FINISHED).unlink(missing_ok=True)
        else:
            (folder / FINISHED).write_text(str(finished), encoding="ascii")


def _recover(folder: Path) -> tuple[list[_Piece], int]:
    """The sound that the files in `folder` hold and that is not finished, in order, and up to where all is finished.

    What is damaged ends a file. Where nothing is left, positions begin anew.
    """
    try:
        finished = int((folder / FINISHED).read_text(encoding="ascii"))
    except (OSError, ValueError):
        finished = 0
    pieces: list[_Piece] = []
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        try:
            found = [piece for piece in _pieces_in(path) if piece.end > finished and not _is_old(piece)]
            pieces += found
            if not found:
                path.unlink(missing_ok=True)
        except OSError as error:
            log.warning("sound that waited cannot be read: %s", error)
    if not pieces:
        with contextlib.suppress(OSError):
            (folder / FINISHED).unlink(missing_ok=True)
        return [], 0
    return sorted(pieces, key=_end_of), finished


def _pieces_in(path: Path) -> list[_Piece]:
    pieces = []
    with path.open("rb") as file:
        while len(head := file.read(_RECORD.size)) == _RECORD.size:
            mark, position, at, session, muted, samples, checksum = _RECORD.unpack(head)
            offset = file.tell()
            if mark != _MARK or samples > PIECE_SAMPLES or zlib.crc32(file.read(samples * SAMPLE_BYTES)) != checksum:
                break
            session_id = None if session < 0 else session
            pieces.append(_Piece(position, samples, at, session_id, muted, None, path, offset))
    return pieces
