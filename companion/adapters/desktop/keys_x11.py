"""What an X server knows about the keyboard."""

import os
import re
import socket
from collections.abc import Collection
from typing import Any

from companion.adapters.desktop.combination import MODIFIERS, Combination
from companion.adapters.desktop.desk import EXTRA_KEYS, no_display

SYMBOLS = {
    "ctrl": (0xFFE3, 0xFFE4),
    "alt": (0xFFE9, 0xFFEA),
    "alt_gr": (0xFE03, 0xFF7E),
    "shift": (0xFFE1, 0xFFE2),
    "cmd": (0xFFEB, 0xFFEC),
}
"""The left and right key of each modifier, as X keysyms."""
LATIN_1 = range(0x20, 0x100)
"""Here a keysym is the character's code; beyond, it is the code plus `UNICODE`."""
UNICODE = 0x01000000
OWNER_EVENTS = ASYNCHRONOUS = 1
SWITCHES_CONSOLE = range(0x1008FE01, 0x1008FE0D)


class XDesk:
    """A connection to the X server of DISPLAY."""

    def __init__(self) -> None:
        from Xlib import display, error

        _require_server(os.environ.get("DISPLAY", ""))
        self._error = error
        try:
            self._display = display.Display()
        except (error.DisplayError, error.XauthError, error.ConnectionClosedError, OSError) as problem:
            raise no_display(str(problem)) from problem

    def is_down(self, modifier: str) -> bool:
        pressed = self._display.query_keymap()
        codes = [self._display.keysym_to_keycode(symbol) for symbol in SYMBOLS[modifier]]
        return any(code and pressed[code // 8] & (1 << code % 8) for code in codes)

    def plain(self, symbol: int) -> str | None:
        code = self._display.keysym_to_keycode(symbol)
        bare = self._display.keycode_to_keysym(code, 0) if code else 0
        if bare in LATIN_1:
            return chr(bare)
        return chr(bare - UNICODE) if UNICODE < bare < UNICODE + 0x110000 else None

    def conflicts(self, combinations: Collection[Combination]) -> dict[Combination, str]:
        """Found by grabbing each combination for an instant: X allows one program only to hold it."""
        return {combination: reason for combination in combinations if (reason := self._conflict(combination))}

    def close(self) -> None:
        try:
            self._display.close()
        except (self._error.ConnectionClosedError, OSError):
            return  # the X server closed it first

    def _conflict(self, combination: Combination) -> str:
        code = self._display.keysym_to_keycode(self._symbol(combination.key))
        if not code:
            return "no key of this keyboard gives it" if len(combination.key) > 1 else ""
        if {"ctrl", "alt"} <= combination.modifiers and self._switches_console(code):
            return "the system switches to a text console with it"
        root, mask = self._display.screen().root, self._mask(combination)
        refused = self._error.CatchError(self._error.BadAccess)
        root.grab_key(code, mask, OWNER_EVENTS, ASYNCHRONOUS, ASYNCHRONOUS, onerror=refused)
        self._display.sync()
        if refused.get_error():
            return "another program uses it too, and both will act"
        root.ungrab_key(code, mask)
        self._display.sync()
        return ""

    def _symbol(self, key: str) -> int:
        if len(key) == 1:
            return ord(key) if ord(key) in LATIN_1 else ord(key) + UNICODE
        for symbol, name in EXTRA_KEYS.items():
            if name == key:
                return symbol
        from pynput.keyboard import Key

        return int(Key[key].value.vk)

    def _switches_console(self, code: int) -> bool:
        [symbols] = self._display.get_keyboard_mapping(code, 1)
        return any(symbol in SWITCHES_CONSOLE for symbol in symbols)

    def _mask(self, combination: Combination) -> int:
        """The modifier bits of X, read from its own table: which bit is Alt differs between keyboards."""
        table: Any = self._display.get_modifier_mapping()
        mask = 0
        for name in MODIFIERS:
            if name in combination.modifiers:
                codes = {self._display.keysym_to_keycode(symbol) for symbol in SYMBOLS[name]} - {0}
                mask |= sum(1 << bit for bit, members in enumerate(table) if codes & set(members))
        return mask


def _require_server(display: str) -> None:
    """Refuse a display of this machine whose server is gone: python-xlib would leave a socket open at each try."""
    local = re.fullmatch(r"(?:unix)?:(\d+)(?:\.\d+)?", display)
    if local is None:
        return
    path = f"/tmp/.X11-unix/X{local[1]}"  # noqa: S108 - where X servers listen
    for address in (path, f"\0{path}"):
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as trial:
            try:
                trial.connect(address)
            except OSError:
                continue
            return
    raise no_display(f"the X server {display} does not answer.")
