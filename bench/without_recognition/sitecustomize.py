"""A daemon that finds this on its path has no part of recognition: nothing of it is imported, nor does anything run.

What it takes is what recognition that is switched off is held against.
"""

import asyncio
import sys
import types
from typing import Any

PARTS = (
    "adapters.spool",
    "adapters.speech.client",
    "adapters.speech.models",
    "adapters.transcript_store",
    "adapters.obs.captions",
    "features.captions",
    "features.clips.past",
    "features.microphone",
    "features.models",
    "features.speech.service",
    "features.subtitles",
    "features.transcripts",
    "features.voice",
)


class Absent:
    """Stands for each class of these parts: it has no actions, and as a service does nothing."""

    name, essential = "absent", False

    def __init__(self, *given: Any, **named: Any) -> None:
        """Take whatever the part takes."""

    async def run(self, ready: Any) -> None:
        ready()
        await asyncio.Event().wait()


def absent(name: str) -> type[Absent]:
    if name.startswith("__"):
        raise AttributeError(name)
    return Absent


for part in PARTS:
    module = types.ModuleType(f"companion.{part}")
    module.__getattr__ = absent  # type: ignore[method-assign]
    sys.modules[module.__name__] = module
