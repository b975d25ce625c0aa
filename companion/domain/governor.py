"""How much recognition may cost now: a ladder, down at once when OBS or the game suffers, up again when it is calm.

Pure: it is given what was measured, and answers with a step and the reason for it.
"""

import dataclasses
import enum


class Step(enum.StrEnum):
    """What is done with the sound, from the dearest to the cheapest; the later ones postpone words, and lose none."""

    FULL = "full"
    SMALL = "small"
    DETECT = "detect"
    SPOOL = "spool"


LADDER = (Step.FULL, Step.SMALL, Step.DETECT, Step.SPOOL)

MEANING = {
    Step.FULL: "Recognition runs with its own model.",
    Step.SMALL: "A smaller model recognizes, to save time.",
    Step.DETECT: "Speech is found and kept; it is recognized later.",
    Step.SPOOL: "Sound is kept as it comes; it is recognized later.",
}
NO_SMALLER = "There is no smaller speech model to step down to."


@dataclasses.dataclass(frozen=True)
class Frames:
    """OBS's counts so far: frames it drew too late, its encoder skipped, and its network dropped, of how many."""

    lagged: int
    drawn: int
    skipped: int
    encoded: int
    dropped: int = 0
    sent: int = 0


@dataclasses.dataclass(frozen=True)
class Load:
    """A measurement made `at` (monotonic seconds); `others_percent` is the whole PC's processor time but our own.

    `frames` is None without OBS. `behind`: recognition does not keep up.
    """

    at: float
    others_percent: float
    frames: Frames | None = None
    behind: bool = False


@dataclasses.dataclass(frozen=True)
class _Pressure:
    """What suffers, in a sentence, and which steps relieve it: at least `least` at once, and none after `last`.

    A step beyond `last` was taken for another reason, and this one does not prolong it.
    """

    reason: str
    least: Step = Step.SMALL
    last: Step = Step.SPOOL


SOME_FRAMES, SOME_SHARE = 2, 0.01
MANY_FRAMES, MANY_SHARE = 4, 0.04
DROPPED_SHARE = 0.05
"""Frames are dropped by the network, where recognition has little part: only many of them count, and for one step."""
COUNTED_SECONDS = 20.0
"""What OBS lost since an earlier count than this, as before a rest, tells nothing of now."""
BUSY_PERCENT, BUSY_TIMES = 90.0, 2
CALM_PERCENT = 85.0
CALM_SECONDS, LONGEST_CALM_SECONDS = 5.0, 60.0
RELAPSE_SECONDS = 60.0
"""A step up that is taken back within so long was too early: the next one waits twice as long."""


class Governor:
    """`step` holds, for `reason`; feed it a `Load` every second or two."""

    def __init__(self, *, has_smaller: bool) -> None:
        self.step = Step.FULL
        self.reason = ""
        self.has_smaller = has_smaller
        self._before: Load | None = None
        self._busy = 0
        self._calm_since: float | None = None
        self._went_up_at = float("-inf")
        self._patience = CALM_SECONDS

    def take(self, load: Load, *, must_work: bool = False) -> bool:
        """Whether `load` changes the step. `must_work`: sound cannot be kept any more, so it has to be recognized."""
        before = self.step
        pressure = self._pressure(load)
        self._before = load
        if pressure is not None and LADDER.index(self.step) <= LADDER.index(pressure.last):
            self._calm_since = None
            self._down(pressure, load.at)
        elif load.others_percent < CALM_PERCENT or self.step is Step.FULL:
            self._up(load.at)
        else:
            self._calm_since = None
        if must_work and self.step in (Step.DETECT, Step.SPOOL):
            self.step = Step.SMALL if self.has_smaller else Step.FULL
            self.reason = "Sound can be kept no longer, so it is recognized although the PC is busy."
        return self.step is not before

    def _down(self, pressure: _Pressure, now: float) -> None:
        following = [step for step in self._steps() if LADDER.index(self.step) < LADDER.index(step)]
        if not following or LADDER.index(following[0]) > LADDER.index(pressure.last):
            if self.step is Step.FULL:
                self.reason = self.reason or f"{pressure.reason} {NO_SMALLER}"
            return
        if now - self._went_up_at < RELAPSE_SECONDS:
            self._patience = min(LONGEST_CALM_SECONDS, self._patience * 2)
            self._went_up_at = float("-inf")
        self.step = max(following[0], pressure.least, key=LADDER.index)
        self.reason = pressure.reason

    def _up(self, now: float) -> None:
        if now - self._went_up_at > RELAPSE_SECONDS and self.step is Step.FULL:
            self._patience = CALM_SECONDS
        if self.step is Step.FULL and not self.reason:
            return
        if self._calm_since is None:
            self._calm_since = now
        if now - self._calm_since < self._patience:
            return
        if self.step is not Step.FULL:
            steps = self._steps()
            self.step = steps[steps.index(self.step) - 1]
            self._calm_since = self._went_up_at = now
        self.reason = "" if self.step is Step.FULL else "The PC has been calm; recognition comes back step by step."

    def _steps(self) -> tuple[Step, ...]:
        return tuple(step for step in LADDER if self.has_smaller or step is not Step.SMALL or step is self.step)

    def _pressure(self, load: Load) -> _Pressure | None:
        # Who keeps up on what others leave over is in nobody's way.
        self._busy = self._busy + 1 if load.others_percent >= BUSY_PERCENT and load.behind else 0
        before = self._before
        if before and before.frames and load.frames and load.at - before.at <= COUNTED_SECONDS:
            old, new = before.frames, load.frames
            for lost, of, what in (
                (new.lagged - old.lagged, new.drawn - old.drawn, "drew {} of {} frames too late"),
                (new.skipped - old.skipped, new.encoded - old.encoded, "could not encode {} of {} frames in time"),
            ):
                if of > 0 and lost >= SOME_FRAMES and lost / of >= SOME_SHARE:
                    hard = lost >= MANY_FRAMES and lost / of >= MANY_SHARE
                    return _Pressure(f"OBS {what.format(lost, of)}.", least=Step.SPOOL if hard else Step.SMALL)
            dropped, sent = new.dropped - old.dropped, new.sent - old.sent
            if sent > 0 and dropped >= MANY_FRAMES and dropped / sent >= DROPPED_SHARE:
                return _Pressure(f"The stream dropped {dropped} of {sent} frames.", last=Step.SMALL)
        if self._busy >= BUSY_TIMES:
            # Nothing suffers yet, and finding speech costs next to nothing.
            return _Pressure(f"Other programs use {load.others_percent:.0f} % of the processor.", last=Step.DETECT)
        return None
