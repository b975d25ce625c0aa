"""The daemon as a streamer has it: in the tray of a real panel, with hotkeys, messages and sounds, on a real OBS."""

import json
from collections.abc import AsyncIterator
from typing import Any

import obsws_python
import psutil
import pytest
import pytest_asyncio

from companion.adapters.obs.private import PrivateObs
from tests.fakes.notification_server import NotificationServer
from tests.real.companion import Companion
from tests.real.desktop import DesktopSession, until
from tests.real.test_alerts_real import start_sound
from tests.real.windows import assert_exact, assert_on_air, on_air

pytestmark = [pytest.mark.real, pytest.mark.xdist_group("doors"), pytest.mark.asyncio(loop_scope="session")]

HOTKEYS = [{"keys": "<ctrl>+<shift>+<f9>", "action": "clip.save", "arguments": {"seconds": 4}}]


class Desk:
    """A streamer's desktop: a panel, a place for messages, a sound card, and the companion."""

    def __init__(self, desktop: DesktopSession, messages: NotificationServer, companion: Companion) -> None:
        self.desktop = desktop
        self.messages = messages
        self.companion = companion
        self._sounds = desktop.home / "pactl.log"

    @property
    def told(self) -> list[str]:
        """The titles of all messages so far."""
        return [message.title for message in self.messages.shown]

    @property
    def sounds(self) -> int:
        """How many programs began to play on the sound card so far."""
        return self._sounds.read_text().count("Event 'new' on sink-input")

    async def until_shows(self, name: str, *states: str) -> None:
        await self.companion.until(
            lambda status: any(part["name"] == name and part["state"] in states for part in status["components"]),
            "/api/status",
        )

    async def until_told(self, *titles: str) -> None:
        async def told() -> bool:
            return self.told == list(titles)

        await until(told, f"the messages {titles} instead of {self.told}")

    async def until_sounds(self, count: int) -> None:
        async def played() -> bool:
            return self.sounds >= count

        await until(played, f"{count} sounds instead of {self.sounds}")

    async def new_clip(self, known: int) -> Any:
        """The clip that comes after `known` others, finished."""
        page = await self.companion.until(lambda clips: clips["total"] > known, "/api/clips")
        assert page["total"] == known + 1
        return await self.companion.until_finished(page["items"][0]["id"])


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def running(tmp_path_factory: pytest.TempPathFactory, obs: PrivateObs) -> AsyncIterator[Desk]:
    async with DesktopSession() as desktop, desktop.bus() as bus:
        desktop.environment["PULSE_SERVER"] = f"unix:{desktop.home}/runtime/pulse/native"
        await start_sound(desktop)
        desktop.start("pactl", "subscribe")
        messages = NotificationServer()
        await messages.offer(bus)
        await desktop.start_panel()
        environment = {**desktop.environment, "HOTKEYS": json.dumps(HOTKEYS), "CLIP_LENGTHS": "[15]"}
        companion = Companion(tmp_path_factory.mktemp("companion") / "home", obs, environment)
        try:
            yield Desk(desktop, messages, companion)
        finally:
            if companion.process:
                await companion.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def desk(running: Desk) -> Desk:
    """The desk with a running companion, and nothing told so far."""
    if running.companion.process is None or running.companion.process.poll() is not None:
        await running.companion.start(headless=False)
    running.messages.shown.clear()
    return running


async def test_a_hotkey_gives_the_moment_at_which_it_was_pressed(
    desk: Desk, obs_client: obsws_python.ReqClient
) -> None:
    await desk.until_shows("hotkeys", "listening")
    await desk.companion.until_reach(5)
    known = (await desk.companion.get("/api/clips"))["total"]
    before = on_air(obs_client)
    await desk.desktop.xdotool("key", "ctrl+shift+F9")
    after = on_air(obs_client)
    clip = await desk.new_clip(known)
    assert clip["door"] == "hotkey"
    assert_on_air(assert_exact(clip, 4), before, after)


async def test_the_tray_menu_gives_the_moment_of_the_click(desk: Desk, obs_client: obsws_python.ReqClient) -> None:
    await desk.until_shows("tray", "shown")
    await desk.companion.until_reach(16)
    known = (await desk.companion.get("/api/clips"))["total"]
    await desk.desktop.point_at_menu("Save last 15 s")
    before = on_air(obs_client)
    await desk.desktop.xdotool("click", "1")
    after = on_air(obs_client)
    clip = await desk.new_clip(known)
    assert clip["door"] == "tray"
    assert_on_air(assert_exact(clip, 15), before, after)


async def test_saved_is_told_and_heard_and_each_can_be_switched_off_while_it_runs(desk: Desk) -> None:
    await desk.companion.until_reach(3)
    heard = desk.sounds
    await desk.companion.save(2, title="First")
    await desk.until_told("Clip saved")
    assert desk.messages.shown[0].body == "First, 2 s"
    await desk.until_sounds(heard + 1)

    await switch(desk, "sounds", "false")
    await desk.companion.save(2)
    await desk.until_told("Clip saved", "Clip saved")
    await switch(desk, "sounds", "true")
    await switch(desk, "notifications", "false")
    await desk.companion.save(2)
    await desk.until_sounds(heard + 2)
    await switch(desk, "notifications", "true")
    await desk.companion.save(2)
    await desk.until_sounds(heard + 3)
    await desk.until_told(*["Clip saved"] * 3)
    assert desk.sounds == heard + 3, "alerts are told in turn, so the silent clip stayed silent"


async def switch(desk: Desk, name: str, value: str) -> None:
    result = await desk.companion.cli("settings", "set", name, value)
    assert result.returncode == 0, result.stdout + result.stderr


async def test_a_second_start_brings_the_first_to_attention_and_says_so(desk: Desk) -> None:
    await desk.until_shows("alerts", "ready")
    second = await desk.companion.cli("run")
    assert second.returncode == 5
    assert "already running" in second.stderr
    assert "already_running" in second.stderr
    await desk.until_told("FluxBoard Companion is running already")
    assert (await desk.companion.get("/health"))["status"] == "ok"


async def test_quit_in_the_tray_menu_ends_the_companion_and_all_that_it_started(desk: Desk) -> None:
    process = desk.companion.process
    assert process is not None
    await desk.until_shows("tray", "shown")
    await desk.companion.until_reach(3)
    await desk.companion.save(2)
    children = psutil.Process(process.pid).children(recursive=True)
    assert children, "the media child is kept warm"
    await desk.desktop.click_menu("Quit")

    async def ended() -> bool:
        return process.poll() is not None

    try:
        await until(ended, "the companion's end")
    except TimeoutError:
        pytest.fail(f"{await desk.desktop.menu()}\n{desk.companion.log[-5000:]}")
    assert process.returncode == 0, desk.companion.log
    assert not any(child.is_running() for child in children)
    assert "Traceback" not in desk.companion.log
    again = await desk.companion.cli("status")
    assert again.returncode == 6
    assert "not_running" in again.stderr
