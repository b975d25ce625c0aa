"""In which way sound is recognized: as the settings, the governor and the hour want it; and the state of it all."""

import asyncio
import itertools
import logging
import time
from collections.abc import Callable
from pathlib import Path

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
from companion.domain.speech import SpeechConfig
from companion.features.speech.recognition import Recognition
from companion.kernel.actions import Scope, action
from companion.kernel.bus import Bus, WatchChanged
from companion.kernel.errors import CompanionError
from companion.kernel.service import Ready
from companion.kernel.status import Health, StatusBoard

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
MODELS_LOOKS = 5
"""Of how many looks one is at the model's files, too: they hardly ever change."""
GOVERN_SECONDS = 2.0
CATCHING_UP_SECONDS = 12.0
"""With so much waiting, recognition is behind; less is an utterance that goes on."""
REST_SECONDS = 60.0
"""With nothing to hear for so long, the child ends."""
BROKEN_REMEDY = "It is started again by itself; if it stays so, restart the companion, and see the log."
LOSS_REMEDY = "If it happens again, see the log, and use another speech model."
LOSS_TOLD_SECONDS = 600.0
"""That sound had to be given up is told for so long."""


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


class Speech:
    """Has what was heard recognized, as far as the governor allows."""

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
        others_percent: Callable[[int | None], float],
    ) -> None:
        """`others_percent` tells how busy the processor is with what is not the child of a given id."""
        self._spool = spool
        self._worker = worker
        self._models = models
        self._bus = bus
        self._board = board
        self._settings = settings
        self._others_percent = others_percent
        self._governor = Governor(has_smaller=False)
        self._absent: CompanionError | None = None
        self._smaller: tuple[Path | None, str | None] = (None, None)  # of which model, and its name
        self._small: str | None = None  # that one, while it is there
        self._opened = worker.opened  # when that was found
        self._lost = (0.0, 0.0)  # seconds, and when that was last more
        self._broken = False
        self._busy_at = float("-inf")  # when there was last something to hear (monotonic)
        self._recognition = Recognition(spool, worker, store, bus, self._tell)

    async def run(self, ready: Ready) -> None:
        """Have what waits and what comes recognized, until cancelled."""
        news = self._bus.subscribe(SettingsChanged, MicrophoneChanged, WatchChanged)
        self._broken = False
        try:
            await self._look()
            await self._spool.opened()
            ready()
            async with asyncio.TaskGroup() as group:
                group.create_task(self._keep_looking())
                group.create_task(self._govern())
                group.create_task(self._recognition.run())
                async for _ in news:
                    await self._look()
        except Exception:
            self._broken = True  # until it is started again, if it is
            self._tell()
            raise
        finally:
            self._bus.unsubscribe(news)
            await self._worker.close()

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
            lost_seconds=round(self._lost_seconds, 1),
        )

    async def _keep_looking(self) -> None:
        for number in itertools.count(1):
            await asyncio.sleep(LOOK_SECONDS)
            await self._look(at_files=number % MODELS_LOOKS == 0)

    async def _look(self, *, at_files: bool = True) -> None:
        """See which way is wanted now, and tell the state; which models there are is remembered unless `at_files`."""
        if at_files or self._worker.opened is not self._opened:
            await self._find_models()
        way = self._wanted()
        microphone = self._bus.latest(MicrophoneChanged)
        if self._spool.backlog_seconds or (microphone and microphone.state == "listening"):
            self._busy_at = time.monotonic()
        self._recognition.want(None if self._rests else way, partials=self._partials_wanted)
        if self._settings().stt_provider is SttProvider.OFF and self._recognition.idle and self._spool.backlog_seconds:
            log.info("%.0f s of sound that waited are deleted: recognition is off", self._spool.backlog_seconds)
            await self._spool.done(self._spool.end)
        self._tell()

    async def _find_models(self) -> None:
        """See whether the model is there, and one to step down to."""
        settings = self._settings()
        self._opened, self._absent = self._worker.opened, None
        if settings.stt_provider is SttProvider.OFF:
            return
        try:
            model = await asyncio.to_thread(
                self._models.find, settings.stt_model, settings.stt_language, settings.recognizer
            )
        except CompanionError as error:
            self._absent = error
            return
        self._small = await self._smaller_than(model, settings)
        self._governor.has_smaller = self._small is not None

    def _wanted(self) -> SpeechConfig | None:
        settings, step = self._settings(), self._governor.step
        if settings.stt_provider is SttProvider.OFF or self._absent or step is Step.SPOOL:
            return None
        small = self._small if step is Step.SMALL else None
        return SpeechConfig(
            model=small or settings.stt_model,
            language=settings.stt_language,
            translate=settings.stt_translate,
            hints=tuple(settings.stt_hints),
            detect_only=step is Step.DETECT,
            provider=settings.recognizer,
        )

    async def _smaller_than(self, model: Path, settings: Settings) -> str | None:
        """What to step down to from `model`; decided while that is loaded, when it is known what it costs here."""
        opened, of = self._worker.opened, (settings.stt_language, settings.recognizer)
        if opened is not None and opened.folder == model:
            found = await asyncio.to_thread(self._models.smaller, model, opened.window_seconds, *of)
            self._smaller = (model, found)
        known_of, name = self._smaller
        if known_of != model or name is None:
            return None
        try:
            await asyncio.to_thread(self._models.find, name, *of)
        except CompanionError:
            return None  # it was deleted meanwhile
        return name

    @property
    def _partials_wanted(self) -> bool:
        """Whether anybody has use for texts that are still being spoken: they cost as much as the final ones again."""
        settings = self._settings()
        by_voice = settings.voice_on and bool(settings.voice_phrases)
        by_stream = settings.captions_on and settings.captions_partials and settings.captions_stream
        return by_voice or by_stream or self._bus.watched(SpeechHeard.watch)

    @property
    def _lost_seconds(self) -> float:
        return self._spool.lost_seconds + self._recognition.skipped_seconds

    @property
    def _rests(self) -> bool:
        """Whether there has been nothing to hear for long."""
        return time.monotonic() - self._busy_at > REST_SECONDS

    async def _govern(self) -> None:
        """Measure what OBS and the PC have to bear, and step down or up."""
        self._others_percent(self._worker.pid)  # counted from here
        while True:
            await asyncio.sleep(GOVERN_SECONDS)
            if self._rests or self._absent:
                continue
            behind = self._spool.backlog_seconds > CATCHING_UP_SECONDS
            load = Load(time.monotonic(), self._others_percent(self._worker.pid), self._frames(), behind)
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
        if self._lost_seconds > self._lost[0]:
            self._lost = (self._lost_seconds, time.monotonic())
        detail, remedy = state.detail, state.remedy
        if self._lost[0] and time.monotonic() - self._lost[1] < LOSS_TOLD_SECONDS:
            health = Health.ATTENTION
            detail = f"{detail} {self._lost[0]:.1f} s of sound are lost: they could not be kept or recognized.".strip()
            remedy = remedy or LOSS_REMEDY
        self._board.set(self.name, state.state, health, detail, remedy)

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
        if self._broken:
            return "failed", "Recognition ended by an error of its own; what is heard waits for it.", BROKEN_REMEDY
        if self._settings().stt_provider is SttProvider.OFF:
            return "off", "Recognition is switched off.", ""
        if self._absent is not None:
            return "no_model", self._absent.message, self._absent.remedy
        if self._spool.problem:
            waits = f"{self._spool.problem}: {backlog:.0f} s of sound wait in memory."
            return "failed", waits, "Make room on the disk."
        problem = self._recognition.problem
        if problem is not None and problem.code != "speech_worker_gone":
            return "failed", problem.message, problem.remedy
        step = self._governor.step
        if step in (Step.DETECT, Step.SPOOL):
            return "postponing", f"{self._governor.reason} {MEANING[step]}", "It goes on by itself when the PC is calm."
        if backlog > CATCHING_UP_SECONDS:
            return "catching_up", "Sound that waited is recognized.", ""
        is_heard = microphone is not None and microphone.state == "listening"
        if self._recognition.opened is None and (is_heard or not self._rests):
            return "loading", "The speech model is being loaded.", ""
        if not is_heard:
            return "waiting", "It waits for the microphone.", ""
        return "listening", f"{self._governor.reason} {MEANING[step]}" if self._governor.reason else "", ""


_HEALTH = {"off": Health.OFF, "waiting": Health.OFF, "no_model": Health.OFF, "failed": Health.ATTENTION}
