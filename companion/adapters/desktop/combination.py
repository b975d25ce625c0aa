"""Key combinations: how they are written, and when pressed keys make one; pure, no keyboard is touched."""

import dataclasses
from collections.abc import Callable, Iterable

from companion.kernel.errors import Refused

MODIFIERS = ("ctrl", "alt", "alt_gr", "shift", "cmd")
ALIASES = {
    "control": "ctrl",
    "ctrl_l": "ctrl",
    "ctrl_r": "ctrl",
    "alt_l": "alt",
    "alt_r": "alt",
    "option": "alt",
    "altgr": "alt_gr",
    "shift_l": "shift",
    "shift_r": "shift",
    "cmd_l": "cmd",
    "cmd_r": "cmd",
    "super": "cmd",
    "win": "cmd",
    "escape": "esc",
    "return": "enter",
    "pgup": "page_up",
    "pgdn": "page_down",
}
EDITING_KEYS = {"esc", "space", "tab", "enter", "backspace", "delete", "insert", "pause", "print_screen", "menu"}
MOVING_KEYS = {"home", "end", "page_up", "page_down", "up", "down", "left", "right"}
LOCK_KEYS = {"scroll_lock", "caps_lock", "num_lock"}
MEDIA_KEYS = {f"media_{name}" for name in ("play_pause", "next", "previous", "volume_up", "volume_down", "volume_mute")}
NAMED_KEYS = {f"f{number}" for number in range(1, 25)} | EDITING_KEYS | MOVING_KEYS | LOCK_KEYS | MEDIA_KEYS
REPEAT_SECONDS = 2.0
"""A key that is pressed again within this time, with no release seen, repeats because it is held."""
FORM = (
    "Write modifiers in angle brackets (<ctrl>, <alt>, <alt_gr>, <shift>, <cmd>), then one key, a single character or "
    "a name in angle brackets, all joined by +: for example <ctrl>+<shift>+<f9> or <alt>+s."
)


@dataclasses.dataclass(frozen=True)
class Combination:
    """Exactly these modifiers, and then this key."""

    modifiers: frozenset[str]
    key: str

    def __str__(self) -> str:
        parts = [f"<{name}>" for name in MODIFIERS if name in self.modifiers]
        return "+".join([*parts, self.key if len(self.key) == 1 else f"<{self.key}>"])


def parse(text: str) -> Combination:
    """Read `<ctrl>+<shift>+<f9>`; raises Refused `invalid_keys` that says what is wrong and which form is right."""
    names = [_part(part, text) for part in _split(text.strip().lower())]
    modifiers, keys = [n for n in names if n in MODIFIERS], [n for n in names if n not in MODIFIERS]
    if len(set(names)) != len(names):
        raise _refusal(text, "a part stands twice")
    if len(keys) != 1:
        raise _refusal(text, "there must be exactly one key beside the modifiers")
    return Combination(frozenset(modifiers), keys[0])


def canonical(name: str) -> str:
    """The one name of a key: left and right modifiers are the same, aliases are resolved."""
    return ALIASES.get(name, name)


def _split(text: str) -> list[str]:
    if text == "+" or not text.endswith("++"):
        return [text] if text == "+" else text.split("+")
    return [*text.removesuffix("++").split("+"), "+"]  # the plus key itself


def _part(part: str, text: str) -> str:
    part = part.strip()
    if len(part) == 1:
        return part
    name = canonical(part[1:-1]) if part.startswith("<") and part.endswith(">") else ""
    if name in MODIFIERS or name in NAMED_KEYS:
        return name
    raise _refusal(text, f"{part!r} is no key" if part else "a part is empty")


def _refusal(text: str, reason: str) -> Refused:
    return Refused("invalid_keys", f"{text!r} is not a key combination: {reason}.", FORM)


class Matcher:
    """Follows presses and releases, and tells when a combination was made: once, however long it is held.

    A release can get lost (a locked screen, a game with administrator rights). A modifier that seems held for long is
    therefore checked with `is_down`, and a key counts as released after `REPEAT_SECONDS` without a repeat.
    """

    def __init__(self, combinations: Iterable[Combination], is_down: Callable[[str], bool]) -> None:
        self._combinations = frozenset(combinations)
        self._is_down = is_down
        self._pressed_at: dict[str, float] = {}

    def press(self, key: str, now: float) -> Combination | None:
        """The combination that this press completes; `now` is in seconds of any steady clock."""
        before = self._pressed_at.get(key)
        self._pressed_at[key] = now
        if key in MODIFIERS or (before is not None and now - before < REPEAT_SECONDS):
            return None
        if all(key != combination.key for combination in self._combinations):
            return None
        made = Combination(frozenset(name for name in MODIFIERS if self._held(name, now)), key)
        return made if made in self._combinations else None

    def release(self, key: str) -> None:
        self._pressed_at.pop(key, None)

    def _held(self, modifier: str, now: float) -> bool:
        since = self._pressed_at.get(modifier)
        if since is None:
            return False
        if now - since > REPEAT_SECONDS and not self._is_down(modifier):
            del self._pressed_at[modifier]
            return False
        return True
