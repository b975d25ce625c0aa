"""Recognition: sound from the spool to words in the transcript, at the pace that the PC can spare."""

import asyncio
import contextlib
import functools
import logging
import time
from collections import deque
from collections.abc import Callable

import psutil
from pydantic import BaseModel

from companion.adapters.speech.client import SpeechWorker
from companion.adapters.speech.models import ModelStore
from companion.adapters.spool import Spool
from companion.adapters.transcript_store import TranscriptStore
from companion.domain.events import (
    MicrophoneChanged,
    ObsConnectionChanged,
    ObsState,
    ObsStatsMeasured,
    SettingsChanged,
    SpeechHeard,
    SpeechStateChanged,
)
from companion.domain.governor import MEANING, Frames, Governor, Load, Step
from companion.domain.listening import Gate
from companion.domain.settings import Settings, SttProvider
from companion.domain.speech import RATE, Done, Final, Partial, SpeechConfig, Voiced
from companion.kernel.actions import Scope, action
from companion.kernel.bus import Bus
from companion.kernel.errors import CompanionError
from companion.kernel.service import Ready
from companion.kernel.status import Health, StatusBoard

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
GOVERN_SECONDS = 2.0
IN_FLIGHT_SAMPLES = 60 * RATE
"""What the child may have unanswered: two windows' worth, so that it can share windows and stays steerable."""
CATCHING_UP_SECONDS = 12.0
"""With so much waiting, recognition is behind; less is an utterance that goes on."""
STALE_SECONDS = 10.0
"""A partial text of sound that is older would only confuse."""
REST_SECONDS = 60.0
"""With nothing to hear for so long, the child ends."""
CRASHES_ALLOWED = 3
SKIPPED_SAMPLES = 30 * RATE
RETRY_SECONDS = (0.2, 1.0, 3.0, 10.0, 30.0)
STORE_AGAIN_SECONDS = 3.0


class SpeechStatus(BaseModel):
    """What recognition does now; `backlog_seconds` of sound wait, `on_disk_seconds` of that in files.

    `lost_seconds` of sound had to be given up since the start: the disk was full, or recognition crashed on it again
    and again.
    """

    state: str
    detail: str
    remedy: str
    device: str
    gate: str
    model: str
    runs_on: str
    step: Step
    reason: str
    backlog_seconds: float
    on_disk_seconds: float
    lost_seconds: float


class _Other(Exception):
    """Sound shall be recognized in another way from now on."""


class Speech:
    """Feeds the child, stores what it hears, and obeys the governor."""

    name = "speech"
    essential = False

    def __init__(
        self,
        spool: Spool,
        worker: SpeechWorker,
        models: ModelStore,
        store: TranscriptStore,
        bus: Bus,
        board: StatusBoard,
        settings: Callable[[], Settings],
    ) -> None:
        self._spool = spool
        self._worker = worker
        self._models = models
        self._store = store
        self._bus = bus
        self._board = board
        self._settings = settings
        self._governor = Governor(has_smaller=False)
        self._absent: CompanionError | None = None
        self._problem: CompanionError | None = None
        self._way: SpeechConfig | None = None
        self._opened: SpeechConfig | None = None
        self._done = self._sent = 0
        self._unanswered: deque[tuple[int, int]] = deque()
        self._spoken: list[tuple[int, int]] = []
        self._crashes = (0, 0)
        self._skipped = 0.0
        self._busy_at = time.monotonic()
        self._answered = asyncio.Event()
        self._stirred = asyncio.Event()

    async def run(self, ready: Ready) -> None:
        """Take up what an earlier run left, work until cancelled, and leave what is not done to the next run."""
        news = self._bus.subscribe(SettingsChanged, MicrophoneChanged)
        await self._spool.open()
        self._done = self._spool.start
        await self._look()
        ready()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._keep_looking())
                group.create_task(self._govern())
                group.create_task(self._work())
                async for _ in news:
                    await self._look()
        finally:
            self._bus.unsubscribe(news)
            await self._worker.close()
            await self._spool.close()

    @action("speech.show", scope=Scope.VIEW, http="GET /api/speech")
    async def show(self) -> SpeechStatus:
        """Show what recognition does, with which model, how much sound waits, and why it waits."""
        said = self._state()
        return SpeechStatus(
            state=said.state,
            detail=said.detail,
            remedy=said.remedy,
            device=said.device,
            gate=said.gate,
            model=said.model,
            runs_on=self._worker.opened.device if self._worker.opened else "",
            step=self._governor.step,
            reason=self._governor.reason,
            backlog_seconds=round(self._spool.backlog_seconds, 1),
            on_disk_seconds=round(self._spool.on_disk_seconds, 1),
            lost_seconds=round(self._spool.lost_seconds + self._skipped, 1),
        )

    async def _keep_looking(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            await self._spool.settle()
            await self._look()

    async def _look(self) -> None:
        """See which way is wanted now, and tell the state."""
        before = self._way
        self._way = await self._wanted()
        microphone = self._bus.latest(MicrophoneChanged)
        if self._spool.backlog_seconds or (microphone and microphone.state == "listening"):
            self._busy_at = time.monotonic()
        if self._way != before or not self._rests:
            self._stirred.set()
        self._tell()

    async def _wanted(self) -> SpeechConfig | None:
        settings = self._settings()
        self._absent = None
        if settings.stt_provider is SttProvider.OFF:
            return None
        try:
            model = await asyncio.to_thread(self._models.find, settings.stt_model, settings.stt_language)
            smaller = await asyncio.to_thread(self._models.smaller, model.name, settings.stt_language)
        except CompanionError as error:
            self._absent = error
            return None
        self._governor.has_smaller = smaller is not None
        step = self._governor.step
        if step is Step.SPOOL:
            return None
        small = smaller if step is Step.SMALL else None
        return SpeechConfig(
            model=small or settings.stt_model,
            language=settings.stt_language,
            translate=settings.stt_translate,
            hints=tuple(settings.stt_hints),
            detect_only=step is Step.DETECT,
        )

    @property
    def _rests(self) -> bool:
        """Whether there has been nothing to hear for long."""
        return time.monotonic() - self._busy_at > REST_SECONDS

    async def _work(self) -> None:
        """Recognize, in one way after another, whatever waits."""
        while True:
            self._stirred.clear()
            way = self._way
            if way is None or self._rests:
                await self._close()
                await self._stirred.wait()
                continue
            try:
                await self._recognize(way)
            except* _Other:
                pass
            except* CompanionError as errors:
                await self._recover(errors.exceptions[0])

    async def _recognize(self, way: SpeechConfig) -> None:
        """Open the child for `way` and keep it busy; ends with _Other, or with what went wrong."""
        opened = self._opened
        if opened is not None and opened != way and (opened.detect_only or way.detect_only):
            await self._close()
            opened = None
        if opened != way:
            self._opened = None
            self._tell()
            await self._worker.open(way)
            self._opened, self._problem = way, None
        if opened is None:
            # Nothing of what was sent to another child is known to this one.
            self._done = self._spool.unsifted if way.detect_only else max(self._done, self._spool.start)
            self._sent = self._done
            self._unanswered.clear()
            self._spoken.clear()
        self._tell()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._feed())
            group.create_task(self._hear(way))
            group.create_task(self._mind(way))

    async def _close(self) -> None:
        opened, self._opened = self._opened, None
        if opened is not None and opened.detect_only:
            self._done = self._spool.start
        await self._worker.close()

    async def _recover(self, error: Exception) -> None:
        """After a crash the sound is sent again; what crashes the child again and again is passed over."""
        if not isinstance(error, CompanionError):
            raise error
        await self._close()
        place, times = self._crashes
        times = times + 1 if place == self._done else 1
        self._crashes = (self._done, times)
        log.warning("recognition: %s", error.message)
        self._problem = error
        self._tell()
        if error.code == "speech_worker_gone" and times > CRASHES_ALLOWED:
            await self._skip()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(RETRY_SECONDS[min(times, len(RETRY_SECONDS)) - 1]):
                before = self._way
                while self._way == before:
                    self._stirred.clear()
                    await self._stirred.wait()

    async def _skip(self) -> None:
        begin, waited = max(self._done, self._spool.start), self._spool.backlog_seconds
        self._done = min(self._spool.end, begin + SKIPPED_SAMPLES)
        await self._spool.done(self._done)
        self._skipped += waited - self._spool.backlog_seconds
        log.error("recognition crashed again and again on the same sound, which is passed over")

    async def _mind(self, way: SpeechConfig) -> None:
        """End the work when another way is wanted, or nothing was to be done for long."""
        while self._way == way and not self._rests:
            self._stirred.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._stirred.wait()
        raise _Other

    async def _feed(self) -> None:
        """Send what waits, in order, as far ahead as the child may be."""
        flushed = False
        while True:
            self._answered.clear()
            if sum(end - start for start, end in self._unanswered) > IN_FLIGHT_SAMPLES:
                await self._answered.wait()
                continue
            sound = await self._spool.read(self._sent)
            if sound is not None:
                self._unanswered.append((sound.position, sound.end))
                self._sent = sound.end
                await self._worker.send(sound.position, sound.pcm)
                flushed = False
                continue
            if self._spool.ended and not flushed:
                await self._worker.flush()
                flushed = True
            await self._spool.grown(self._sent, ended=flushed)

    async def _hear(self, way: SpeechConfig) -> None:
        """Take in what the child tells."""
        while True:
            told = await self._worker.receive()
            match told:
                case Partial():
                    self._tell_partial(told)
                case Final():
                    await self._keep(told)
                case Voiced():
                    self._spoken.append((told.start, told.end))
                case Done():
                    await self._finish(told.position, detected=way.detect_only)

    async def _finish(self, position: int, *, detected: bool) -> None:
        """Sound up to `position` was recognized, or only looked at."""
        if detected:
            await self._spool.sift(position, self._spoken)
            self._spoken = [(start, end) for start, end in self._spoken if end > position - RATE]
        else:
            await self._spool.done(position)
        self._done = max(self._done, position)
        while self._unanswered and self._unanswered[0][1] <= position:
            self._unanswered.popleft()
        self._answered.set()

    async def _keep(self, final: Final) -> None:
        """Store what was said; while that fails nothing after it is acknowledged, so that no word is lost."""
        position = round(final.start * RATE)
        began = self._spool.at(position) - final.start
        session_id = self._spool.session_at(position)
        while True:
            try:
                await self._store.add(session_id=session_id, began=began, final=final)
            except CompanionError as error:
                self._problem = error
                self._tell()
                await asyncio.sleep(STORE_AGAIN_SECONDS)
            else:
                self._problem = None
                return

    def _tell_partial(self, partial: Partial) -> None:
        position = round(partial.start * RATE)
        began = self._spool.at(position) - partial.start
        until = None if partial.until is None else round(began + partial.until, 3)
        if time.time() - (until or began + partial.start) > STALE_SECONDS:
            return
        words = [
            {
                "start_at": round(began + word.start, 3),
                "end_at": round(began + word.end, 3),
                "text": word.text,
                "confidence": word.confidence,
            }
            for word in partial.words
        ]
        muted = self._spool.muted_at(position)
        self._bus.publish(
            SpeechHeard(partial.utterance, round(began + partial.start, 3), until, partial.text, words, muted)
        )

    async def _govern(self) -> None:
        """Measure what OBS and the PC have to bear, and step down or up."""
        psutil.cpu_times_percent(None)
        while True:
            await asyncio.sleep(GOVERN_SECONDS)
            if self._rests or self._absent:
                continue
            behind = self._spool.backlog_seconds > CATCHING_UP_SECONDS
            load = Load(time.monotonic(), _others_percent(self._worker.pid), self._frames(), behind)
            if self._governor.take(load, must_work=self._spool.crowded):
                step = self._governor.step
                log.info("recognition: %s %s", MEANING[step], self._governor.reason)
                await self._look()

    def _frames(self) -> Frames | None:
        connection, stats = self._bus.latest(ObsConnectionChanged), self._bus.latest(ObsStatsMeasured)
        if connection is None or connection.state is not ObsState.CONNECTED or stats is None:
            return None
        return Frames(
            stats.render_lagged_frames,
            stats.render_total_frames,
            stats.output_skipped_frames,
            stats.output_total_frames,
            stats.stream_dropped_frames or 0,
            stats.stream_total_frames or 0,
        )

    def _tell(self) -> None:
        """Publish the state where it is new."""
        state = self._state()
        if state != self._bus.latest(SpeechStateChanged):
            self._bus.publish(state)
        health = _HEALTH.get(state.state, Health.OK)
        if state.state == "no_model" and self._settings().stt_model is not None:
            health = Health.ATTENTION  # one was chosen, and is not there
        self._board.set(self.name, state.state, health, state.detail, state.remedy)

    def _state(self) -> SpeechStateChanged:
        microphone = self._bus.latest(MicrophoneChanged)
        backlog = self._spool.backlog_seconds
        state, detail, remedy = self._said(microphone, backlog)
        return SpeechStateChanged(
            state=state,
            detail=detail,
            remedy=remedy,
            device=microphone.device if microphone else "",
            model=self._worker.opened.folder.name if self._worker.opened else "",
            step=self._governor.step.value,
            backlog_seconds=float(round(backlog)) if backlog > CATCHING_UP_SECONDS else 0.0,
            gate=microphone.gate if microphone else Gate.IDLE.value,
        )

    def _said(self, microphone: MicrophoneChanged | None, backlog: float) -> tuple[str, str, str]:
        """The state in a word, a sentence, and what can be done."""
        if self._settings().stt_provider is SttProvider.OFF:
            return "off", "Recognition is switched off.", ""
        if self._absent is not None:
            return "no_model", self._absent.message, self._absent.remedy
        if self._spool.problem:
            waits = f"{self._spool.problem}: {backlog:.0f} s of sound wait in memory."
            return "failed", waits, "Make room on the disk."
        if self._problem is not None and self._problem.code != "speech_worker_gone":
            return "failed", self._problem.message, self._problem.remedy
        step = self._governor.step
        if step in (Step.DETECT, Step.SPOOL):
            return "postponing", f"{self._governor.reason} {MEANING[step]}", "It goes on by itself when the PC is calm."
        if backlog > CATCHING_UP_SECONDS:
            return "catching_up", "Sound that waited is recognized.", ""
        if self._opened is None and not self._rests:
            return "loading", "The speech model is being loaded.", ""
        if microphone is None or microphone.state != "listening":
            return "waiting", "It waits for the microphone.", ""
        return "listening", f"{self._governor.reason} {MEANING[step]}".strip() if step is Step.SMALL else "", ""


_HEALTH = {"off": Health.OFF, "waiting": Health.OFF, "no_model": Health.OFF, "failed": Health.ATTENTION}


def _others_percent(pid: int | None) -> float:
    """The processor time that others use, of all that there is; what yields to them is no matter."""
    times = psutil.cpu_times_percent(None)
    spent = times.user + times.system
    if hasattr(times, "nice"):
        return float(spent)  # what runs at low priority, as our child does, is counted apart
    if pid is None:
        return float(spent)
    with contextlib.suppress(psutil.Error):
        spent -= _process(pid).cpu_percent() / (psutil.cpu_count() or 1)
    return float(max(0.0, spent))


@functools.lru_cache(maxsize=1)
def _process(pid: int) -> psutil.Process:
    return psutil.Process(pid)
