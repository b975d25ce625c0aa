"""Recognition in the daemon, with the real child and its model: no word is lost, whatever stops it meanwhile."""

import asyncio
import contextlib
import dataclasses
import os
import shutil
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

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
    SettingsChanged,
    SpeechHeard,
    SpeechStateChanged,
)
from companion.domain.governor import Step
from companion.domain.settings import Settings, SttProvider
from companion.domain.speech import RATE
from companion.features.speech import recognition, service
from companion.features.speech.recognition import CRASHES_ALLOWED
from companion.features.speech.service import Speech
from companion.kernel.bus import Bus
from companion.kernel.status import Health, StatusBoard
from tests.obs_link import until
from tests.privileged import small_disk
from tests.speech.speaker import Spoken, speak

pytestmark = pytest.mark.slow

MODEL = Path(__file__).parents[1] / "speech_model"
SENTENCES = ("clip that", "save the last thirty seconds", "we win the boss fight", "mark this moment")
BLOCK = RATE // 10


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

    def say(
        self, text: str, *, at: float | None = None, pause: float = 1.0, muted: bool = False
    ) -> tuple[float, float]:
        """Say `text` all at once, with silence around it; when it begins and ends."""
        spoken = speak(text).padded(0.3, pause)
        began = time.time() - len(spoken.pcm) / RATE if at is None else at
        self.append(spoken.pcm, began)
        return began + spoken.words[0].start, began + spoken.words[-1].end

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

    async def until_covered(self, spans: list[tuple[float, float]], seconds: float = 60.0) -> None:
        """Until each span of time in which was spoken has a segment of its own."""
        await until(lambda: self.covered(spans), seconds, lambda: f"words in {spans}; there are {self.segments}")

    def covered(self, spans: list[tuple[float, float]]) -> bool:
        return all(any(_meets(segment, span) for segment in self.segments) for span in spans)

    def obs_loses(self, lagged: int, total: int) -> None:
        """OBS's counts, as they are measured."""
        self.bus.publish(ObsConnectionChanged(ObsState.CONNECTED))
        self.bus.publish(ObsStatsMeasured(5.0, 300.0, 60.0, lagged, total, 0, total, 10_000.0))


def _meets(segment: dict[str, object], span: tuple[float, float]) -> bool:
    start, end = float(str(segment["started_at"])), float(str(segment["ended_at"]))
    return start < span[1] + 0.3 and span[0] - 0.3 < end and end - start > 0.3 * (span[1] - span[0])


@contextlib.asynccontextmanager
async def studio(
    database: Database, bus: Bus, folder: Path, settings: Settings | None = None, spool: Spool | None = None
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
        return made.others

    speech = Speech(spool, worker, models, TranscriptStore(database, bus), bus, board, current, others)
    made = Studio(bus, board, spool, worker, chosen, speech)
    bus.publish(MicrophoneChanged("listening", "open", "Mic"))
    heard = bus.subscribe(SegmentTranscribed, SpeechHeard, size=10_000)

    async def collect() -> None:
        async for envelope in heard:
            if isinstance(envelope.event, SegmentTranscribed):
                made.segments.append(envelope.event.segment)
            elif isinstance(envelope.event, SpeechHeard):
                made.partials.append(envelope.event)

    async with worker, asyncio.TaskGroup() as group:
        ready = asyncio.Event()
        tasks = [group.create_task(collect()), group.create_task(speech.run(ready.set))]
        await ready.wait()
        try:
            yield made
        finally:
            for task in tasks:
                task.cancel()


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """The governor looks more often than it need."""
    monkeypatch.setattr(service, "GOVERN_SECONDS", 0.5)


async def test_what_is_said_is_stored_with_its_moment(database: Database, bus: Bus, tmp_path: Path) -> None:
    async with studio(database, bus, tmp_path) as made:
        spans = [made.say(text) for text in SENTENCES[:1]]
        began = time.time() - 3600
        spans += [made.say(text, at=began + 5 * number) for number, text in enumerate(SENTENCES)]
        await made.until_covered(spans)
        await made.until_done()
        await made.until_state("listening")
        assert (await made.speech.show()).model == "speech_model"
        assert not list((tmp_path / "spool").glob("*")), "nothing of it was written to the disk"


async def test_a_partial_text_comes_while_somebody_speaks(database: Database, bus: Bus, tmp_path: Path) -> None:
    async with studio(database, bus, tmp_path) as made:
        await made.until_state("listening")
        spoken = speak("save the last thirty seconds and mark this moment we win the boss fight").padded(0.3, 1.5)
        began = await made.say_slowly(spoken)
        await until(lambda: bool(made.segments), 30, lambda: "a segment")
        assert made.partials
        first = made.partials[0]
        assert first.started_at == pytest.approx(began + spoken.words[0].start, abs=0.5)
        assert first.started_at < (first.until or 0) <= time.time()
        assert all(partial.utterance == first.utterance for partial in made.partials)
        assert not first.muted


async def test_a_killed_child_loses_nothing(database: Database, bus: Bus, tmp_path: Path) -> None:
    async with studio(database, bus, tmp_path) as made:
        await made.until_state("listening")
        began = time.time() - 600
        spans = [made.say(SENTENCES[0], at=began)]
        await made.until_covered(spans)
        first = list(made.segments)
        half = speak(SENTENCES[1]).padded(0.3, 1.0)
        middle = len(half.pcm) // 2
        made.append(half.pcm[:middle], began + 10)
        await asyncio.sleep(0.3)
        killed = made.worker.pid
        assert killed is not None
        os.kill(killed, signal.SIGKILL)
        made.append(half.pcm[middle:], began + 10 + middle / RATE)
        spans += [(began + 10 + half.words[0].start, began + 10 + half.words[-1].end)]
        spans += [made.say(SENTENCES[2], at=began + 20)]
        await made.until_covered(spans)
        await made.until_done()
        assert made.worker.pid != killed
        assert [segment for segment in made.segments if segment["id"] == first[0]["id"]] == first, "nothing twice"
        assert made.state() == "listening"
        assert made.board.get("speech").health is Health.OK  # type: ignore[union-attr]


async def test_sound_that_kills_the_child_again_and_again_is_passed_over(
    database: Database, bus: Bus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recognition, "RETRY_SECONDS", (0.05,))
    monkeypatch.setattr(recognition, "SKIPPED_SAMPLES", 4 * RATE)
    async with studio(database, bus, tmp_path) as made:
        await made.until_state("listening")
        made.say(SENTENCES[0], at=1000.0, pause=5.0)
        span = made.say(SENTENCES[1], at=1010.0)
        for _ in range(CRASHES_ALLOWED + 1):
            if made.worker.pid is not None and not made.segments:
                os.kill(made.worker.pid, signal.SIGKILL)
            before = made.worker.pid
            await until(lambda: made.worker.pid not in (None, before), 30, lambda: "another child")  # noqa: B023
        await made.until_done()
        assert (await made.speech.show()).lost_seconds <= 4.5
        assert made.state() == "listening"
        assert made.covered([span]) or made.segments


async def test_under_pressure_words_are_postponed_and_come_later(database: Database, bus: Bus, tmp_path: Path) -> None:
    async with studio(database, bus, tmp_path) as made:
        await made.until_state("listening")
        made.obs_loses(0, 600)
        await asyncio.sleep(1.2)
        for turn in range(1, 4):
            made.obs_loses(30 * turn, 600 + 120 * turn)
            await asyncio.sleep(0.6)
        await made.until_state("postponing")
        status = await made.speech.show()
        assert status.step is Step.SPOOL
        assert "frames too late" in status.reason
        await until(lambda: made.worker.pid is None, 10, lambda: "no child")
        began = time.time() - 100
        spans = [made.say(text, at=began + 5 * number) for number, text in enumerate(SENTENCES)]
        await asyncio.sleep(1.0)
        assert made.segments == [], "nothing is recognized meanwhile"
        assert made.bus.latest(SpeechStateChanged).step == "spool"  # type: ignore[union-attr]
        await made.until_state("listening", 90)
        await made.until_covered(spans)
        await made.until_done()
        assert made.speech._governor.step is Step.FULL


async def test_while_speech_is_only_found_silence_is_dropped_and_words_come_later(
    database: Database, bus: Bus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "CATCHING_UP_SECONDS", -1.0)
    async with studio(database, bus, tmp_path) as made:
        made.others = 95.0
        await until(lambda: made.speech._governor.step is Step.DETECT, 30, lambda: "the step")
        began = time.time() - 300
        spans = [made.say(text, at=began + 30 * number, pause=20.0) for number, text in enumerate(SENTENCES)]
        given = made.spool.backlog_seconds
        await until(lambda: made.spool.backlog_seconds < given / 3, 60, lambda: f"{made.spool.backlog_seconds} s")
        assert made.segments == []
        made.others = 20.0
        await made.until_covered(spans, 90)
        await made.until_done()


async def test_what_waited_when_the_daemon_stopped_is_done_by_the_next(
    database: Database, bus: Bus, tmp_path: Path
) -> None:
    off = Settings(stt_model=str(MODEL), stt_language="en", stt_provider=SttProvider.OFF)
    began = time.time() - 50
    async with studio(database, bus, tmp_path, off) as made:
        await made.until_state("off")
        spans = [made.say(text, at=began + 5 * number) for number, text in enumerate(SENTENCES)]
    assert list((tmp_path / "spool").glob("*.sound"))
    async with studio(database, bus, tmp_path) as made:
        await made.until_covered(spans)
        await made.until_done()
    assert not list((tmp_path / "spool").glob("*.sound"))


async def test_without_a_model_that_is_said_and_one_that_comes_is_used(
    database: Database, bus: Bus, tmp_path: Path
) -> None:
    async with studio(database, bus, tmp_path, Settings(stt_language="en")) as made:
        await made.until_state("no_model")
        component = made.board.get("speech")
        assert component is not None
        assert (component.health, "download" in component.remedy) == (Health.OFF, True)  # nobody asked for it yet
        made.settings = made.settings.model_copy(update={"stt_model": "small"})
        made.bus.publish(SettingsChanged({"stt_model": "small"}))
        await until(lambda: made.health() is Health.ATTENTION, 10, lambda: f"{made.board.get('speech')}")
        made.settings = made.settings.model_copy(update={"stt_model": None})
        made.bus.publish(SettingsChanged({"stt_model": None}))
        shutil.copytree(MODEL, tmp_path / "models" / "tiny", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
        span = made.say(SENTENCES[0])
        await made.until_covered([span])
        made.settings = made.settings.model_copy(update={"stt_provider": SttProvider.OFF})
        made.bus.publish(SettingsChanged({"stt_provider": "off"}))
        await made.until_state("off")
        await until(lambda: made.worker.pid is None, 10, lambda: "no child")


async def test_a_full_disk_is_told_and_the_sound_is_worked_off_from_memory(
    database: Database, bus: Bus, tmp_path: Path
) -> None:
    with small_disk(tmp_path / "disk", "300k") as disk:
        spool = Spool(disk / "spool", memory_seconds=2, most_memory_seconds=600, reserve_bytes=0)
        async with studio(database, bus, tmp_path, spool=spool) as made:
            made.obs_loses(0, 600)
            await asyncio.sleep(1.2)
            made.obs_loses(60, 720)
            await until(lambda: made.speech._governor.step is Step.SPOOL, 10, lambda: "the step")
            began = time.time() - 300
            spans = [made.say(text, at=began + 10 * number, pause=6.0) for number, text in enumerate(SENTENCES)]
            await made.until_state("failed")
            component = made.board.get("speech")
            assert component is not None
            assert "disk is full" in component.detail
            assert component.remedy
            await made.until_covered(spans, 90)
            await made.until_done()
            assert made.spool.lost_seconds == 0
            await made.until_state("listening")


async def test_a_muted_partial_is_marked(database: Database, bus: Bus, tmp_path: Path) -> None:
    async with studio(database, bus, tmp_path) as made:
        await made.until_state("listening")
        spoken = speak("save the last thirty seconds and mark this moment").padded(0.3, 0.0)
        began = time.time() - len(spoken.pcm) / RATE
        made.append(spoken.pcm, began, muted=True)
        await until(lambda: bool(made.partials), 30, lambda: "a partial text")
        assert made.partials[0].muted
