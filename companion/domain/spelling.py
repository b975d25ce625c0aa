"""Words as search compares them: letters without case and accents, and what a mistyped word may have meant."""

import itertools
import re
import unicodedata
from collections.abc import Iterator

LONGEST_WORD = 64
"""Letters of a word that are compared; what is longer is no word."""
SHORTEST_MISTYPED = 4
"""Letters from which on one mistake is forgiven: of a shorter word every other would be one mistake away."""
SHORTEST_MISTYPED_TWICE = 7
KEY_LETTERS = 7
"""How much of a word its spelling keys look at: mistakes in what follows are found by the comparison itself."""

# Written without spaces between words: each letter counts as a word, and what is typed as one is a phrase of them.
_UNSPACED = (
    "\u0e00-\u0eff"  # Thai, Lao
    "\u1000-\u109f"  # Myanmar
    "\u1780-\u17ff"  # Khmer
    "\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff"  # Hiragana, Katakana
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"  # Han
    "\U00020000-\U0003ffff"
)
_UNSPACED_LETTER = re.compile(f"([{_UNSPACED}])")
_WITHIN = re.compile(r"(?<=\w)['\u2019\u02bc](?=\w)")
# Accents of Latin, Greek and Cyrillic letters, and the vowel points that Hebrew and Arabic are written without.
_MARKS = re.compile(r"[\u0300-\u036f\u0591-\u05c7\u064b-\u0652]")
_LIKE = str.maketrans({"\u0131": "i", "ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe"})


def words_of(text: str) -> list[str]:
    """The words of `text` in the form in which they are compared; anything but letters and digits parts them."""
    if text.isascii() and (simple := text.strip(".,!? ").lower()).isalnum():
        return [simple[:LONGEST_WORD]]  # what most words are, and twenty times as fast
    return [word for run in runs_of(text) for word in run]


def runs_of(text: str) -> Iterator[list[str]]:
    """The words of `text`, those together that were written as one (such as a Chinese sentence)."""
    for run in "".join(map(_plain, _WITHIN.sub("", _folded(text)))).split():
        yield [word[:LONGEST_WORD] for word in _parts(run)]


def is_unspaced(text: str) -> bool:
    """Whether `text` ends with a letter of a script that is written without spaces between words."""
    return bool(text) and _UNSPACED_LETTER.match(text[-1]) is not None


def spelled(word: str) -> str:
    """The letters of `word` as they are typed: a Korean syllable is several."""
    return unicodedata.normalize("NFD", word)


def forgiven(word: str) -> int:
    """How many mistakes `word` may have; none in numbers."""
    letters = len(spelled(word))
    if letters < SHORTEST_MISTYPED or any(letter.isdigit() for letter in word):
        return 0
    return 1 if letters < SHORTEST_MISTYPED_TWICE else 2


def spelling_keys(word: str) -> set[str]:
    """What `word` shares with any word that may be meant by it: its beginning, and that with letters left out.

    Two words one mistake apart (a letter more, less, other, or two swapped) share a key; long ones even two.
    """
    mistakes = forgiven(word)
    if not mistakes:
        return set()
    start = spelled(word)[:KEY_LETTERS]
    return {
        "".join(left)
        for count in range(mistakes + 1)
        for left in itertools.combinations(start, max(1, len(start) - count))
    }


def _folded(text: str) -> str:
    """`text` without case, and without the accents of letters that other people type without them."""
    if text.isascii():
        return text.lower()
    parted = unicodedata.normalize("NFKD", text.casefold())
    return unicodedata.normalize("NFKC", _MARKS.sub("", parted)).translate(_LIKE)


def _plain(letter: str) -> str:
    """The letter if words are made of such, else a blank."""
    return letter if letter.isalnum() or unicodedata.category(letter)[0] == "M" else " "


def _parts(run: str) -> list[str]:
    if run.isascii():
        return [run]
    parts: list[str] = []
    for part in _UNSPACED_LETTER.split(run):
        if parts and part and all(unicodedata.category(letter)[0] == "M" for letter in part):
            parts[-1] += part  # a vowel sign or tone belongs to the letter before it
        elif part:
            parts.append(part)
    return parts
