"""The daemon's side of the media child: starts it, asks it, watches it, and starts it anew when it crashes or hangs."""

import asyncio
import glob
import json
import logging
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from companion.adapters.media.made import MadeClip
from companion.kernel.errors import Failed, Unavailable, error_from_json
from companion.kernel.offload import start_process
from companion.kernel.service import Ready
from companion.kernel.status import Health, StatusBoard

if TYPE_CHECKING:
    from companion.adapters.media.probe import MediaInfo

__all__ = ["MadeClip", "MediaWorker"]

log = logging.getLogger(__name__)

Progress = Callable[[str, float], None]

SILENCE_SECONDS = 30.0
"""A child that says nothing for so long hangs: every job tells its progress far more often."""
ATTEMPTS = 2


class _Lost(Exception):
    """The child did not finish its job; `code` says whether it crashed or hung."""

    def __init__(self, code: str, why: str) -> None:
        super().__init__(why)
        self.code = code


class MediaWorker:
    """Cuts, proves and pictures clips in a child process, one job at a time, in the order of the calls.

    A service of the daemon; elsewhere `async with MediaWorker(...) as media`. The child starts with the first job or
    `warm()` and stays. `ffmpeg` None means the one that comes with the companion.
    """

    name = "media"
    essential = False

    def __init__(self, board: StatusBoard, ffmpeg: Path | None, *, silence_seconds: float = SILENCE_SECONDS) -> None:
        self._board = board
        self._ffmpeg = ffmpeg
        self._silence = silence_seconds
        self._turn = asyncio.Lock()
        self._process: asyncio.subprocess.Process | None = None
        self._open = False

    async def run(self, ready: Ready) -> None:
        """Keep the child at hand until cancelled."""
        async with self:
            ready()
            await asyncio.Event().wait()

    async def __aenter__(self) -> Self:
        self._open = True
        self._board.set(self.name, "asleep", Health.OK, "Wakes with the first clip.")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open = False
        await self._end()
        self._board.set(self.name, "stopped", Health.OFF)

    @property
    def pid(self) -> int | None:
        """The child's process id, while there is one."""
        return self._process.pid if self._process else None

    async def warm(self) -> None:
        """Start the child and let it load what the first clip needs."""
        await self._work("warm", {})

    async def probe(self, path: Path) -> "MediaInfo":
        """What is in the file `path`; raises Refused or NotFound for what cannot be read."""
        from companion.adapters.media.probe import MediaInfo

        return MediaInfo.model_validate(await self._work("probe", {"path": str(path)}))

    async def cut(
        self, source: Path, out: Path, start: float, end: float, *, progress: Progress = lambda step, fraction: None
    ) -> MadeClip:
        """Cut [start, end) of `source` to `out` and prove it; `progress` hears of "cutting" and "proving".

        A clip that fails a check is re-encoded whole and proved again; if that fails too it comes back `doubtful`.
        Raises what the cut raises, `media_crashed` or `media_hung`; then nothing is left of the clip.
        """
        arguments = {"source": str(source), "out": str(out), "start": start, "end": end}
        try:
            _remove(_parts(out))  # of an earlier attempt, which nobody could end well
            before = _outputs(out)
        except OSError as error:
            message = f"{out} cannot be written: {error.strerror}."
            raise Failed("not_writable", message, "Choose another folder, or allow writing to this one.") from error
        done = False
        try:
            made = MadeClip.model_validate(await self._work("cut", arguments, progress))
            done = True
            return made
        finally:
            if not done:
                with suppress(OSError):
                    _remove([*_parts(out), *(_outputs(out) - before)])

    async def picture(self, clip: Path, out: Path) -> None:
        """Write a thumbnail of `clip` to `out` (.jpg or .webp); raises Failed `thumbnail_failed`."""
        try:
            await self._work("picture", {"clip": str(clip), "out": str(out)})
        finally:
            with suppress(OSError):
                out.with_name(f".{out.name}.part").unlink(missing_ok=True)

    async def burn(self, clip: Path, out: Path, subtitles: str) -> None:
        """Write a copy of `clip` with `subtitles` (SubRip) in its picture to `out`; raises Failed `burning_failed`."""
        try:
            await self._work("burn", {"clip": str(clip), "out": str(out), "subtitles": subtitles})
        finally:
            with suppress(OSError):
                out.with_name(f".{out.stem}.part").unlink(missing_ok=True)

    async def sound(self, source: Path, out: Path, start: float, end: float) -> None:
        """Write the sound of [start, end) of `source` to `out` (.m4a); raises Failed `no_sound`."""
        await self._work("sound", {"source": str(source), "out": str(out), "start": start, "end": end})

    async def _work(self, job: str, arguments: dict[str, Any], progress: Progress = lambda step, fraction: None) -> Any:
        """Have the child do a job, and once more when it did not survive it."""
        async with self._turn:
            for attempt in range(1, ATTEMPTS + 1):
                if not self._open:
                    raise Unavailable("media_stopped", "The companion is closing.", "Start it again.")
                try:
                    return await self._attempt(job, arguments, progress)
                except _Lost as lost:
                    log.warning("media child, job %s, attempt %d: %s", job, attempt, lost)
                    last = lost
            self._board.set(
                self.name, last.code.removeprefix("media_"), Health.ATTENTION, f"The last job failed: {last}"
            )
            raise Failed(
                last.code,
                f"The part of the companion that works on video {'hung' if last.code == 'media_hung' else 'crashed'}"
                f" twice at this job ({last}).",
                "Try again; if it fails again, the file may be damaged in a way that upsets the decoder.",
            )

    async def _attempt(self, job: str, arguments: dict[str, Any], progress: Progress) -> Any:
        finished = False
        try:
            process = await self._started()
            self._board.set(self.name, "working", Health.OK)
            answer = await self._exchange(process, {"job": job, "arguments": arguments}, progress)
            finished = True
        finally:
            if not finished:  # cancelled, crashed or hanging: this child's state is not to be trusted
                await self._end()
        self._board.set(self.name, "ready", Health.OK)
        if "error" in answer:
            raise error_from_json(int(answer.get("status", 500)), answer)
        return answer["result"]

    async def _started(self) -> asyncio.subprocess.Process:
        if self._process is not None and self._process.returncode is None:
            return self._process
        argv = [sys.executable, "-m", "companion.adapters.media.worker"]
        argv += [str(self._ffmpeg)] if self._ffmpeg else []
        try:
            self._process = await start_process(argv, stderr=asyncio.subprocess.DEVNULL, long_work=True)
        except OSError as error:
            raise _Lost("media_crashed", f"it could not be started: {error.strerror}") from None
        return self._process

    async def _exchange(
        self, process: asyncio.subprocess.Process, request: dict[str, Any], progress: Progress
    ) -> dict[str, Any]:
        """Send a request and read up to its answer; log lines and progress are passed on."""
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(json.dumps(request).encode() + b"\n")
            await process.stdin.drain()
            while True:
                async with asyncio.timeout(self._silence):
                    line = await process.stdout.readline()
                if not line.endswith(b"\n"):
                    raise _Lost("media_crashed", f"it ended with code {await process.wait()}")
                message: dict[str, Any] = json.loads(line)
                if "step" in message:
                    progress(message["step"], message["fraction"])
                elif "log" in message:
                    log.log(int(message["level"]), "%s", message["log"])
                else:
                    return message
        except TimeoutError:
            raise _Lost("media_hung", f"it said nothing for {self._silence:g} s") from None
        except ConnectionError:
            raise _Lost("media_crashed", f"it ended with code {await process.wait()}") from None

    async def _end(self) -> None:
        """Kill the child: it has nothing to save, and what it starts ends with it."""
        process, self._process = self._process, None
        if process is None:
            return
        with suppress(ProcessLookupError):
            process.kill()
        if process.stdin:
            process.stdin.close()
        await process.wait()


def _outputs(out: Path) -> set[Path]:
    """Files that stand where the clip goes, or its MKV when its codec does not fit into MP4."""
    return {path for path in (out, out.with_suffix(".mkv")) if path.exists()}


def _parts(out: Path) -> list[Path]:
    """What an unfinished job left under hidden names."""
    stem = glob.escape(out.stem)
    names = [f".{stem}.*.part", *(f"{dots}{stem}.{name}.*" for name in ("new", "again") for dots in (".", ".."))]
    return [path for name in names for path in out.parent.glob(name)]


def _remove(files: list[Path]) -> None:
    for path in files:
        with suppress(OSError):
            path.unlink(missing_ok=True)
