"""Numbers and lengths of time as people say them, in words or digits, in English and German: `two and a half minutes`.

What recognition writes is read as it sounds: in the place of a number `for` is 4 and `won` is 1.
"""

import dataclasses
import functools
import re
from collections.abc import Sequence

from companion.domain.sounds import distance, sounds_of


def _listed(words: str) -> list[str]:
    return words.split()


_ONES = _listed(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
_TENS = _listed("twenty thirty forty fifty sixty seventy eighty ninety")
_GERMAN_ONES = _listed(
    "null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn "
    "achtzehn neunzehn"
)
_GERMAN_TENS = _listed("zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig")

_NUMBERS: dict[str, int] = {
    **{word: value for words in (_ONES, _GERMAN_ONES) for value, word in enumerate(words)},
    **{word: 10 * value for words in (_TENS, _GERMAN_TENS) for value, word in enumerate(words, 2)},
    **{
        f"{'ein' if one == 1 else _GERMAN_ONES[one]}und{ten}": 10 * value + one
        for value, ten in enumerate(_GERMAN_TENS, 2)
        for one in range(1, 10)
    },
    "hundred": 100,
    "hundert": 100,
    "zwo": 2,
    "dreissig": 30,
}
_ONE_OF = frozenset(_listed("a an one ein eine einer einen"))
_HEARD_AS = {"to": 2, "too": 2, "for": 4, "fore": 4, "won": 1, "ate": 8, "tree": 3, "free": 3, "sex": 6, "tin": 10}
_AND = frozenset(("and", "und"))
_HALF = frozenset(("half", "halbe", "halben", "halb"))
_UNITS = {
    **dict.fromkeys(_listed("seconds second secs sec s sekunden sekunde sek"), 1),
    **dict.fromkeys(_listed("minutes minute mins min m minuten"), 60),
    **dict.fromkeys(_listed("hours hour hr h stunden stunde std"), 3600),
}
_SEVERAL = frozenset(_listed("minutes mins minuten hours stunden"))
"""Units of which it has to be said how many."""
_WRITTEN_ONLY = frozenset(["s", "m", "h"])
"""Units that people write after digits, and recognition never hears."""
_NUMBER_LIMIT, _UNIT_LIMIT = 0.16, 0.25
"""How far the sounds may be from those of a number or a unit, for each sound of it."""
_SHORTEST_ALIKE = 4
"""Sounds from which on a number may be meant by what only sounds like it."""
_SECONDS_ALONE = 10.0
"""From here on a number without a unit means seconds."""


@dataclasses.dataclass(frozen=True)
class Amount:
    """What the words before `end` say; `cost` is how far they sound from it, 0 for what is written so."""

    value: float
    end: int
    cost: float


def number_at(words: Sequence[str], at: int) -> Amount | None:
    """The number that begins at `at`, as many words of it as there are."""
    a_hundred = at + 1 < len(words) and words[at] in _ONE_OF and _NUMBERS.get(words[at + 1]) == 100
    first = Amount(1.0, at + 1, 0.0) if a_hundred else _plain_number(words, at)
    if first is None:
        return None
    value, end, cost = first.value, first.end, first.cost
    if end < len(words) and _NUMBERS.get(words[end]) == 100 and 1 <= value < 10:
        value, end = value * 100, end + 1
        rest = _plain_number(words, end + 1 if end < len(words) and words[end] in _AND else end)
        if rest is not None and rest.value < 100 and words[end - 1] in _NUMBERS:
            value, end, cost = value + rest.value, rest.end, cost + rest.cost
    return Amount(value, end, cost)


def duration_at(words: Sequence[str], at: int) -> Amount | None:
    """The length of time, in seconds, that begins at `at`: `45 seconds`, `a minute and a half`, `1:30`, `thirty`."""
    if at < len(words) and (clock := re.fullmatch(r"(\d{1,2}):(\d\d)", words[at])):
        return Amount(60.0 * int(clock[1]) + int(clock[2]), at + 1, 0.0)
    found = _part(words, at)
    if found is None:
        alone = number_at(words, at)
        return alone if alone and alone.value >= _SECONDS_ALONE else None
    (value, end, cost), unit = found
    while unit > 1:
        start = end + 1 if end < len(words) and words[end] in _AND else end
        more = _part(words, start)
        if more is None or more[1] >= unit:
            break
        (added, end, further), unit = more
        value, cost = value + added, cost + further
    return Amount(value, end, cost)


Part = tuple[tuple[float, int, float], int]
"""Seconds, where they end and their cost; and the unit that they are in."""


def _part(words: Sequence[str], at: int) -> Part | None:
    """One amount with its unit: `two and a half minutes`, `a minute and a half`, `half a minute`."""
    if at < len(words) and words[at] in _HALF:
        start = at + 1 if at + 1 < len(words) and words[at + 1] in _ONE_OF else at
        return _with_unit(words, start + 1, 0.5, 0.0, digits=False)
    if at < len(words) and words[at] in ("anderthalb", "eineinhalb"):
        return _with_unit(words, at + 1, 1.5, 0.0, digits=False)
    if at + 1 < len(words) and words[at] in _ONE_OF and words[at + 1] in _HALF:
        return _with_unit(words, at + 2, 0.5, 0.0, digits=False)
    if (found := number_at(words, at)) is not None:
        amount = found
    elif at < len(words) and words[at] in _ONE_OF:
        amount = Amount(1.0, at + 1, 0.0)
    elif at < len(words) and words[at] in _SEVERAL:
        return None
    else:
        alone = _with_unit(words, at, 1.0, 0.0, digits=False)
        return _with_half(words, alone) if alone and alone[1] > 1 else None  # `the last minute`
    half = _half_after(words, amount.end)
    digits = words[amount.end - 1][-1].isdigit()
    value = amount.value + (0.5 if half else 0.0)
    with_unit = _with_unit(words, half or amount.end, value, amount.cost, digits=digits)
    return with_unit if with_unit is None or half else _with_half(words, with_unit)


def _with_half(words: Sequence[str], part: Part) -> Part:
    """The same with the half of its unit that may follow: `a minute and a half`."""
    (value, end, cost), unit = part
    after = _half_after(words, end)
    return ((value + unit / 2, after, cost), unit) if after else part


def _half_after(words: Sequence[str], at: int) -> int:
    """Where `and a half` ends that begins at `at`; 0 where there is none."""
    rest = list(words[at : at + 3])
    if len(rest) == 3 and rest[0] in _AND and rest[1] in _ONE_OF and rest[2] in _HALF:
        return at + 3
    return 0


def _with_unit(words: Sequence[str], at: int, value: float, cost: float, *, digits: bool) -> Part | None:
    if at >= len(words) or (words[at] in _WRITTEN_ONLY and not digits):
        return None
    if (unit := _unit_of(words[at])) is None:
        return None
    seconds, further = unit
    return (value * seconds, at + 1, cost + further), seconds


def _plain_number(words: Sequence[str], at: int) -> Amount | None:
    """A number below a hundred, a hundred, or one in digits."""
    if at >= len(words):
        return None
    word = words[at]
    if re.fullmatch(r"\d+(\.\d+)?", word):
        return Amount(float(word), at + 1, 0.0) if len(word) < 10 else None
    if (read := _number_of(word)) is None:
        return None
    value, cost = read
    if value in range(20, 100, 10) and at + 1 < len(words):
        ones = _number_of(words[at + 1])
        if ones is not None and 1 <= ones[0] <= 9 and words[at + 1] not in _ONE_OF - {"one"}:
            return Amount(value + ones[0], at + 2, cost + ones[1])
    return Amount(value, at + 1, cost)


@functools.lru_cache(2048)
def _number_of(word: str) -> tuple[float, float] | None:
    """The number that a word is or sounds like, and how far it sounds from it."""
    if (known := _NUMBERS.get(word, _HEARD_AS.get(word))) is not None:
        return float(known), 0.0
    return _nearest(word, {name: float(value) for name, value in _NUMBERS.items()}, _NUMBER_LIMIT)


@functools.lru_cache(2048)
def _unit_of(word: str) -> tuple[int, float] | None:
    if (known := _UNITS.get(word)) is not None:
        return known, 0.0
    long = {name: float(value) for name, value in _UNITS.items() if len(name) > 3}
    found = _nearest(word, long, _UNIT_LIMIT)
    return None if found is None else (int(found[0]), found[1])


def _nearest(word: str, names: dict[str, float], limit: float) -> tuple[float, float] | None:
    """The value of the name that sounds most like `word`, and how far that is; None where none is near enough."""
    heard = sounds_of(word)
    near = [(distance(sounds_of(name), heard), len(sounds_of(name)), value) for name, value in names.items()]
    cost, length, value = min(near)
    return (value, cost) if length >= _SHORTEST_ALIKE and cost <= limit * length else None
