"""PortAudio with one microphone, which the file DEVICE_FILE names: `free`, or how it refuses to be opened.

A folder for PYTHONPATH, so that the child that hears takes it for the real one.
"""

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

REFUSALS: dict[str, tuple[Any, ...]] = {
    "busy": ("Error opening RawInputStream: Device unavailable", -9985),
    "forbidden": (
        "Error opening RawInputStream: Unanticipated host error",
        -9999,
        (0, -13, "Permission denied"),
    ),
}


class PortAudioError(Exception):
    """As sounddevice has it: the words, PortAudio's number, and what the system says."""


def query_hostapis() -> tuple[dict[str, Any], ...]:
    return ({"name": "ALSA", "devices": [0], "default_input_device": 0},)


def query_devices(number: int) -> dict[str, Any]:
    assert number == 0
    return {"name": "Yeti", "max_input_channels": 1, "default_samplerate": 16_000.0}


class RawInputStream:
    """Gives a steady tone."""

    def __init__(self, *, samplerate: int, blocksize: int, callback: Callable[..., None], **_: Any) -> None:
        how = Path(os.environ["DEVICE_FILE"]).read_text()
        if how in REFUSALS:
            raise PortAudioError(*REFUSALS[how])
        self._seconds = blocksize / samplerate
        self._block = (b"\x00\x20" * 8 + b"\x00\xe0" * 8) * (blocksize // 16)
        self._callback = callback

    def start(self) -> None:
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        while True:
            time.sleep(self._seconds)
            self._callback(self._block, len(self._block) // 2, None, None)
