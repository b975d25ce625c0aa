"""The tray of Windows and macOS, run with pystray's back end for X11: all of ours but those systems' own bindings."""

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from companion.adapters.desktop.tray import Look
from tests.real.desktop import DesktopSession, until

pytestmark = pytest.mark.real

ROOT = Path(__file__).parents[2]
ANSWER_SECONDS = 20.0
TIMES_ENDED = 6
"""Two threads must meet within a few milliseconds for the tray to stand still: about every second time they did."""


class Program:
    """The running program, and what it told."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def order(self, text: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{text}\n".encode())
        await self._process.stdin.drain()

    async def told(self) -> dict[str, Any]:
        """The next thing that it tells."""
        assert self._process.stdout is not None
        line = await asyncio.wait_for(self._process.stdout.readline(), ANSWER_SECONDS)
        answer: dict[str, Any] = json.loads(line)
        return answer

    async def ended(self) -> tuple[int, str]:
        """Its exit code and its messages."""
        assert self._process.stderr is not None
        messages = await asyncio.wait_for(self._process.stderr.read(), ANSWER_SECONDS)
        return await self._process.wait(), messages.decode()


@contextlib.asynccontextmanager
async def program(desktop: DesktopSession, **environment: str) -> AsyncIterator[Program]:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.real.pystray_program"),
        env={**desktop.environment, "PYTHONPATH": str(ROOT), "PYSTRAY_BACKEND": "xorg", **environment},
        stdin=pipe,
        stdout=pipe,
        stderr=pipe,
    )
    try:
        yield Program(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_the_icon_is_shown_changes_acts_and_ends() -> None:
    async with DesktopSession() as desktop:
        await desktop.start_panel()
        async with program(desktop) as running:
            assert await running.told() == {"report": "shown", "detail": "", "in_main": False}
            await running.order("show ready")
            await desktop.find_icon(Look.READY)
            await running.order("menu")
            shown = await running.told()
            assert shown["menu"] == [
                {"text": "Save last 15 s", "enabled": True},
                {"text": "- - - -", "enabled": True},
                {"text": "Replay: ready", "enabled": False},
                {"text": "Quit", "enabled": True},
            ]
            assert shown["title"].startswith("FluxBoard Companion: ready")
            assert len(shown["title"]) <= 127, "Windows refuses longer ones"

            await running.order("show failed")
            await desktop.find_icon(Look.FAILED)
            for label in ("Save last 15 s", "Quit"):
                await running.order(f"click {label}")
                assert await running.told() == {"clicked": label, "in_loop": True}

            await running.order("end")
            assert await running.told() == {"ended": "served", "threads": ["MainThread"]}
            assert await running.ended() == (0, "")

        async def gone() -> bool:
            return await desktop.icon_place() is None

        await until(gone, "the icon's end")


async def test_it_ends_while_the_icon_is_being_changed() -> None:
    async with DesktopSession() as desktop:
        await desktop.start_panel()
        for _ in range(TIMES_ENDED):
            async with program(desktop) as running:
                assert (await running.told())["report"] == "shown"
                await running.order("show ready")
                await desktop.find_icon(Look.READY)
                await running.order("show failed")
                await running.order("end")
                assert await running.told() == {"ended": "served", "threads": ["MainThread"]}
                assert await running.ended() == (0, "")


async def test_without_a_display_it_says_so_and_the_daemon_runs_on() -> None:
    async with DesktopSession(display=False) as desktop, program(desktop) as running:
        told = await running.told()
        assert (told["report"], told["in_main"]) == ("no_tray", False)
        assert "tray" in told["detail"]
        await running.order("show ready")
        await running.order("end")
        assert await running.told() == {"ended": "served", "threads": ["MainThread"]}
        code, messages = await running.ended()
        assert (code, "Traceback" in messages) == (0, False)
