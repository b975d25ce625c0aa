"""What Linux's sound server (PulseAudio, or PipeWire in its place) tells through its own tool, pactl."""

import asyncio
import os
import re
import shutil
import sys
from collections.abc import Iterator

from companion.domain.listening import Microphone
from companion.kernel.errors import Unavailable
from companion.kernel.offload import end_process, start_process

ANSWER_SECONDS = 5.0
_FORMAT = re.compile(r"\w+ (\d+)ch (\d+)Hz")


def has_tool() -> bool:
    return sys.platform == "linux" and shutil.which("pactl") is not None


async def sources() -> list[Microphone]:
    """The server's inputs; raises Unavailable `no_sound_server` or `sound_server_forbidden`."""
    listed, info = await _ask("list", "sources"), await _ask("info")
    default = _value(info, "Default Source")
    found = [_source(block, default) for block in _blocks(listed, "Source #")]
    return sorted(found, key=lambda source: (source.monitor, not source.default, source.label.casefold()))


async def heard_by(pid: int) -> str | None:
    """The name of the source that process `pid` records from; None while it records from none."""
    listed = await _ask("list", "source-outputs")
    mine = f'application.process.id = "{pid}"'
    number = next((_value(block, "Source") for block in _blocks(listed, "Source Output #") if mine in block), None)
    if number is None:
        return None
    named = _blocks(await _ask("list", "sources"), "Source #")
    return next((_value(block, "Name") for block in named if block.split("\n", 1)[0] == number), None)


async def start_watching() -> asyncio.subprocess.Process:
    """A process that writes a line for each change of the server, and ends with it."""
    argv = ["pactl", "subscribe"]
    return await start_process(argv, env=_environment(), stderr=asyncio.subprocess.DEVNULL, yielding=False)


async def _ask(*words: str) -> str:
    process = await start_process(["pactl", *words], env=_environment(), yielding=False)
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            answer, complaint = await process.communicate()
    except TimeoutError:
        raise Unavailable(
            "no_sound_server", "The sound server does not answer.", "Restart it, or the computer."
        ) from None
    finally:
        await end_process(process)
    if process.returncode == 0:
        return answer.decode(errors="replace")
    if b"denied" in complaint:
        raise Unavailable(
            "sound_server_forbidden",
            "The sound server does not let the companion in.",
            "Run the companion as the user whose desktop it is.",
        )
    raise Unavailable(
        "no_sound_server",
        "There is no sound server.",
        "Start PipeWire or PulseAudio, for instance with `systemctl --user start pipewire-pulse`.",
    )


def _environment() -> dict[str, str]:
    # Its words are translated otherwise, and names would lose their umlauts in plain C.
    return {**os.environ, "LC_ALL": "C.UTF-8", "LANGUAGE": ""}


def _source(block: str, default: str) -> Microphone:
    name = _value(block, "Name")
    found = _FORMAT.search(_value(block, "Sample Specification"))
    return Microphone(
        name=name,
        label=_value(block, "Description") or name,
        rate=int(found[2]) if found else 48_000,
        channels=int(found[1]) if found else 1,
        default=name == default,
        monitor=_value(block, "Monitor of Sink") not in ("", "n/a"),
        of_server=True,
    )


def _blocks(listed: str, head: str) -> Iterator[str]:
    """Each thing of a list, without its head."""
    return (block for block in re.split(rf"^{re.escape(head)}", listed, flags=re.MULTILINE)[1:])


def _value(block: str, name: str) -> str:
    found = re.search(rf"^\s*{re.escape(name)}: (.*)$", block, re.MULTILINE)
    return found[1].strip() if found else ""
