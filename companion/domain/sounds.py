"""How alike words sound, whatever their spelling: what recognition gets wrong sounds much like what was said.

A word's sounds are read from its spelling by the rules of English; those of other languages err alike on both sides.
"""

import functools
import unicodedata

VOWELS = frozenset("ieaouYW")
"""Y as in `my`, W as in `now`."""

_SPELLED = {
    "tch": "C",
    "dge": "J",
    "igh": "Y",
    "sch": "S",
    "tion": "San",
    "sion": "San",
    "ght": "t",
    "ch": "C",
    "sh": "S",
    "ph": "f",
    "th": "T",
    "wh": "w",
    "ck": "k",
    "sc": "sk",
    "qu": "kw",
    "ng": "N",
    "gh": "",
    "ee": "i",
    "ea": "i",
    "ie": "i",
    "ei": "Y",
    "ey": "i",
    "ai": "e",
    "ay": "e",
    "oo": "u",
    "ou": "W",
    "ow": "W",
    "au": "o",
    "aw": "o",
    "oa": "o",
    "oi": "oi",
    "oy": "oi",
    "eu": "u",
    "ue": "u",
    "ew": "u",
    "x": "ks",
    "q": "k",
    "j": "J",
}
_AT_THE_START = {"kn": "n", "wr": "r", "gn": "n", "ps": "s", "rh": "r", "y": "j"}
_LONG = {"a": "e", "i": "Y", "e": "i", "o": "o", "u": "u", "y": "Y"}
"""A vowel before one consonant and a silent e."""
_ALIKE: dict[frozenset[str], float] = {
    frozenset(pair): cost
    for cost, pairs in {
        0.3: "pb td kg fv sz CJ ie ea ou Ya Wa mn nN SC SJ",
        0.4: "Tf Ts Td Tt TD ao Wo sS zS Yi Ye au mN kC",
        0.5: "tC dJ zJ wv Tv eo eY iY vb",
        0.6: "lr wr pt kt pk bd dg bg iu io eu lw pf jJ ia WY tT hf hk oY",
        0.75: "fs mb nd kf ln gk",
    }.items()
    for pair in pairs.split()
}
_OTHER_VOWEL, _OTHER_CONSONANT, _OTHER_KIND = 0.6, 1.0, 1.3
_LOST = {"h": 0.4, "t": 0.6, "d": 0.6, "s": 0.6, "z": 0.6} | dict.fromkeys(VOWELS, 0.5)
_LOST_CONSONANT = 0.9


@functools.lru_cache(4096)
def sounds_of(word: str) -> str:
    """The sounds of one word in small letters, a letter each; what has no Latin letters stands for itself."""
    plain = "".join(
        letter
        for letter in unicodedata.normalize("NFKD", word.translate(_KEPT))
        if not unicodedata.combining(letter) and letter.isalnum()
    )
    found: list[str] = []
    at = 0
    for spelt, sound in _AT_THE_START.items():
        if plain.startswith(spelt) and len(plain) > len(spelt):
            found.append(sound)
            at = len(spelt)
            break
    while at < len(plain):
        sound, length = _sound_at(plain, at)
        found.append(sound)
        at += length
    joined = "".join(found)
    return "".join(sound for index, sound in enumerate(joined) if index == 0 or joined[index - 1] != sound)


@functools.lru_cache(16384)
def distance(one: str, other: str) -> float:
    """How far apart two rows of sounds are: 0 for the same, about 1 for each sound that is quite another."""
    row = [0.0]
    for sound in other:
        row.append(row[-1] + _lost(sound))
    for sound in one:
        above, row = row, [row[0] + _lost(sound)]
        for index, heard in enumerate(other):
            row.append(
                min(above[index] + _change(sound, heard), above[index + 1] + _lost(sound), row[index] + _lost(heard))
            )
    return row[-1]


_KEPT = str.maketrans({"ä": "e", "ö": "e", "ü": "u", "ß": "s"})


def _sound_at(word: str, at: int) -> tuple[str, int]:
    """The sound that begins at a letter, and how many letters it takes."""
    letter, rest = word[at], word[at:]
    if letter in _LONG and _is_long(word, at):
        return _LONG[letter], 1
    if rest == "e" and at > 1 and any(other in "aeiouy" for other in word[:at]):
        return "", 1
    if rest in ("es", "ed") and at > 2 and word[at - 1] not in "td" and letter == "e":
        return "", 1
    for length in (4, 3, 2, 1):
        if (sound := _SPELLED.get(rest[:length])) is not None and len(rest) >= length:
            if rest[:length] == "sc" and rest[2:3] in ("e", "i", "y"):
                return "s", 2
            return sound, length
    if letter == "c":
        return ("s" if rest[1:2] in ("e", "i", "y") else "k"), 1
    if letter == "g" and rest in ("ge", "ges"):
        return "J", 1
    return ("i" if letter == "y" else letter), 1


def _is_long(word: str, at: int) -> bool:
    """Whether one consonant and a silent e follow: `save`, `scene`, `times`."""
    rest = word[at + 1 :]
    if at and word[at - 1] in "aeiou":
        return False
    return len(rest) in (2, 3) and rest[0] not in "aeiouyxwr" and rest[1] == "e" and rest[2:] in ("", "s", "d")


def _change(sound: str, heard: str) -> float:
    if sound == heard:
        return 0.0
    if (known := _ALIKE.get(frozenset((sound, heard)))) is not None:
        return known
    if (sound in VOWELS) != (heard in VOWELS):
        return _OTHER_KIND
    return _OTHER_VOWEL if sound in VOWELS else _OTHER_CONSONANT


def _lost(sound: str) -> float:
    return _LOST.get(sound, _LOST_CONSONANT)
