"""Text from elsewhere, made fit to be shown: a terminal obeys what is written to it, whoever wrote it."""

import unicodedata

JOINERS = "\u200c\u200d"
"""They have no effect of their own: words of Persian and Hindi, and many an emoji, are written with them."""
COMMANDS = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Control and format signs, halves of letters, ends of lines and paragraphs."""


def printable(text: str, keep: str = "") -> str:
    """`text` with each sign that commands rather than shows written as Python does (`\\x1b`); `keep`: but for these."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(letter if letter in keep or _shows(letter) else _written(letter) for letter in text)


def _shows(letter: str) -> bool:
    # The tags after a black flag are what makes it that of England or Wales.
    return unicodedata.category(letter) not in COMMANDS or letter in JOINERS or "\U000e0020" <= letter <= "\U000e007f"


def _written(letter: str) -> str:
    return letter.encode("unicode_escape").decode("ascii")
