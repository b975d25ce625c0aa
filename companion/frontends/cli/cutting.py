"""`companion clip cut`: the media worker without a daemon around it."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from companion.adapters.media.client import MadeClip, MediaWorker
from companion.adapters.settings_file import SettingsFile, find_paths, read_environment
from companion.frontends.cli.output import print_value
from companion.frontends.cli.progress import bar
from companion.kernel.bus import Bus
from companion.kernel.status import StatusBoard


def cut_and_prove(file: Path, start: float, end: float, output: Path, *, show: bool) -> dict[str, Any]:
    """The cut and its receipt, in JSON's own types; `show` draws a bar where there is a terminal."""
    settings = SettingsFile(find_paths().config_file, *read_environment()).load().settings
    with bar(output.name, wanted=show) as progress:
        made = asyncio.run(_make(file, start, end, output, settings.ffmpeg_path, progress))
    return {"cut": made.cut.model_dump(mode="json"), "receipt": made.receipt.as_json(), "doubtful": made.doubtful}


def print_proof(proof: dict[str, Any]) -> None:
    """The same for people: the facts, then each check."""
    cut = proof["cut"]
    print_value(
        {
            "path": cut["path"],
            "state": "doubtful" if proof["doubtful"] else "ready",
            "seconds": cut["end"] - cut["start"],
            "start": cut["start"],
            "end": cut["end"],
            "frames": cut["frames"],
            "method": cut["method"],
            "reason": cut["reason"],
            "size_bytes": cut["size_bytes"],
            "tracks": cut["tracks"],
            "receipt": proof["receipt"]["checks"],
        }
    )


async def _make(
    file: Path, start: float, end: float, output: Path, ffmpeg: Path | None, progress: Callable[[str, float], None]
) -> MadeClip:
    async with MediaWorker(StatusBoard(Bus()), ffmpeg) as media:
        return await media.cut(file, output, start, end, progress=progress)
