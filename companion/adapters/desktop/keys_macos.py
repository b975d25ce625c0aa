"""What macOS knows about the keyboard."""

from collections.abc import Collection

from companion.adapters.desktop.combination import Combination
from companion.kernel.errors import Unavailable


class MacDesk:
    """The user's desktop; raises Unavailable `no_permission` until macOS lets us listen."""

    def __init__(self) -> None:
        from pynput import keyboard

        if not getattr(keyboard.Listener, "IS_TRUSTED", True):
            raise Unavailable(
                "no_permission",
                "macOS does not let the companion see the keyboard.",
                "Allow it in System Settings, Privacy & Security, Input Monitoring and Accessibility; then restart it.",
            )

    def is_down(self, modifier: str) -> bool:
        """Always, once pressed: macOS tells of every release."""
        return True

    def plain(self, symbol: int) -> str | None:
        """Nothing: pynput finds the plain character on macOS itself."""
        return None

    def conflicts(self, combinations: Collection[Combination]) -> dict[Combination, str]:
        """Nothing: macOS does not tell who uses a combination."""
        return {}

    def close(self) -> None:
        """Nothing is held."""
