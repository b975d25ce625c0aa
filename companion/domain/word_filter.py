"""Words that captions must not show: masked, or left out."""

import enum
import re
from collections.abc import Iterable

PROFANITY = (
    "fuck*",
    "motherfuck*",
    "shit*",
    "bullshit*",
    "bitch*",
    "cunt*",
    "asshole*",
    "arsehole*",
    "bastard*",
    "dick",
    "dickhead*",
    "cock",
    "cocksucker*",
    "pussy",
    "whore*",
    "slut*",
    "wank*",
    "twat*",
    "nigg*",
    "fag",
    "faggot*",
    "retard*",
    "scheiß*",
    "scheiss*",
    "fick*",
    "gefickt*",
    "arschloch*",
    "fotze*",
    "hure*",
    "hurensohn*",
    "wichser*",
    "schlampe*",
    "missgeburt*",
)
"""What is blocked where the streamer says nothing else: English and German."""


class FilterMode(enum.StrEnum):
    """What becomes of a filtered word: its first letter and stars, or nothing."""

    MASK = "mask"
    DROP = "drop"


class WordFilter:
    """Filters whole words, whatever their case; `darn*` means all words that begin so."""

    def __init__(self, words: Iterable[str], mode: FilterMode = FilterMode.MASK) -> None:
        patterns = [_pattern(word) for word in words if word.strip(" *")]
        self._found = re.compile(rf"(?<!\w)(?:{'|'.join(patterns)})(?!\w)", re.IGNORECASE) if patterns else None
        self._mode = mode

    def apply(self, text: str) -> str:
        """The text as it may be shown."""
        if self._found is None:
            return text
        if self._mode is FilterMode.MASK:
            return self._found.sub(lambda match: match[0][0] + "*" * (len(match[0]) - 1), text)
        kept = self._found.sub("", text)
        return re.sub(r"\s+([,.!?;:])", r"\1", re.sub(r"\s{2,}", " ", kept)).strip(" ,;:")


def _pattern(word: str) -> str:
    """A word or phrase, with any blanks between its parts."""
    ending = r"\w*" if word.strip().endswith("*") else ""
    return r"\s+".join(re.escape(part) for part in word.strip(" *").split()) + ending
