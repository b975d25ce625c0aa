"""What each platform has to tell of its keyboard, and which keys all of them share."""

import sys
from collections.abc import Collection
from typing import Protocol

from companion.adapters.desktop.combination import Combination
from companion.kernel.errors import CompanionError, Unavailable

EXTRA_KEYS = {(0xFFD2 if sys.platform == "linux" else 0x84) + n: f"f{21 + n}" for n in range(4)}
"""F21 to F24, by X keysym or Windows key code: macro keys that pynput has no names for."""


class Desk(Protocol):
    """What only the platform knows about its keyboard; used from one thread at a time."""

    def is_down(self, modifier: str) -> bool:
        """Whether the modifier is really held now."""

    def plain(self, symbol: int) -> str | None:
        """The character that a key gives without modifiers, known by the symbol that it gave with them."""

    def conflicts(self, combinations: Collection[Combination]) -> dict[Combination, str]:
        """Which combinations something else uses, or no key gives, and a sentence on each."""

    def close(self) -> None:
        """Give the platform's resources back."""


def no_display(reason: str) -> CompanionError:
    return Unavailable(
        "no_display",
        f"There is no desktop whose keyboard could be listened to: {reason}",
        "Start the companion from your desktop session; until then use `companion clip save` or the API.",
    )
