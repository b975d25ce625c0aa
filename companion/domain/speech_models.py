"""The speech models that can be had by name, what each costs, and which one suits this PC."""

import dataclasses
import math
from collections.abc import Collection, Mapping

BUDGET_SECONDS = 0.9
"""For one window, at each utterance's end: longer, and captions feel late, and the game feels it."""


@dataclasses.dataclass(frozen=True)
class SpeechModel:
    """A model that is offered: where its files are, how large they are, what a window costs compared to `tiny`."""

    name: str
    repository: str
    megabytes: int
    cost: float

    @property
    def english_only(self) -> bool:
        return self.name.endswith(".en") or self.name.startswith("distil-")


OFFERED = tuple(
    SpeechModel(*values)
    for values in (
        ("tiny", "Systran/faster-whisper-tiny", 78, 1.0),
        ("tiny.en", "Systran/faster-whisper-tiny.en", 78, 1.0),
        ("base", "Systran/faster-whisper-base", 148, 1.55),
        ("base.en", "Systran/faster-whisper-base.en", 148, 1.55),
        ("distil-small.en", "Systran/faster-distil-whisper-small.en", 336, 2.7),
        ("small", "Systran/faster-whisper-small", 486, 4.15),
        ("small.en", "Systran/faster-whisper-small.en", 486, 4.15),
        ("distil-medium.en", "Systran/faster-distil-whisper-medium.en", 792, 7.0),
        ("medium", "Systran/faster-whisper-medium", 1531, 12.0),
        ("medium.en", "Systran/faster-whisper-medium.en", 1531, 12.0),
        ("distil-large-v3", "Systran/faster-distil-whisper-large-v3", 1516, 12.5),
        ("large-v3-turbo", "mobiuslabsgmbh/faster-whisper-large-v3-turbo", 1621, 13.0),
        ("large-v3", "Systran/faster-whisper-large-v3", 3091, 24.0),
    )
)
BY_NAME = {model.name: model for model in OFFERED}
SMALLER_SHARE = 2 / 3
FIRST = "tiny"
"""What is measured when nothing is known of this PC yet."""


def estimate(measured: Mapping[str, float]) -> dict[str, float]:
    """Seconds that a window takes, for each model: as `measured`, else reckoned from one that was. Empty: unknown."""
    known = sorted((seconds / BY_NAME[name].cost for name, seconds in measured.items() if name in BY_NAME))
    if not known:
        return dict(measured)
    unit = known[len(known) // 2]
    return {model.name: model.cost * unit for model in OFFERED} | dict(measured)


def choose(names: Collection[str], measured: Mapping[str, float], language: str | None) -> str | None:
    """The best of `names` whose window stays within the budget, else the fastest; None where none fits the language.

    The more one costs, the better it is; somebody's own counts as `medium`. A model of which nothing is known counts as
    too slow, unless it is the only one.
    """
    seconds = estimate(measured)
    fitting = _fitting(names, language)
    fast = [name for name in fitting if seconds.get(name, BUDGET_SECONDS + 1) <= BUDGET_SECONDS]
    if fast:
        # Offered ones by what is known of them: measured, two that are about as fast would take turns.
        return max(fast, key=lambda name: (_cost(name), 0.0 if name in BY_NAME else seconds[name], name))
    return min(fitting, key=lambda name: (seconds.get(name, math.inf), _cost(name), name), default=None)


def _cost(name: str) -> float:
    return BY_NAME[name].cost if name in BY_NAME else BY_NAME["medium"].cost


def recommend(measured: Mapping[str, float], language: str | None) -> str:
    """The model to download for this PC; FIRST where nothing is known of it."""
    return (choose(BY_NAME, measured, language) if estimate(measured) else None) or FIRST


def smaller(
    names: Collection[str], measured: Mapping[str, float], name: str, seconds: float, language: str | None
) -> str | None:
    """The best of `names` that costs at most two thirds of `name`, of which a window takes `seconds`.

    Of two offered models it is known which costs less, others are held against each other as measured; one of which
    nothing is known is none to step down to.
    """
    known = estimate(measured)

    def share(other: str) -> float:
        if name in BY_NAME and other in BY_NAME:
            return BY_NAME[other].cost / BY_NAME[name].cost
        return known[other] / seconds if other in known else math.inf

    lesser = [other for other in _fitting(names, language) if other != name and share(other) <= SMALLER_SHARE]
    return max(lesser, key=lambda other: (share(other), other), default=None)


def _fitting(names: Collection[str], language: str | None) -> list[str]:
    return [name for name in names if language == "en" or not (name in BY_NAME and BY_NAME[name].english_only)]
