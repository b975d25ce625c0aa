"""The microphone's sound kept as FLAC, on the clock of what was heard: silence stands where nothing was."""

import contextlib
import logging
import time
from pathlib import Path
from typing import Any

from companion.adapters.folders import make_folder
from companion.domain.speech import RATE, SAMPLE_BYTES
from companion.kernel.errors import Failed
from companion.kernel.offload import WorkerThread

log = logging.getLogger(__name__)

LONGEST_SILENCE = 12 * 3600
"""Seconds: after a longer pause (the clock was set) the file goes on without it."""


class SoundFile:
    """Writes blocks in the order of their time; a file of its own thread, so that a slow disk holds up nothing."""

    def __init__(self) -> None:
        self._thread = WorkerThread("sound-file")
        self._file: Any = None
        self._path: Path | None = None
        self._began = 0.0
        self._samples = 0

    @property
    def path(self) -> Path | None:
        """The file that is being written."""
        return self._path

    async def write(self, path: Path, at: float, pcm: bytes) -> None:
        """Add sound that began `at` (Unix seconds) to the file `path`, which is begun where it is another one.

        Raises Failed `sound_not_kept`.
        """
        if path != self._path:
            await self.finish()
        await self._thread.call(self._write, path, at, pcm)

    async def finish(self) -> None:
        """Complete the file."""
        await self._thread.call(self._finish)

    async def close(self) -> None:
        await self.finish()
        self._thread.close()

    def _write(self, path: Path, at: float, pcm: bytes) -> None:
        import soundfile

        try:
            if self._file is None:
                make_folder(path.parent, "SESSION_DIR")
                self._file = soundfile.SoundFile(_free(path), "w", RATE, 1, "PCM_16", format="FLAC")
                self._path, self._began, self._samples = path, at, 0
            gap = round((at - self._began) * RATE) - self._samples
            if RATE // 2 < gap < LONGEST_SILENCE * RATE:
                self._silence(gap)
            self._file.buffer_write(pcm, "int16")
            self._samples += len(pcm) // SAMPLE_BYTES
        except (OSError, RuntimeError) as error:
            log.warning("%s cannot be written: %s", path, error)
            self._finish()
            raise Failed(
                "sound_not_kept",
                f"The sound cannot be written: {error}.",
                "Make room on the disk, or check its rights.",
            ) from error

    def _silence(self, samples: int) -> None:
        second = bytes(RATE * SAMPLE_BYTES)
        self._samples += samples
        while samples > 0:
            self._file.buffer_write(second[: samples * SAMPLE_BYTES], "int16")
            samples -= RATE

    def _finish(self) -> None:
        file, self._file, self._path = self._file, None, None
        if file is not None:
            with contextlib.suppress(OSError, RuntimeError):
                file.close()


def _free(path: Path) -> Path:
    """`path`, or where that is taken (the companion was restarted), one with the time in its name."""
    if not path.exists():
        return path
    return path.with_name(f"{path.stem} {time.strftime('%H-%M-%S')}{path.suffix}")
