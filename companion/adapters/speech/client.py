"""The daemon's side of the speech child: starts it, sends it sound, hears what was said, and notices when it dies."""

import asyncio
import dataclasses
import json
import logging
import os
import sys
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from companion.adapters.speech.models import ModelStore
from companion.adapters.speech.wire import Told, config_as_json, told_from_json
from companion.domain.speech import RATE, SAMPLE_BYTES, Done, Final, Partial, SpeechConfig
from companion.kernel.bus import Bus
from companion.kernel.errors import CompanionError, Failed, Unavailable, error_from_json
from companion.kernel.offload import start_process
from companion.kernel.service import Ready
from companion.kernel.status import Health, StatusBoard

log = logging.getLogger(__name__)

OPEN_SECONDS = 180.0
"""The largest model takes a minute from a slow disk."""
MOST_TRIED = 4
"""Models, when one is to be chosen by measurement."""
HANG_SECONDS = 120.0
OWED_SECONDS = 40.0
"""No utterance is longer than 28 s: with so much sound unanswered, for HANG_SECONDS, the child hangs."""
CARD_REMEDY = "For NVIDIA cards, install cuBLAS and cuDNN for CUDA 12, and start the companion again."
AGAIN_REMEDY = "Try again; if it fails again, use another speech model."
ENVIRONMENT = {
    "HF_HUB_OFFLINE": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "KMP_BLOCKTIME": "0",
    "OMP_WAIT_POLICY": "PASSIVE",
    "TOKENIZERS_PARALLELISM": "false",
}
"""The child uses no network, and its threads sleep while there is nothing to do: by default they spin."""


@dataclasses.dataclass(frozen=True)
class Opened:
    """Which model it is, what it runs on (`cpu`, `cuda`), and how long it takes for a window with a sentence in it.

    `trouble` is why it does not run on the graphics card that there is.
    """

    folder: Path
    device: str
    window_seconds: float
    trouble: str = ""


class SpeechWorker:
    """Turns one stream of sound into words in a child process.

    A service of the daemon; elsewhere `async with SpeechWorker(...)`. The child starts with the first `open` and ends
    with `close`. Finished sound is acknowledged by Done; what is not has to be sent again after a crash.
    """

    name = "recognition"
    essential = False

    def __init__(self, board: StatusBoard, models: ModelStore, *, hang_seconds: float = HANG_SECONDS) -> None:
        self._board = board
        self._models = models
        self._hang = hang_seconds
        self._turn = asyncio.Lock()
        self._tasks: asyncio.TaskGroup | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._listening: asyncio.Task[None] | None = None
        self._inbox: asyncio.Queue[Told | None] = asyncio.Queue()
        self._opening: asyncio.Future[dict[str, Any] | None] | None = None
        self._trying = ""
        self._card_trouble = ""
        self._crashed = self._card_failed = self._partials = False
        self._number = 0
        self._sent = self._done = 0
        self._flushing = False
        self.opened: Opened | None = None

    async def run(self, ready: Ready) -> None:
        """Keep the child at hand until cancelled."""
        async with self:
            ready()
            await asyncio.Event().wait()

    async def __aenter__(self) -> Self:
        self._tasks = await asyncio.TaskGroup().__aenter__()
        self._board.set(self.name, "asleep", Health.OK, "Wakes when there is something to hear.")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        tasks, self._tasks = self._tasks, None
        assert tasks is not None
        await self._end()
        self._board.set(self.name, "stopped", Health.OFF)
        await tasks.__aexit__(None, None, None)

    @property
    def pid(self) -> int | None:
        """The child's process id, while there is one."""
        return self._process.pid if self._process else None

    async def open(self, config: SpeechConfig) -> None:
        """Load the model of `config`; sound that was sent before and is not done is heard by this one.

        Where another child had to be started for it (`pid`), that sound has to be sent again. Raises what is wrong
        with the model, and Failed `speech_worker_failed`; then no child is left, and all sound after the last Done has
        to be sent again.
        """
        async with self._turn:
            self._board.set(self.name, "loading", Health.OK)
            try:
                self.opened = await self._open(config)
            except BaseException as error:
                await self._end()
                if isinstance(error, CompanionError):
                    self._board.set(self.name, "failed", Health.ATTENTION, error.message, error.remedy)
                raise
            self._crashed = False
            self._show()

    async def want_partials(self, *, wanted: bool) -> None:
        """Have partial texts made, or not, from now on; at first they are not. Raises as `send` does."""
        if wanted != self._partials:
            self._partials = wanted
            if self._process is not None:
                await self._write({"do": "partials", "wanted": wanted})

    async def send(self, position: int, pcm: bytes) -> None:
        """Hand over samples (16 kHz mono int16); waits while the child is behind. A jump ends the utterance.

        Raises Unavailable `speech_worker_gone` when there is no child.
        """
        self._sent = position + len(pcm) // SAMPLE_BYTES
        await self._write({"do": "sound", "position": position, "bytes": len(pcm)}, pcm)

    async def flush(self) -> None:
        """End the utterance here; a Done of all that was sent follows. Raises as `send` does."""
        self._flushing = True
        await self._write({"do": "flush"})

    async def receive(self) -> Told:
        """What the child tells next; raises Unavailable `speech_worker_gone` when it is gone and all was told."""
        inbox = self._inbox
        told = await inbox.get()
        if told is None:
            inbox.put_nowait(None)
            raise _gone()
        return told

    async def close(self) -> None:
        """End the child and give back all that it used; what is not done has to be sent to the next one."""
        async with self._turn:
            await self._end()
            if self._tasks is not None:
                self._board.set(self.name, "asleep", Health.OK, "Wakes when there is something to hear.")

    async def _open(self, config: SpeechConfig) -> Opened | None:
        """Open `config`; where the model is to be chosen, what the first one shows of this PC may call for another."""
        if config.detect_only:
            await self._exchange(config)
            return None
        folder = await asyncio.to_thread(self._models.find, config.model, config.language, config.provider)
        for _ in range(MOST_TRIED):
            answer = await self._exchange(dataclasses.replace(config, model=str(folder)))
            opened = self._opened(folder, answer)
            await asyncio.to_thread(self._models.note, folder, opened.window_seconds)
            folder = await asyncio.to_thread(self._models.find, config.model, config.language, config.provider)
            if folder == opened.folder:
                break
        return opened

    async def _exchange(self, config: SpeechConfig) -> dict[str, Any]:
        """Have the child open a model, and start it before where there is none; its answer.

        Where it dies or hangs on the graphics card, as with a part of its software missing, that is used no more.
        """
        if self._process is None or self._process.returncode is not None:
            await self._start()
        self._opening = asyncio.get_running_loop().create_future()
        self._trying = ""
        how = {"graphics_card": not self._card_trouble, "careful": self._crashed, "partials": self._partials}
        try:
            await self._write({"do": "open", "config": config_as_json(config), **how})
            async with asyncio.timeout(OPEN_SECONDS):
                if (answer := await self._opening) is None:
                    raise _gone()
        except (TimeoutError, Unavailable) as error:
            why = "does not answer" if isinstance(error, TimeoutError) else "ended while it loaded the model"
            if self._trying != "cuda":
                raise _failed(why) from None
            self._card_trouble = f"The graphics card cannot be used for speech: recognition {why} there."
            log.warning("%s", self._card_trouble)
            await self._end()
            return await self._exchange(config)
        finally:
            self._opening = None
        if "error" in answer:
            raise error_from_json(int(answer.get("status", 500)), answer)
        opened: dict[str, Any] = answer["opened"]
        return opened

    async def _start(self) -> None:
        if self._tasks is None:
            raise Unavailable("speech_stopped", "The companion is closing.", "Start it again.")
        await self._end()
        argv = [sys.executable, "-m", "companion.adapters.speech.worker", str(self._number)]
        try:
            process = await start_process(argv, env={**os.environ, **ENVIRONMENT}, stderr=asyncio.subprocess.DEVNULL)
        except OSError as error:
            raise _failed(f"could not be started ({error.strerror})") from None
        self._process = process
        self._inbox = asyncio.Queue()
        self._sent = self._done = 0
        self._flushing = False
        self._listening = self._tasks.create_task(self._listen(process, self._inbox), name="speech-child")

    async def _write(self, message: dict[str, Any], pcm: bytes = b"") -> None:
        process, listening = self._process, self._listening
        if process is None or listening is None:
            raise _gone()
        assert process.stdin is not None
        try:
            process.stdin.write(json.dumps(message).encode() + b"\n" + pcm)
            await process.stdin.drain()
        except ConnectionError:
            # First what it told is taken in, and noted that it ended by itself.
            await asyncio.wait([listening])
            raise _gone() from None

    async def _listen(self, process: asyncio.subprocess.Process, inbox: "asyncio.Queue[Told | None]") -> None:
        """Pass on what one child tells, until it ends."""
        assert process.stdout is not None
        try:
            while True:
                try:
                    async with asyncio.timeout(self._hang):
                        line = await process.stdout.readline()
                except TimeoutError:
                    if not self._owes():
                        continue
                    log.error("the speech child has said nothing for %g s; ending it", self._hang)
                    process.kill()
                    break
                if not line.endswith(b"\n"):
                    break
                self._take(json.loads(line), inbox)
        finally:
            if process is self._process:
                self._blame_the_card()
                self._process, self.opened = None, None
                self._crashed = True
                self._board.set(self.name, "crashed", Health.ATTENTION, "It ended unexpectedly and is started again.")
                self._give_up_opening()
            inbox.put_nowait(None)
        if process.stdin:
            process.stdin.close()
        log.debug("the speech child ended with code %d", await process.wait())

    def _blame_the_card(self) -> None:
        """Use the graphics card no more where the child ended twice on it, with nothing done between."""
        if self.opened is None or self.opened.device != "cuda":
            return
        if self._card_failed:
            self._card_trouble = "The graphics card cannot be used for speech: recognition ended there twice."
            log.warning("%s", self._card_trouble)
        self._card_failed = True

    def _take(self, message: dict[str, Any], inbox: "asyncio.Queue[Told | None]") -> None:
        told = told_from_json(message)
        if told is not None:
            if isinstance(told, Done):
                self._done, self._card_failed = told.position, False
                self._flushing = self._flushing and self._done < self._sent
            elif isinstance(told, Partial | Final):
                self._number = max(self._number, told.utterance + 1)
            inbox.put_nowait(told)
        elif "log" in message:
            log.log(int(message["level"]), "%s", message["log"])
        elif "trying" in message:
            self._trying = message["trying"]
        elif "moved" in message:
            if self.opened is not None:
                self.opened = self._opened(self.opened.folder, message["moved"])
                self._show()
        elif self._opening is not None and not self._opening.done():
            self._opening.set_result(message)

    def _opened(self, folder: Path, told: dict[str, Any]) -> Opened:
        return Opened(folder, told["device"], told["window_seconds"], told["trouble"] or self._card_trouble)

    def _show(self) -> None:
        """Tell on the status board which model runs on what."""
        if (opened := self.opened) is None:
            self._board.set(self.name, "ready", Health.OK, "Detects speech, writes no words.")
            return
        runs = f"{opened.folder.name} on {'the graphics card' if opened.device == 'cuda' else 'the processor'}."
        remedy = CARD_REMEDY if opened.trouble else ""
        self._board.set(self.name, "ready", Health.OK, f"{runs} {opened.trouble}".strip(), remedy)

    def _owes(self) -> bool:
        """Whether the child has sound that it should have answered by now."""
        return self._flushing or self._sent - self._done > OWED_SECONDS * RATE

    async def _end(self) -> None:
        """Kill the child: it has nothing to save."""
        process, self._process = self._process, None
        self.opened = None
        self._give_up_opening()
        if process is None:
            return
        with suppress(ProcessLookupError):
            process.kill()
        if process.stdin:
            process.stdin.close()
        await process.wait()

    def _give_up_opening(self) -> None:
        if self._opening is not None and not self._opening.done():
            self._opening.set_result(None)


async def measure(models: ModelStore, name: str, provider: str) -> None:
    """Note how fast the installed model `name` of `provider` is on this PC; raises what is wrong with it."""
    async with SpeechWorker(StatusBoard(Bus()), models) as worker:
        await worker.open(SpeechConfig(model=name, provider=provider))


def _gone() -> Unavailable:
    return Unavailable("speech_worker_gone", "The part of the companion that hears speech ended.", AGAIN_REMEDY)


def _failed(why: str) -> Failed:
    return Failed("speech_worker_failed", f"The part of the companion that hears speech {why}.", AGAIN_REMEDY)
