"""What a search asks for: words that may go on or be mistyped, and phrases; and where a text has them."""

import dataclasses
import re
from collections.abc import Sequence

from companion.domain.spelling import runs_of

MOST_TERMS = 16
"""Of a longer query the first ones are looked for."""
SHORTEST_BEGINNING = 2

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


def expression(wanted: Sequence[Wanted]) -> str:
    """The query in the index's own language: all terms, of each one of its options."""
    return " AND ".join(
        "(" + " OR ".join('"' + " ".join(option) + '"' for option in term.options) + ")" for term in wanted
    )


def marked(words: Sequence[Sequence[str]], wanted: Sequence[Wanted]) -> list[int]:
    """Which of a text's words the search meant; `words` are the compared forms of each, mostly one."""
    flat = [(form, number) for number, forms in enumerate(words) for form in forms]
    found: set[int] = set()
    for option in {option for term in wanted for option in term.options}:
        size = len(option)
        for start in range(len(flat) - size + 1):
            if all(flat[start + step][0] == option[step] for step in range(size)):
                found.update(number for _, number in flat[start : start + size])
    return sorted(found)
