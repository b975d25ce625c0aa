"""What Windows knows about the keyboard."""

import ctypes
import sys
from collections.abc import Collection

from companion.adapters.desktop.combination import Combination
from companion.adapters.desktop.desk import EXTRA_KEYS

assert sys.platform == "win32"

VIRTUAL_KEYS = {"ctrl": (0x11,), "alt": (0x12,), "alt_gr": (0xA5,), "shift": (0x10,), "cmd": (0x5B, 0x5C)}
REGISTERED_AS = {"alt": 1, "ctrl": 2, "shift": 4, "cmd": 8, "alt_gr": 3}
"""The modifier bits of RegisterHotKey; AltGr is Ctrl and Alt there."""
PROBE = 0xB0B
IS_DOWN = 0x8000


class WindowsDesk:
    """The user's desktop."""

    def __init__(self) -> None:
        self._user32 = ctypes.windll.user32

    def is_down(self, modifier: str) -> bool:
        return any(self._user32.GetAsyncKeyState(key) & IS_DOWN for key in VIRTUAL_KEYS[modifier])

    def plain(self, symbol: int) -> str | None:
        """Nothing: pynput finds the plain character on Windows itself."""
        return None

    def conflicts(self, combinations: Collection[Combination]) -> dict[Combination, str]:
        """Found by registering each combination for an instant: Windows allows one program only to hold it."""
        return {combination: reason for combination in combinations if (reason := self._conflict(combination))}

    def close(self) -> None:
        """Nothing is held."""

    def _conflict(self, combination: Combination) -> str:
        modifiers = 0
        for name in combination.modifiers:
            modifiers |= REGISTERED_AS[name]
        if not self._user32.RegisterHotKey(None, PROBE, modifiers, self._virtual_key(combination.key)):
            return "another program uses it too, and both will act"
        self._user32.UnregisterHotKey(None, PROBE)
        return ""

    def _virtual_key(self, key: str) -> int:
        if len(key) == 1:
            return int(self._user32.VkKeyScanW(ord(key))) & 0xFF
        for code, name in EXTRA_KEYS.items():
            if name == key:
                return code
        from pynput.keyboard import Key

        return int(Key[key].value.vk)
