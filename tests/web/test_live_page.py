"""The dashboard in a real Chromium on a whole daemon, which a modelled OBS leads into what a real one rarely does."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.fakes.obs_model import ObsModel
from tests.fakes.obs_server import ObsServer
from tests.real.companion import Companion
from tests.web.browser import Window, window

pytestmark = [pytest.mark.real, pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]

# The daemon takes the question who looks, and does not answer until the test lets it.
SWALLOW = """
const ask = window.fetch;
window.answered = new Promise(answer => { window.answer = answer; });
window.fetch = (path, init) => path === '/auth/me' ? window.answered.then(() => ask(path, init)) : ask(path, init);
"""
FEEL = "window.felt = []; navigator.vibrate = pattern => Boolean(window.felt.push(pattern));"
FELT = "return window.felt"
STREAM = ".output[aria-label=Stream]"


class Desk:
    """The dashboard's window, used from a thread: the modelled OBS answers on the loop meanwhile."""

    def __init__(self, page: Window, server: ObsServer, companion: Companion) -> None:
        self.page = page
        self.server = server
        self.model = server.model
        self.companion = companion

    async def do(self, name: str, *arguments: Any, **more: Any) -> Any:
        """What the method `name` of the window does."""
        return await asyncio.to_thread(getattr(self.page, name), *arguments, **more)

    async def run(self, script: str, *arguments: Any) -> Any:
        return await asyncio.to_thread(self.page.driver.execute_script, script, *arguments)

    async def command(self, name: str, **arguments: Any) -> Any:
        return await asyncio.to_thread(self.page.driver.execute_cdp_cmd, name, arguments)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def desk(tmp_path_factory: pytest.TempPathFactory, built: Path) -> AsyncIterator[Desk]:
    home = tmp_path_factory.mktemp("home")
    (home / "recordings").mkdir()
    async with ObsServer(ObsModel(home / "recordings")) as server:
        where = {"OBS_WS_URL": server.url, "OBS_WS_PASSWORD": "unused", "CLIP_LENGTHS": "[5, 8]"}
        companion = Companion(home, None, where)
        await companion.start()
        try:
            await companion.until(lambda replay: replay["state"] == "recording", "/api/replay")
            url = (await companion.post("/api/dashboard/ticket"))["url"]
            opened = window(url.split("/#")[0])
            page = await asyncio.to_thread(opened.__enter__)
            try:
                found = Desk(page, server, companion)
                await found.do("open", url)
                await found.do("find", "nav.nav")
                await found.do("prefer")
                yield found
            finally:
                await asyncio.to_thread(opened.__exit__, None, None, None)
        finally:
            await companion.stop()


async def test_a_daemon_that_does_not_answer_is_told_and_asked_again(desk: Desk) -> None:
    """Never a blank page."""
    script = await desk.command("Page.addScriptToEvaluateOnNewDocument", source=SWALLOW)
    await asyncio.to_thread(desk.page.driver.refresh)
    await desk.do("find", "main.gate [role=status]", "Connecting")
    await desk.do("find", "main.gate [role=alert]", "does not answer")
    await desk.do("click", "button", "Try again")
    await desk.do("find", "main.gate [role=status]", "Connecting")
    await desk.run("window.answer()")
    await desk.do("find", "nav.nav")
    await desk.command("Page.removeScriptToEvaluateOnNewDocument", **script)


async def test_a_page_of_an_older_version_is_loaded_anew_once_and_then_by_hand(desk: Desk) -> None:
    """Its parts are gone from the daemon, which answers all else."""
    await desk.do("go", "live")
    await desk.do("find", "h1", "Live")
    await desk.run("window.old = true")
    await desk.command("Network.enable")
    await desk.command("Network.setBlockedURLs", urls=["*/assets/Audit-*"])
    await desk.do("go", "audit")
    await desk.do("find", "main", "could not be loaded")
    assert await desk.run("return window.old") is None, "it was loaded anew by itself"
    await desk.command("Network.setBlockedURLs", urls=[])
    await desk.do("click", "main button", "Reload")
    await desk.do("find", "h1", "Audit")


async def test_while_a_page_is_loaded_bars_stand_in_its_place(desk: Desk) -> None:
    slow = {"offline": False, "latency": 2000, "downloadThroughput": -1, "uploadThroughput": -1}
    await desk.do("go", "live")
    await asyncio.to_thread(desk.page.driver.refresh)
    await desk.do("find", "h1", "Live")
    await desk.command("Network.clearBrowserCache")
    await desk.command("Network.emulateNetworkConditions", **slow)
    await desk.do("go", "sessions")
    await desk.do("find", "main > .waiting")
    await desk.command("Network.emulateNetworkConditions", **{**slow, "latency": 0})
    await desk.do("find", "h1", "Sessions")


async def test_a_tap_is_felt_where_that_is_wanted(desk: Desk) -> None:
    for wanted in (True, False):
        await desk.do("prefer", haptics=wanted)
        await desk.run(FEEL)
        await desk.do("go", "live")
        await desk.do("click", "button", "Mark")
        await desk.do("find", ".toast", "is marked")
        await desk.do("go", "deck")
        await desk.do("click", ".key", "Mark")
        await desk.do("gone", ".key[aria-busy=true]")
        assert len(await desk.run(FELT)) == (2 if wanted else 0)


async def test_a_stuck_buffer_is_started_anew(desk: Desk) -> None:
    await desk.do("go", "live")
    desk.model.replay.stalled = True
    await desk.do("find", ".truth", "stuck")
    await desk.do("click", ".truth button", "Restart")
    await desk.do("click", "dialog button", "Restart")
    await desk.do("find", ".truth", "Ready")
    assert desk.model.replay.active
    assert not desk.model.replay.stalled


async def test_the_stream_is_begun_and_ended_and_tells_how_it_goes(desk: Desk) -> None:
    await desk.do("go", "live")
    await desk.do("click", f"{STREAM} button", "Start")
    await desk.do("click", "dialog button.primary")
    await desk.do("find", f"{STREAM}.on .timer", "0:0")
    await desk.do("find", f"{STREAM} .health", "lost")
    assert desk.model.stream.active
    desk.model.reconnect_stream(reconnecting=True)
    await desk.do("find", STREAM, "econnecting")
    desk.model.reconnect_stream(reconnecting=False)
    await desk.do("gone", STREAM, "econnecting")
    await desk.do("click", f"{STREAM} button", "Stop")
    await desk.do("click", "dialog button.danger")
    await desk.do("find", f"{STREAM} .timer", "Off")
    assert not desk.model.stream.active


async def test_without_a_buffer_the_button_makes_clips_of_the_recording(desk: Desk) -> None:
    await desk.do("go", "live")
    await desk.companion.post("/api/replay/stop", confirmed=True)
    await desk.do("find", ".big:disabled")
    desk.model.start_recording()
    await desk.do("find", ".truth", "Clips come from OBS's recording")
    await desk.do("click", ".big:not(:disabled)")
    await desk.companion.until(lambda clips: clips["total"] == 1, "/api/clips")
    desk.model.StopRecord({})
    await desk.do("find", ".big:disabled")
    await desk.companion.post("/api/replay/start")
    await desk.do("find", ".truth", "Ready")
