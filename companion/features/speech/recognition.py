"""Keeps the speech child busy with what waits on the spool, and stores what it hears."""

import asyncio
import contextlib
import logging
import time
from collections import deque
from collections.abc import Callable, Sequence

from companion.adapters.speech.client import SpeechWorker
from companion.adapters.spool import Spool
from companion.adapters.transcript_store import TranscriptStore
from companion.domain.events import SpeechHeard
from companion.domain.speech import RATE, Done, Final, Partial, SpeechConfig, Voiced
from companion.kernel.bus import Bus
from companion.kernel.errors import CompanionError

log = logging.getLogger(__name__)

IN_FLIGHT_SAMPLES = 60 * RATE
"""What the child may have unanswered: two windows' worth, so that it can share windows and stays steerable."""
STALE_SECONDS = 10.0
"""A partial text of sound that is older would only confuse."""
CRASHES_ALLOWED = 3
SKIPPED_SAMPLES = 30 * RATE
"""Passed over where not even the finding of utterances survives: no utterance is longer."""
RETRY_SECONDS = (0.2, 1.0, 3.0, 10.0, 30.0)
STORE_AGAIN_SECONDS = 3.0


class _Other(Exception):
    """Sound shall be recognized in another way from now on."""


class Recognition:
    """Recognizes in the way that `want` last said; `tell` is called when there is something new to tell of it.

    `opened` is the way in which it works now, None while the child does not run or loads; `problem` is what keeps it
    from working; `skipped_seconds` of speech were given up, as the child crashed on it again and again. While it is
    `idle`, nothing that was sent is to be answered.
    """

    def __init__(
        self, spool: Spool, worker: SpeechWorker, store: TranscriptStore, bus: Bus, tell: Callable[[], None]
    ) -> None:
        self._spool = spool
        self._worker = worker
        self._store = store
        self._bus = bus
        self._tell = tell
        self.opened: SpeechConfig | None = None
        self.problem: CompanionError | None = None
        self.skipped_seconds = 0.0
        self.idle = True
        self._way: SpeechConfig | None = None
        self._partials = False
        self._done = self._sent = self._sent_before = 0
        self._unanswered: deque[tuple[int, int]] = deque()
        self._spoken: list[tuple[int, int]] = []
        self._crashes = (-1, 0)  # at which position the child ended, and how often
        self._failures = (-1, 0)  # at which position anything went wrong, and how often
        self._unkept: Final | None = None  # the child does not tell it again
        self._answered = asyncio.Event()
        self._stirred = asyncio.Event()

    def want(self, way: SpeechConfig | None, *, partials: bool) -> None:
        """Recognize so from now on (None: not at all, and the child ends), with partial texts or without."""
        if (way, partials) != (self._way, self._partials):
            self._way, self._partials = way, partials
            self._stirred.set()

    async def run(self) -> None:
        """Recognize, in one way after another, whatever waits; until cancelled."""
        self.opened = None
        self._done = self._spool.start
        self._sent_before = self._spool.end  # an earlier run may have heard some of it
        while True:
            self._stirred.clear()
            way = self._way
            if way is None:
                await self._close()
                self.idle = True
                await self._stirred.wait()
                continue
            self.idle = False
            try:
                await self._recognize(way)
            except* _Other:
                pass
            except* CompanionError as errors:
                await self._recover(errors.exceptions[0])

    async def _recognize(self, way: SpeechConfig) -> None:
        """Open the child for `way` and keep it busy; ends with _Other, or with what went wrong."""
        opened = self.opened
        if opened is not None and opened != way and (opened.detect_only or way.detect_only):
            await self._close()
            opened = None
        child = self._worker.pid
        if opened != way:
            self.opened = None
            self._tell()
            await self._worker.open(way)
            self.opened, self.problem = way, None
        if opened is None or self._worker.pid != child:
            # Nothing of what was sent to another child is known to this one.
            self._sent_before = max(self._sent_before, self._sent)
            self._done = self._spool.unsifted if way.detect_only else max(self._done, self._spool.start)
            self._sent = self._done
            self._unanswered.clear()
            self._spoken.clear()
            self._unkept = None
        await self._set_partials()
        self._tell()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._feed())
            group.create_task(self._hear(way))
            group.create_task(self._mind(way))

    async def _close(self) -> None:
        opened, self.opened = self.opened, None
        if opened is not None and opened.detect_only:
            self._done = self._spool.start
        await self._worker.close()

    async def _recover(self, error: Exception) -> None:
        """After a crash the sound is sent again; what crashes the child again and again is passed over."""
        if not isinstance(error, CompanionError):
            raise error
        way, place = self._way, self._done
        detected, spoken = self.opened is not None and self.opened.detect_only, self._spoken
        await self._close()
        self._failures = _once_more(self._failures, place)
        log.warning("recognition: %s", error.message)
        self.problem = error
        self._tell()
        if error.code == "speech_worker_gone":  # else the sound has nothing to do with it
            self._crashes = _once_more(self._crashes, place)
            if self._crashes[1] > CRASHES_ALLOWED:
                await self._pass_over(place, spoken, detected=detected)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(RETRY_SECONDS[min(self._failures[1], len(RETRY_SECONDS)) - 1]):
                while self._way == way:
                    self._stirred.clear()
                    await self._stirred.wait()

    async def _pass_over(self, place: int, spoken: Sequence[tuple[int, int]], *, detected: bool) -> None:
        """Go on after the utterance that the child ended in; where it only looked for some, all is kept for later."""
        utterance = next((span for span in spoken if span[1] > place), None)
        begin, end = utterance or (place, min(self._spool.end, place + SKIPPED_SAMPLES))
        log.error("recognition crashed again and again on the same sound, which is passed over")
        if detected:
            await self._spool.sift(end + 2 * RATE, [(self._spool.unsifted, end + 2 * RATE)])
            return
        self._done = end
        await self._spool.done(end)
        self.skipped_seconds += (end - max(begin, place)) / RATE
        self._tell()

    async def _mind(self, way: SpeechConfig) -> None:
        """Have partial texts made while they are wanted, and end the work when another way is."""
        while self._way == way:
            self._stirred.clear()
            await self._set_partials()
            await self._stirred.wait()
        raise _Other

    async def _set_partials(self) -> None:
        """Have them made where they are wanted; but one that ended the child must not do so before the final text."""
        await self._worker.want_partials(wanted=self._partials and self._done > self._crashes[0])

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
        """Take in what the child tells, after what was not stored yet when another way was wanted."""
        if self._unkept is not None:
            await self._keep(self._unkept, again=True)
        while True:
            told = await self._worker.receive()
            match told:
                case Partial():
                    self._tell_partial(told)
                case Final():
                    await self._keep(told, again=round(told.start * RATE) < self._sent_before)
                case Voiced():
                    self._spoken.append((told.start, told.end))
                case Done():
                    await self._finish(told.position, detected=way.detect_only)

    async def _finish(self, position: int, *, detected: bool) -> None:
        """Sound up to `position` was recognized, or only looked at."""
        if detected:
            await self._spool.sift(position, self._spoken)
        else:
            await self._spool.done(position)
        self._spoken = [(start, end) for start, end in self._spoken if end > position - RATE]
        if self._done <= self._crashes[0] < position:
            self._stirred.set()  # past where it crashed
        self._done = max(self._done, position)
        while self._unanswered and self._unanswered[0][1] <= position:
            self._unanswered.popleft()
        self._answered.set()

    async def _keep(self, final: Final, *, again: bool) -> None:
        """Store what was said, which may have been stored before (`again`).

        While that fails nothing after it is acknowledged, so that no word is lost.
        """
        self._unkept = final
        position = round(final.start * RATE)
        began = self._spool.at(position) - final.start
        session_id = self._spool.session_at(position)
        while True:
            try:
                await self._store.add(session_id=session_id, began=began, final=final, again=again)
            except CompanionError as error:
                self.problem = error
                self._tell()
                await asyncio.sleep(STORE_AGAIN_SECONDS)
            else:
                self.problem = self._unkept = None
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
        ends = [partial.until or partial.start, *(word.end for word in partial.words)]
        muted = self._spool.muted_between(position, round(max(ends) * RATE))
        self._bus.publish(
            SpeechHeard(partial.utterance, round(began + partial.start, 3), until, partial.text, words, muted)
        )


def _once_more(before: tuple[int, int], place: int) -> tuple[int, int]:
    """`before` told at which place something was, and how often: now it is at `place`."""
    return place, before[1] + 1 if place == before[0] else 1
