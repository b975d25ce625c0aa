"""Short sounds, played by the system's own player in a child process, so that no audio library is loaded."""

import asyncio
import shutil
import sys
from pathlib import Path

from companion.adapters.desktop.files import asset
from companion.kernel.errors import CompanionError, Failed, Unavailable
from companion.kernel.offload import WorkerThread, end_process, start_process

PLAY_SECONDS = 5.0
PLAYERS = (
    ("afplay",),
    ("paplay", "--property=media.role=event"),
    ("pw-play", "--media-role=Notification"),
    ("aplay", "-q"),
)
"""macOS has the first, Linux one of the others, in the order of preference."""


class SoundPlayer:
    """Plays `saved` or `failed`; the first player that works is kept."""

    def __init__(self) -> None:
        self._works: tuple[str, ...] | None = None

    async def play(self, name: str) -> None:
        """Play the sound `name` to its end; raises Unavailable without a player, Failed when none of them played."""
        sound = asset(f"sounds/{name}.wav")
        if sys.platform == "win32":
            await _play_on_windows(sound)
            return
        there = [self._works] if self._works else [player for player in PLAYERS if shutil.which(player[0])]
        if not there:
            raise Unavailable(
                "no_player",
                "No program is there to play a sound.",
                "Install pulseaudio-utils, pipewire-bin or alsa-utils.",
            )
        problem: CompanionError | None = None
        for player in there:
            try:
                await _played([*player, str(sound)])
            except CompanionError as error:
                problem, self._works = error, None
            else:
                self._works = player
                return
        assert problem is not None
        raise problem


async def _played(argv: list[str]) -> None:
    process = await start_process(argv)
    try:
        async with asyncio.timeout(PLAY_SECONDS):
            _, complaint = await process.communicate()
    except TimeoutError as error:
        raise Failed(
            "sound_hangs", f"{argv[0]} did not finish within {PLAY_SECONDS:g} s.", "Look at the sound settings."
        ) from error
    finally:
        await end_process(process)
    if process.returncode:
        lines = complaint.decode(errors="replace").strip().splitlines()
        raise Failed(
            "sound_failed",
            f"{argv[0]} could not play: {lines[-1] if lines else f'exit code {process.returncode}'}.",
            "Look at the sound settings, or switch the companion's sounds off.",
        )


async def _play_on_windows(sound: Path) -> None:
    if sys.platform == "win32":
        import winsound

        worker = WorkerThread("sound")
        try:
            await worker.call(winsound.PlaySound, str(sound), winsound.SND_FILENAME | winsound.SND_NODEFAULT)
        except RuntimeError as error:
            raise Failed("sound_failed", f"Windows could not play: {error}.", "Look at the sound settings.") from error
        finally:
            worker.close()
