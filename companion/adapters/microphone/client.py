"""The daemon's side of the microphone: which ones there are, news of that, and hearing one through its child."""

import asyncio
import dataclasses
import json
import os
import sys
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from companion.adapters.microphone import pulse, wire
from companion.domain.listening import Microphone
from companion.kernel.errors import CompanionError, Failed, Unavailable
from companion.kernel.offload import end_process, start_process

LIST_SECONDS = 20.0
OPEN_SECONDS = 20.0
SILENT_SECONDS = 8.0
"""A child that gives nothing for so long hangs: it ends itself earlier when its device is silent."""
LOOK_SECONDS = 5.0
"""How often is looked for other devices where nothing tells of them."""
RETRY_SECONDS = 1.0
SETTLE_SECONDS = 0.2
"""A device that comes or goes makes several changes at once."""
ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


@dataclasses.dataclass(frozen=True)
class Block:
    """A tenth of a second of sound, or so: 16 kHz mono int16.

    `position` counts samples since the microphone was opened, those that were lost too. `at` is when it began (Unix
    seconds), `db` its peak (0 is full, -100 silence).
    """

    position: int
    at: float
    db: float
    pcm: bytes


async def list_microphones() -> list[Microphone]:
    """The inputs there are; raises Unavailable where the system has no way to sound.

    With a sound server on Linux they are the server's; elsewhere PortAudio's.
    """
    problem: CompanionError | None = None
    if pulse.has_tool():
        try:
            return await pulse.sources()
        except Unavailable as error:
            problem = error
    found = await _listed()
    if not found and problem is not None:
        raise problem
    return found


class Changes:
    """Tells that the devices may be others now; `async with` begins and ends it, so that none is missed."""

    def __init__(self) -> None:
        self._watching: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Self:
        if pulse.has_tool():
            self._watching = await pulse.start_watching()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._watching is not None:
            await end_process(self._watching)

    async def next(self) -> None:
        """Wait for a change; where nothing tells of changes, or the sound server is gone, some seconds are one."""
        if self._watching is None:
            await self._resume()
            return
        assert self._watching.stdout is not None
        while line := await self._watching.stdout.readline():
            # Volumes and programs that play are no matter; the server's own change may be another default.
            if b" on source" in line or b" on server" in line:
                await self._drain()
                return
        await end_process(self._watching)
        self._watching = None

    async def _resume(self) -> None:
        """Wait until the sound server is there again, but not for ever: a device may need none."""
        for _ in range(round(LOOK_SECONDS / RETRY_SECONDS)):
            await asyncio.sleep(RETRY_SECONDS)
            if not pulse.has_tool():
                continue
            watching = await pulse.start_watching()
            try:
                async with asyncio.timeout(SETTLE_SECONDS):
                    await watching.wait()
            except TimeoutError:
                self._watching = watching
                return

    async def _drain(self) -> None:
        assert self._watching is not None
        assert self._watching.stdout is not None
        with suppress(TimeoutError):
            async with asyncio.timeout(SETTLE_SECONDS):
                while await self._watching.stdout.readline():
                    pass


class Hearing:
    """One opening of a microphone: `async with Hearing(microphone) as hearing`, then `read` block after block."""

    def __init__(self, microphone: Microphone) -> None:
        self.microphone = microphone
        self.rate = self.channels = 0
        self._recorder = 0
        self._process: asyncio.subprocess.Process | None = None
        self._reason: CompanionError | None = None

    async def __aenter__(self) -> Self:
        """Raises Unavailable or Failed, with what stands against it."""
        try:
            self._process = await _child(_request(self.microphone))
            async with asyncio.timeout(OPEN_SECONDS):
                kind, content = await self._frame()
        except TimeoutError:
            await self._end()
            raise _error(wire.FAILED, "it does not answer") from None
        except BaseException:
            await self._end()
            raise
        if kind != wire.JSON_FRAME:
            await self._end()
            raise _error(wire.FAILED, "it speaks before it is asked")
        opened = json.loads(content)["opened"]
        self.rate, self.channels = int(opened["rate"]), int(opened["channels"])
        self._recorder = int(opened["pid"])
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._end()

    @property
    def pid(self) -> int | None:
        """The child's process id, while there is one."""
        return self._process.pid if self._process else None

    async def read(self) -> Block:
        """The next block; raises Unavailable `microphone_missing` when it is lost, or what `end` was given."""
        try:
            async with asyncio.timeout(SILENT_SECONDS):
                _, content = await self._frame()
        except TimeoutError:
            raise _error(wire.MISSING, "it gives no sound any more") from None
        position, at, db = wire.SOUND.unpack_from(content)
        return Block(position, at, db, content[wire.SOUND.size :])

    def end(self, reason: CompanionError) -> None:
        """Have `read`, which may be waiting, raise `reason`."""
        self._reason = reason
        self._kill()

    async def is_heard(self) -> bool:
        """Whether the sound server lets us hear this microphone, not another that took its place. Unknown is yes."""
        if not pulse.has_tool():
            return True
        try:
            source = await pulse.heard_by(self._recorder)
        except Unavailable:
            return True
        return source is None or source == self.microphone.name

    async def _frame(self) -> tuple[bytes, bytes]:
        assert self._process is not None
        assert self._process.stdout is not None
        try:
            kind, size = wire.HEAD.unpack(await self._process.stdout.readexactly(wire.HEAD.size))
            content = await self._process.stdout.readexactly(size)
        except asyncio.IncompleteReadError:
            raise self._reason or _error(wire.MISSING, "its connection ended") from None
        if self._reason is not None:
            raise self._reason
        if kind == wire.JSON_FRAME and "error" in (message := json.loads(content)):
            raise _error(message["error"], message["detail"])
        return kind, content

    def _kill(self) -> None:
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.kill()

    async def _end(self) -> None:
        """Kill the child: it has nothing to save, and closing a dead device hangs."""
        self._kill()
        if self._process is not None:
            if self._process.stdin:
                self._process.stdin.close()
            while self._process.stdout and await self._process.stdout.read(2**16):
                pass  # what nobody read would keep the pipe open
            await self._process.wait()
            self._process = None


def _request(microphone: Microphone) -> dict[str, Any]:
    wanted = {"device": microphone.name, "rate": microphone.rate, "channels": microphone.channels}
    if microphone.of_server:
        # A newer PortAudio lists the server's inputs as they are labelled.
        return wanted | {"source": microphone.name, "device": microphone.label}
    return wanted


async def _listed() -> list[Microphone]:
    process = await _child({"list": True})
    try:
        async with asyncio.timeout(LIST_SECONDS):
            answer, _ = await process.communicate()
    except TimeoutError:
        raise _error(wire.FAILED, "the list of devices does not come") from None
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
    if len(answer) < wire.HEAD.size:
        raise _error(wire.FAILED, "the list of devices does not come")
    message = json.loads(answer[wire.HEAD.size :])
    if "error" in message:
        raise _error(message["error"], message["detail"])
    return [
        Microphone(item["name"], item["name"], item["rate"], item["channels"], item["default"])
        for item in message["devices"]
    ]


async def _child(request: dict[str, Any]) -> asyncio.subprocess.Process:
    argv = [sys.executable, "-m", "companion.adapters.microphone.worker", json.dumps(request)]
    environment = {**os.environ, **ENVIRONMENT}
    try:
        # It must not be late: sound that the system cannot hand over is lost.
        return await start_process(argv, env=environment, stderr=asyncio.subprocess.DEVNULL, yielding=False)
    except OSError as error:
        raise _error(wire.FAILED, f"it could not be started: {error.strerror}") from None


def _error(code: str, detail: str) -> CompanionError:
    match code:
        case wire.MISSING:
            return Unavailable(code, "The microphone is not there.", "Plug it in; it is taken up by itself.")
        case wire.BUSY:
            return Unavailable(
                code, "Another program has the microphone for itself.", "Close that program, or choose another one."
            )
        case wire.FORBIDDEN:
            return Unavailable(
                code,
                "The system does not let the companion hear the microphone.",
                "Allow it in the system's settings for privacy, or join the group `audio`.",
            )
        case wire.NO_PORTAUDIO:
            return Unavailable(code, "PortAudio is not installed.", "Install it: sudo apt-get install libportaudio2")
        case _:
            return Failed(code, f"The microphone could not be opened: {detail}.", "Unplug it and plug it in again.")
