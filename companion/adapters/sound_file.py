"""The microphone's sound kept as FLAC, on the clock of what was heard: silence stands where nothing was."""

import contextlib
import datetime as dt
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from companion.adapters.clip_store import session_folder
from companion.adapters.folders import make_folder
from companion.domain.models import Session
from companion.domain.speech import RATE, SAMPLE_BYTES
from companion.kernel.errors import Failed
from companion.kernel.offload import WorkerThread

log = logging.getLogger(__name__)

LONGEST_SILENCE = 12 * 3600
"""Seconds: after a longer pause (the clock was set) the file goes on without it."""


class SoundFile:
    """Writes blocks in the order of their time, a file for each session, below `folder()`.

    It has a thread of its own, so that a slow disk holds up nothing.
    """

    def __init__(self, folder: Callable[[], Path]) -> None:
        self._folder = folder
        self._thread = WorkerThread("sound-file")
        self._file: Any = None
        self._session_id: int | None = None
        self._began = 0.0
        self._samples = 0

    async def write(self, at: float, pcm: bytes, session: Session | None) -> None:
        """Add sound of a session, or of none, that began `at` (Unix seconds); raises Failed `sound_not_kept`."""
        await self.turn_to(session)
        await self._thread.call(self._write, at, pcm, session)

    async def turn_to(self, session: Session | None) -> None:
        """Complete the file of another session than this."""
        number = session.id if session else None
        if number != self._session_id:
            await self.finish()
            self._session_id = number

    async def finish(self) -> None:
        """Complete the file."""
        await self._thread.call(self._finish)

    async def close(self) -> None:
        await self.finish()
        self._thread.close()

    def _write(self, at: float, pcm: bytes, session: Session | None) -> None:
        import soundfile

        try:
            if self._file is None:
                self._file = soundfile.SoundFile(self._new_path(at, session), "w", RATE, 1, "PCM_16", format="FLAC")
                self._began, self._samples = at, 0
            gap = round((at - self._began) * RATE) - self._samples
            if RATE // 2 < gap < LONGEST_SILENCE * RATE:
                self._silence(gap)
            self._file.buffer_write(pcm, "int16")
            self._samples += len(pcm) // SAMPLE_BYTES
        except (OSError, RuntimeError) as error:
            log.warning("the microphone's sound cannot be written: %s", error)
            self._finish()
            raise Failed(
                "sound_not_kept",
                f"The sound cannot be written: {error}.",
                "Make room on the disk, or check its rights.",
            ) from error

    def _new_path(self, at: float, session: Session | None) -> Path:
        local = dt.datetime.fromtimestamp(at).astimezone()
        path = self._folder() / (session_folder(session) if session else f"{local:%Y-%m}")
        make_folder(path, "SESSION_DIR")
        return _free(path / f"{local:%Y-%m-%d %H-%M-%S} sound.flac")

    def _silence(self, samples: int) -> None:
        second = bytes(RATE * SAMPLE_BYTES)
        self._samples += samples
        while samples > 0:
            self._file.buffer_write(second[: samples * SAMPLE_BYTES], "int16")
            samples -= RATE

    def _finish(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            with contextlib.suppress(OSError, RuntimeError):
                file.close()


def _free(path: Path) -> Path:
    """`path`, or where that is taken (the companion was restarted), one with the time in its name."""
    if not path.exists():
        return path
    return path.with_name(f"{path.stem} {time.strftime('%H-%M-%S')}{path.suffix}")
