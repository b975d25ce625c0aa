"""Recognition in the daemon with all that it meets, for tests that speak to it."""

import asyncio
import contextlib
import dataclasses
import time
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path
from typing import cast

import numpy as np

from companion.adapters.database import Database
from companion.adapters.speech.client import SpeechWorker
from companion.adapters.speech.models import ModelStore
from companion.adapters.spool import Spool
from companion.adapters.transcript_store import TranscriptStore
from companion.domain.events import (
    MicrophoneChanged,
    ObsConnectionChanged,
    ObsState,
    ObsStatsMeasured,
    SegmentTranscribed,
    SpeechHeard,
    SpeechStateChanged,
)
from companion.domain.settings import Settings
from companion.domain.speech import RATE
from companion.features.speech.service import Speech
from companion.kernel.bus import Bus
from companion.kernel.service import Supervisor
from companion.kernel.status import ComponentChanged, Health, StatusBoard
from tests.obs_link import until
from tests.speech.model import MODEL
from tests.speech.scoring import plain
from tests.speech.speaker import Spoken, speak

BLOCK = RATE // 10
NEITHER = 88.0
"""Percent of the processor that other programs use: not so much that recognition steps down, too much to step up."""


@dataclasses.dataclass(frozen=True)
class Said:
    """A sentence, and when it was spoken (Unix seconds)."""

    start: float
    end: float
    text: str


@dataclasses.dataclass
class Studio:
    """Recognition with all that it meets; what is spoken goes straight into the spool, as the microphone does it."""

    bus: Bus
    board: StatusBoard
    spool: Spool
    worker: SpeechWorker
    settings: Settings
    speech: Speech
    segments: list[dict[str, object]] = dataclasses.field(default_factory=list)
    partials: list[SpeechHeard] = dataclasses.field(default_factory=list)
    others: float = 20.0
    crashes: int = 0
    """How often the service ended by an error and is started again."""
    broken: bool = False
    """The next look at how busy the computer is fails, in a way that nobody foresaw."""

    def say(self, text: str, *, at: float | None = None, pause: float = 1.0, level: float = 0.5) -> Said:
        """Say `text` all at once, with silence around it."""
        spoken = speak(text).padded(0.3, pause)
        began = time.time() - len(spoken.pcm) / RATE if at is None else at
        self.append((spoken.pcm * (level * 32767 / np.abs(spoken.pcm).max())).astype(np.int16), began)
        return Said(began + spoken.words[0].start, began + spoken.words[-1].end, text)

    @contextlib.asynccontextmanager
    async def in_the_middle(self, text: str, *, at: float) -> AsyncIterator[Said]:
        """Say `text`; the block comes after its first half, which the child has, and before the rest."""
        spoken = speak(text).padded(0.3, 1.0)
        middle = round((spoken.words[0].start + spoken.words[-1].end) / 2 * RATE)
        self.append(spoken.pcm[:middle], at)
        await until(lambda: self.worker._sent >= self.spool.end, 10, lambda: "the first half sent")
        yield Said(at + spoken.words[0].start, at + spoken.words[-1].end, text)
        self.append(spoken.pcm[middle:], at + middle / RATE)

    def append(self, pcm: np.ndarray, began: float, *, muted: bool = False) -> None:
        for first in range(0, len(pcm), BLOCK):
            self.spool.append(began + first / RATE, pcm[first : first + BLOCK].tobytes(), session_id=None, muted=muted)

    async def say_slowly(self, spoken: Spoken) -> float:
        """Say it as fast as people do; when it began."""
        began = time.time()
        for first in range(0, len(spoken.pcm), BLOCK):
            await asyncio.sleep(max(0.0, began + (first + BLOCK) / RATE - time.time()))
            self.spool.append(began + first / RATE, spoken.pcm[first : first + BLOCK].tobytes())
        return began

    def state(self) -> str:
        said = self.bus.latest(SpeechStateChanged)
        return said.state if said else ""

    def health(self) -> Health | None:
        component = self.board.get("speech")
        return component.health if component else None

    async def until_state(self, state: str, seconds: float = 60.0) -> None:
        await until(lambda: self.state() == state, seconds, lambda: f"{state}; it is {self.state()}")

    async def until_done(self, seconds: float = 60.0) -> None:
        """Until nothing waits any more, once nobody speaks."""
        self.spool.cut()
        await until(lambda: not self.spool.backlog_seconds, seconds, lambda: f"{self.spool.backlog_seconds} s to go")

    async def until_covered(self, spans: list[Said], seconds: float = 60.0) -> None:
        """Until what was said is written down, each word of it in its time, and nothing else or twice."""
        await until(lambda: self.covered(spans), seconds, lambda: f"words of {spans}; there are {self.segments}")
        self.check_nothing_twice()
        assert len(self._words()) == sum(len(plain(said.text)) for said in spans), self.segments

    def covered(self, spans: list[Said]) -> bool:
        return all(self.heard_of(said) == plain(said.text) for said in spans)

    def heard_of(self, said: Said) -> list[str]:
        """The words that are written down in the time in which `said` was."""
        return [text for at, text in self._words() if said.start - 0.3 < at < said.end + 0.3]

    def _words(self) -> list[tuple[float, str]]:
        """All that is written down, each word with its middle."""
        words = [word for segment in self.segments for word in cast("list[dict[str, object]]", segment["words"])]
        middles = [(float(str(word["start_at"])) + float(str(word["end_at"]))) / 2 for word in words]
        return sorted((at, " ".join(plain(str(word["text"])))) for at, word in zip(middles, words, strict=True))

    def check_nothing_twice(self) -> None:
        """No two segments are of the same time."""
        spans = sorted((float(str(one["started_at"])), float(str(one["ended_at"]))) for one in self.segments)
        assert all(first[1] <= second[0] + 0.2 for first, second in pairwise(spans)), spans

    async def obs_runs(self) -> None:
        """OBS runs and loses nothing, and the governor saw it."""
        self.obs_loses(0, 600)
        seen = self.speech._governor
        await until(lambda: bool(seen._before and seen._before.frames), 20, lambda: "a look at OBS")

    def obs_loses(self, lagged: int, total: int) -> None:
        """OBS's counts, as they are measured."""
        self.bus.publish(ObsConnectionChanged(ObsState.CONNECTED))
        self.bus.publish(ObsStatsMeasured(5.0, 300.0, 60.0, lagged, total, 0, total, 10_000.0))


@contextlib.asynccontextmanager
async def studio(
    database: Database,
    bus: Bus,
    folder: Path,
    settings: Settings | None = None,
    spool: Spool | None = None,
    microphone: str = "listening",
) -> AsyncIterator[Studio]:
    """`Studio.others` is how busy the computer is with other things; the one that tests run on is of no matter."""
    board = StatusBoard(bus)
    spool = spool or Spool(folder / "spool")
    models = ModelStore(folder / "models")
    worker = SpeechWorker(board, models)
    chosen = settings or Settings(stt_model=str(MODEL), stt_language="en")

    def current() -> Settings:
        return made.settings

    def others(pid: int | None) -> float:
        if made.broken:
            raise RuntimeError("the processor cannot be looked at")
        return made.others

    speech = Speech(spool, worker, models, TranscriptStore(database, bus), bus, board, current, others)
    made = Studio(bus, board, spool, worker, chosen, speech)
    bus.publish(MicrophoneChanged(microphone, "open", "Mic"))
    heard = bus.subscribe(SegmentTranscribed, SpeechHeard, ComponentChanged, size=10_000)

    async def collect() -> None:
        async for envelope in heard:
            if isinstance(envelope.event, SegmentTranscribed):
                made.segments.append(envelope.event.segment)
            elif isinstance(envelope.event, SpeechHeard):
                made.partials.append(envelope.event)
            elif isinstance(envelope.event, ComponentChanged):
                told = envelope.event.component
                made.crashes += (told.name, told.state) == ("speech", "restarting")

    async with worker, asyncio.TaskGroup() as group:
        supervisor = Supervisor([spool, speech], board, backoff_seconds=(0.05,))
        stop, started = asyncio.Event(), asyncio.Event()
        collecting = group.create_task(collect())
        supervising = group.create_task(supervisor.run(stop, started.set))
        await started.wait()
        try:
            yield made
        finally:
            stop.set()
            await supervising
            collecting.cancel()
