"""A voice that answers, by the system's own speech program in a child process."""

import asyncio
import shutil
import sys

from companion.kernel.errors import Failed, Unavailable
from companion.kernel.offload import end_process, start_process

SPEAK_SECONDS = 20.0
LONGEST_LETTERS = 200
_POWERSHELL = (
    "Add-Type -AssemblyName System.Speech; "
    "(New-Object System.Speech.Synthesis.SpeechSynthesizer).Speak([Console]::In.ReadToEnd())"
)
SPEAKERS: dict[str, list[tuple[str, ...]]] = {
    "win32": [("powershell", "-NoProfile", "-NonInteractive", "-Command", _POWERSHELL)],
    "darwin": [("say", "-f", "-")],
    "linux": [("spd-say", "--wait", "--pipe-mode"), ("espeak-ng", "--stdin"), ("espeak", "--stdin")],
}
"""Programs that say what they read, in the order of preference."""


class Speaker:
    """Says short texts, one at a time."""

    async def say(self, text: str) -> None:
        """Say `text` to its end; raises Unavailable without a program for it, Failed when none of them could."""
        there = [argv for argv in SPEAKERS.get(sys.platform, []) if shutil.which(argv[0])]
        if not there:
            raise Unavailable(
                "no_voice",
                "No program is there to speak.",
                "Install speech-dispatcher or espeak-ng.",
            )
        complaint = ""
        for argv in there:
            complaint = await _said(argv, text[:LONGEST_LETTERS])
            if not complaint:
                return
        raise Failed("not_spoken", f"The answer could not be spoken: {complaint}.", "Look at the sound settings.")


async def _said(argv: tuple[str, ...], text: str) -> str:
    """What went wrong; empty when it was said."""
    process = await start_process(argv)
    try:
        async with asyncio.timeout(SPEAK_SECONDS):
            _, complaint = await process.communicate(f"{text}\n".encode())
    except TimeoutError:
        return f"{argv[0]} did not finish within {SPEAK_SECONDS:g} s"
    finally:
        await end_process(process)
    lines = complaint.decode(errors="replace").strip().splitlines()
    return (lines[-1] if lines else f"{argv[0]} ended with {process.returncode}") if process.returncode else ""
