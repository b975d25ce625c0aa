"""Spoken commands: which phrase a streamer said, tolerant of what recognition gets wrong, deaf to ordinary talk.

A phrase is words with slots: `clip|save [the] last {duration}`. `[...]` may be left out, `|` parts words that may stand
for one another. A slot takes what was said in its place: `{duration}` (seconds), `{number}`, `{scene}` and `{input}`
(one of OBS's), `{text}` (all that follows).
"""

import dataclasses
import functools
import itertools
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, JsonValue, field_validator

from companion.domain.amounts import Amount, duration_at, number_at
from companion.domain.sounds import distance, sounds_of

LIMIT, WORD_LIMIT, JOINED_LIMIT = 0.12, 0.22, 0.2
"""How far what was heard may be from a phrase, for each sound of it; from a word; from two, joined or parted."""
NAME_LIMIT, NAME_DOUBT = 0.25, 0.25
"""The same for the name of a scene or an input, which is one of few; and how much of that counts for the phrase."""
SHORTEST_SOUNDS = 4
"""So few sounds must be a phrase's own, or else it would be found everywhere."""
CLEARLY = 0.5
"""So much further the next best name must sound, unless it is said as it is written."""
VARIANTS = 64
LONGEST_AMOUNT, LONGEST_NAME = 9, 8
"""Words."""
LITTLE = frozenset(("the", "a", "an", "to", "of", "my", "die", "der", "das", "den", "zu"))
"""What recognition loses, and makes of a breath."""
LITTLE_COST = 0.9
_TOKEN = re.compile(r"\{(\w+)\}|(\[)|(\])|([^\s\[\]{}]+)")
_WORD = re.compile(r"\d{1,2}:\d\d|\d+[.,]\d+(?!\d)|\d+|[^\W\d_]+(?:['\u2019][^\W\d_]+)*")
_MOST = {"{duration}": LONGEST_AMOUNT, "{number}": LONGEST_AMOUNT, "{scene}": LONGEST_NAME, "{input}": LONGEST_NAME}
NOISES = frozenset(("uh", "um", "erm", "hmm", "ah", "eh", "äh", "ähm"))
AROUND = frozenset(
    word
    for words in (
        "ok okay alright hey yo oh please so and well right yes yeah just now guys chat thanks",
        "bitte jetzt also ja gut mal",
    )
    for word in words.split()
)
"""What may stand before and after a phrase without making it talk."""
MOST_AROUND = 3


SLOTS = frozenset(("duration", "number", "scene", "input", "text"))


@dataclasses.dataclass(frozen=True)
class Names:
    """What OBS has that can be named in a phrase."""

    scenes: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()


class VoicePhrase(BaseModel):
    """A phrase and the action it runs; `{duration}` and the like in its arguments are what was said in that slot."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    phrase: Annotated[str, Field(min_length=1, max_length=200)]
    action: Annotated[str, Field(min_length=1, max_length=100)]
    arguments: dict[str, JsonValue] = {}

    @property
    def sample(self) -> dict[str, JsonValue]:
        """Its arguments as somebody might say them, to be checked before anybody does."""
        said: dict[str, JsonValue] = {"duration": 30, "number": 1, "scene": "x", "input": "x", "text": "x"}
        return Match(self, said, 0.0).arguments

    @field_validator("phrase")
    @classmethod
    def _can_be_said(cls, phrase: str) -> str:
        variants_of(phrase)
        return phrase


@dataclasses.dataclass(frozen=True)
class Match:
    """A phrase that was said: what stood in its slots, and how far it sounds from it, for each sound.

    `first` and `last` are the places of its words in what was heard, with the name and what stands around it.
    """

    phrase: VoicePhrase
    values: Mapping[str, JsonValue]
    rate: float
    first: int = 0
    last: int = 0

    @property
    def arguments(self) -> dict[str, JsonValue]:
        """The action's arguments, with the slots filled."""
        return {name: self._filled(value) for name, value in self.phrase.arguments.items()}

    def _filled(self, value: JsonValue) -> JsonValue:
        if not isinstance(value, str):
            return value
        if (slot := re.fullmatch(r"\{(\w+)\}", value)) and slot[1] in self.values:
            return self.values[slot[1]]
        return re.sub(r"\{(\w+)\}", lambda slot: str(self.values.get(slot[1], slot[0])), value)


Variant = tuple[str, ...]
"""The words of one way to say a phrase, a slot as `{kind}`."""


def variants_of(phrase: str) -> list[Variant]:
    """All ways to say a phrase; raises ValueError with a sentence where it can't be one."""
    choices: list[list[Variant]] = []
    inside: list[Variant] | None = None
    for found in _TOKEN.finditer(phrase):
        slot, opened, closed, words = found.groups()
        if opened or closed:
            if bool(opened) is not (inside is None):
                raise ValueError("each [ needs its ]")
            if inside is not None:
                choices.append([(), *inside])
            inside = [()] if opened else None
            continue
        if slot is not None and slot not in SLOTS:
            raise ValueError(f"there is no slot {{{slot}}}; there are {', '.join(sorted(SLOTS))}")
        ways: list[Variant] = [(f"{{{slot}}}",)] if slot else [tuple(words_of(way)) for way in words.split("|")]
        if inside is None:
            choices.append(ways)
        else:
            inside = [before + way for before in inside for way in ways]
    if inside is not None or re.sub(_TOKEN, "", phrase).strip():
        raise ValueError("each [ and { needs its ] and }")
    ways_in_all = [sum(parts, ()) for parts in itertools.islice(itertools.product(*choices), VARIANTS + 1)]
    if len(ways_in_all) > VARIANTS:
        raise ValueError(f"there are more than {VARIANTS} ways to say it")
    for way in ways_in_all:
        _check(way)
    return list(dict.fromkeys(ways_in_all))


def words_of(text: str) -> list[str]:
    """The words of `text` as they are compared: small letters, numbers in digits by themselves, no punctuation."""
    return [re.sub(r"['\u2019]", "", word).replace(",", ".") for word in _WORD.findall(text.casefold())]


class Phrasebook:
    """The phrases that are listened for; with a `name`, only where they follow it, but there in the midst of talk."""

    def __init__(self, phrases: Iterable[VoicePhrase], name: str = "") -> None:
        self._ways = [(phrase, way) for phrase in phrases for way in variants_of(phrase.phrase)]
        self._name = words_of(name)

    def find(self, heard: Sequence[str], names: Names, *, open_end: bool = False) -> Match | None:
        """The phrase that these words are, and nothing else but what may stand around it; None where they are talk.

        With `open_end` more words may follow, so that what a `{text}` takes is not known yet.
        """
        places = [place for place, word in enumerate(heard) if word not in NOISES]
        words = [heard[place] for place in places]
        best: tuple[float, int, Match] | None = None
        for first, start, end, last in self._places(words):
            for phrase, way in self._ways:
                if open_end and way[-1] == "{text}":
                    continue
                found = _match(way, words[start:end], names)
                if found is None:
                    continue
                rate, values = found
                if best is None or (rate, -len(way)) < best[:2]:
                    best = rate, -len(way), Match(phrase, values, rate, places[first], places[last])
        return best[2] if best else None

    def _places(self, words: Sequence[str]) -> Iterable[tuple[int, int, int, int]]:
        """Where a phrase may begin and end, with the first word before that and the last one after it of the same."""
        if not self._name:
            return [(0, start, end, len(words) - 1) for start, end in _cores(words)]
        said = "".join(map(sounds_of, self._name))
        return [
            (at, at + length, end, end - 1)
            for length in (len(self._name), len(self._name) + 1)
            for at in range(len(words) - length)
            if distance(said, "".join(map(sounds_of, words[at : at + length]))) <= NAME_LIMIT * len(said)
            for end in range(len(words), at + length, -1)
        ]


def _check(way: Variant) -> None:
    own = sum(len(sounds_of(word)) for word in way if not word.startswith("{"))
    if not own or (own < SHORTEST_SOUNDS and not any(word.startswith("{") for word in way)):
        raise ValueError("it has too few words of its own to be told from talk")
    slots = [word for word in way if word.startswith("{")]
    if len(slots) != len(set(slots)):
        raise ValueError("a slot can be in it only once")
    if "{text}" in way[:-1]:
        raise ValueError("{text} takes all that follows, so it can only be at the end")


def _cores(words: Sequence[str]) -> Iterable[tuple[int, int]]:
    """Where the phrase may begin and end, with what may stand around it left out or not."""
    front = _leading(words)
    back = _leading(words[::-1])
    for start, left in itertools.product(range(front + 1), range(back + 1)):
        if start < len(words) - left:
            yield start, len(words) - left


def _leading(words: Sequence[str]) -> int:
    return sum(1 for _ in itertools.takewhile(lambda word: word in AROUND, words[:MOST_AROUND]))


Found = tuple[float, dict[str, JsonValue]]
"""What it costs, and what stands in the slots."""


def _match(way: Variant, words: Sequence[str], names: Names) -> Found | None:
    """How far, for each sound, `words` are from `way`, and what its slots take; None where that is too far."""
    if not _fits(way, len(words)):
        return None
    own = sum(len(sounds_of(word)) for word in way if not word.startswith("{"))
    found = _Matcher(way, words, names).cheapest(0, 0)
    return None if found is None or found[0] > LIMIT * own else (found[0] / own, found[1])


def _fits(way: Variant, words: int) -> bool:
    """Whether so many words can be this, before they are looked at."""
    more = sum(_MOST.get(word, 2) for word in way)
    return "{text}" in way or (len(way) / 2 - 1 <= words <= more + 1)


class _Matcher:
    """Finds the cheapest way to read `words` as `way`."""

    def __init__(self, way: Variant, words: Sequence[str], names: Names) -> None:
        self._way = way
        self._words = tuple(words)
        self._names = names
        self._known: dict[tuple[int, int], Found | None] = {}

    def cheapest(self, at: int, word: int) -> Found | None:
        """What the rest of the way, from `at` on, costs with the words from `word` on."""
        if at == len(self._way) and word == len(self._words):
            return 0.0, {}
        if (at, word) not in self._known:
            self._known[at, word] = min(self._ends(at, word), key=lambda found: found[0], default=None)
        return self._known[at, word]

    def _ends(self, at: int, word: int) -> Iterable[Found]:
        if self._way[at : at + 1] and self._way[at].startswith("{"):
            kind = self._way[at][1:-1]
            for value, end, cost in self._fillings(kind, word):
                if rest := self.cheapest(at + 1, end):
                    yield cost + rest[0], {kind: value} | rest[1]
            return
        # Recognition joins and parts words: `clipped at` for `clip that`.
        for said, heard in ((1, 1), (1, 2), (2, 1), (2, 2), (1, 0), (0, 1)):
            own = _cost(self._way[at : at + said], self._words[word : word + heard], said, heard)
            if own is not None and (rest := self.cheapest(at + said, word + heard)):
                yield own + rest[0], rest[1]

    def _fillings(self, kind: str, word: int) -> Iterable[tuple[JsonValue, int, float]]:
        """What the slot may take from `word` on, where that ends, and how far it sounds from what is written."""
        if kind == "text":
            if word < len(self._words):
                yield " ".join(self._words[word:]), len(self._words), 0.0
        elif kind in ("duration", "number"):
            read: Callable[[Sequence[str], int], Amount | None] = duration_at if kind == "duration" else number_at
            if amount := read(self._words, word):
                value = int(amount.value) if amount.value == int(amount.value) else amount.value
                yield value, amount.end, amount.cost / 2  # a number in its place is likely: half as much doubt
        else:
            known = self._names.scenes if kind == "scene" else self._names.inputs
            for end in range(word + 1, len(self._words) + 1):
                if near := _nearest_name(known, self._words[word:end]):
                    yield near[0], end, near[1] * NAME_DOUBT


@functools.lru_cache(16384)
def _cost(part: Variant, words: tuple[str, ...], said: int, heard: int) -> float | None:
    """How far these words sound from this part of a phrase; None where that is too far, or there are too few."""
    if len(part) < said or len(words) < heard or any(word.startswith("{") for word in part):
        return None
    if not said or not heard:
        return distance("", "".join(map(sounds_of, part + words))) if (part + words)[0] in LITTLE else None
    if said == heard == 1 and words != part:
        if part[0] in LITTLE:  # it is hardly spoken, so that anything may be heard in its place
            return min(LITTLE_COST, distance(sounds_of(part[0]), sounds_of(words[0])))
        if words[0] in LITTLE:
            return None
    if said == heard == 2 and any(one == other and one not in LITTLE for one, other in zip(part, words, strict=True)):
        return None  # nothing was parted at another place, so that each is compared by itself
    sounds = "".join(map(sounds_of, part))
    cost = distance(sounds, "".join(map(sounds_of, words)))
    limit = WORD_LIMIT if said == heard == 1 else JOINED_LIMIT
    return cost if cost <= limit * len(sounds) else None


def _nearest_name(known: Sequence[str], words: Sequence[str]) -> tuple[str, float] | None:
    """The name that sounds most like `words`, and how far that is, where one is near and no other as near."""
    heard = "".join(map(sounds_of, words))
    near = []
    for name in known:
        own = words_of(name)
        if _has_more(words, own):
            continue
        said = "".join(map(sounds_of, own))
        cost = distance(said, heard)
        if said and cost <= NAME_LIMIT * len(said):
            near.append((cost, name))
    near.sort()
    clear = len(near) == 1 or (near and near[1][0] - near[0][0] >= (CLEARLY if near[0][0] else 0.1))
    return (near[0][1], near[0][0]) if clear else None


def _has_more(words: Sequence[str], own: Sequence[str]) -> bool:
    """Whether `words` are a name's own ones with others around them, which make talk of it: `scene is gameplay`."""
    for at in range(len(words) - len(own) + 1):
        if list(words[at : at + len(own)]) == own:
            return any(word not in LITTLE for word in (*words[:at], *words[at + len(own) :]))
    return False
