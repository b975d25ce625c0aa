"""What a search asks for: words that may go on or be mistyped, and phrases; and where a text has them."""

import dataclasses
import itertools
import re
from collections.abc import Sequence

from companion.domain.spelling import runs_of

MOST_TERMS = 16
"""Of a longer query the first ones are looked for."""
SHORTEST_BEGINNING = 2

JOINT = "\u00b7"
"""Joins two words that follow one another; no word has it."""

_QUOTES = '"\u201c\u201d\u201e\u00ab\u00bb'
_PIECE = re.compile(rf"[{_QUOTES}]([^{_QUOTES}]*)[{_QUOTES}]?(\*?)|([^\s{_QUOTES}]+)")


@dataclasses.dataclass(frozen=True)
class Term:
    """Words that follow one another in a text, of which the last may be a word's beginning."""

    words: tuple[str, ...]
    is_beginning: bool = False


@dataclasses.dataclass(frozen=True)
class Wanted:
    """A term with all that counts for it: each option is a phrase of whole words."""

    term: Term
    options: tuple[tuple[str, ...], ...]


def terms_of(query: str) -> list[Term]:
    """The terms of `query`: words, phrases in quotes; `gam*` is a beginning, and so is a last word still being typed.

    Signs within a word make a phrase of its parts; operators and emoji mean nothing.
    """
    terms: list[Term] = []
    for piece in _PIECE.finditer(query):
        quoted, star, plain = piece.groups()
        if plain is None:
            words = tuple(word for run in runs_of(quoted) for word in run)
            found = [Term(words, bool(star))] if words else []
        else:
            words = tuple(word for run in runs_of(plain) for word in run)
            begins = plain.endswith("*") or piece.end() == len(query)
            found = [Term(words, begins and len(words[-1]) >= SHORTEST_BEGINNING)] if words else []
        terms += found
        if len(terms) >= MOST_TERMS:
            break
    return list(dict.fromkeys(terms))[:MOST_TERMS]


def indexed(words: Sequence[str]) -> str:
    """What the index keeps of a text: its words, then each with the one that follows."""
    return " ".join([*words, *_pairs(words)])


def expression(wanted: Sequence[Wanted]) -> str:
    """The query in the index's own language: all terms, of each one of its options."""
    return " AND ".join("(" + " OR ".join(map(_phrase, term.options)) + ")" for term in wanted)


def _phrase(words: Sequence[str]) -> str:
    """Words that follow one another: by their pairs, which are rarer by far than the words themselves."""
    return '"' + " ".join(_pairs(words) if len(words) > 1 else words) + '"'


def _pairs(words: Sequence[str]) -> list[str]:
    return [JOINT.join(both) for both in itertools.pairwise(words)]


def marked(words: Sequence[Sequence[str]], wanted: Sequence[Wanted]) -> list[int]:
    """Which of a text's words the search meant; `words` are the compared forms of each, mostly one."""
    flat = [(form, number) for number, forms in enumerate(words) for form in forms]
    beginning: dict[str, set[tuple[str, ...]]] = {}
    for option in (option for term in wanted for option in term.options):
        beginning.setdefault(option[0], set()).add(option)
    found: set[int] = set()
    for start, (form, _) in enumerate(flat):
        for option in beginning.get(form, ()):
            stretch = flat[start : start + len(option)]
            if tuple(form for form, _ in stretch) == option:
                found.update(number for _, number in stretch)
    return sorted(found)
