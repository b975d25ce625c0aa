"""The tray in a real panel: xfce4-panel draws it, xdotool clicks it, and the screen is looked at."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from companion.adapters.desktop.tray import Look
from companion.domain.events import (
    ObsConnectionChanged,
    ObsState,
    ReplayState,
    ReplayStateChanged,
)
from tests.frontends.test_tray import Rig
from tests.real.companion import Companion
from tests.real.desktop import DesktopSession, until
from tests.web.browser import window
from tests.web.conftest import built as built

pytestmark = pytest.mark.real

CONNECTED = ObsConnectionChanged(ObsState.CONNECTED, obs_version="30.2.1")
RECORDING = ReplayStateChanged(ReplayState.RECORDING, reach_seconds=87.4, length_seconds=120)


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    async with DesktopSession() as desktop, asyncio.TaskGroup() as group:
        made = Rig(desktop, tmp_path)
        task = group.create_task(made.service.run(lambda: None))
        try:
            yield made
        finally:
            task.cancel()


async def test_the_panel_shows_each_look_and_its_menu_saves_a_clip(rig: Rig) -> None:
    await rig.desktop.start_panel()
    await rig.state("shown")
    await rig.desktop.find_icon(Look.OFF)
    rig.tell(CONNECTED, RECORDING)
    await rig.desktop.find_icon(Look.READY)
    await rig.desktop.click_menu("Save last 15 s")
    await until_saved(rig, 15.0)
    await rig.desktop.click_menu("Save last 1 min")
    await until_saved(rig, 15.0, 60.0)
    rig.clip(state="saving")
    await rig.desktop.find_icon(Look.SAVING)
    rig.clip(state="ready")
    rig.tell(ReplayStateChanged(ReplayState.STALLED))
    await rig.desktop.find_icon(Look.FAILED)
    rig.tell(ReplayStateChanged(ReplayState.RECORDING, reach_seconds=5, warning="It is too short."))
    await rig.desktop.find_icon(Look.ATTENTION)


async def test_a_panel_that_is_killed_and_started_again_shows_the_icon_again(rig: Rig) -> None:
    rig.tell(CONNECTED, RECORDING)
    await rig.desktop.start_panel()
    await rig.desktop.find_icon(Look.READY)
    rig.desktop.stop_panel()
    await rig.state("no_tray")
    await rig.desktop.start_panel()
    await rig.desktop.find_icon(Look.READY)
    await rig.desktop.click_menu("Save last 30 s")
    await until_saved(rig, 30.0)


OPENER = """#!/bin/sh
echo "$1" >> "{opened}"
"""


async def test_the_dashboard_and_the_code_for_a_phone_are_one_click_away(tmp_path: Path, built: Path) -> None:
    programs, opened = tmp_path / "bin", tmp_path / "opened"
    programs.mkdir()
    opened.touch()
    opener = programs / "xdg-open"  # in place of the desktop's own one, which would start its browser
    opener.write_text(OPENER.format(opened=opened))
    opener.chmod(0o755)

    async def link(count: int) -> str:
        async def there() -> str | None:
            links = opened.read_text().split()
            return links[-1] if len(links) == count else None

        try:
            return await until(there, f"{count} links in {opened.read_text()!r}")
        except TimeoutError as error:
            raise AssertionError(f"{error}; the menu: {await desktop.menu()}\n{companion.log}") from error

    async with DesktopSession() as desktop, aiohttp.ClientSession() as browser:
        path = f"{programs}:{desktop.environment['PATH']}"
        environment = {**desktop.environment, "PATH": path, "LAN_PORT": "0"}
        await desktop.start_panel()
        companion = Companion(tmp_path / "home", None, environment, migrated=False)
        await companion.start(headless=False)
        try:
            await desktop.find_icon()
            await link(1)  # by itself, as this is its first start
            await desktop.click_menu("Dashboard")
            me = await come_in(browser, await link(2))
            assert (me["door"], me["scope"]) == ("dashboard", "admin")
            await desktop.click_menu("Pair a phone")
            address = await link(3)
            scanned = await asyncio.to_thread(scan, address)
            offer = (await companion.get("/api/pairing"))["offer"]
            code = await companion.get("/api/pairing/code")
            assert (code["id"], code["qr_svg"][:4]) == (offer["id"], "<svg")
            assert code["url"] == scanned, "it is the tray's offer that the page shows, not one of its own"
            secret = code["url"].partition("#pair=")[2]
            async with browser.post(
                f"{code['url'].partition('/#')[0]}/auth/pair",
                json={"name": "Pixel", "secret": secret},
                headers={"Origin": code["url"].partition("/#")[0], "X-Companion": "1"},
                ssl=False,
            ) as answer:
                assert answer.status == 201, await answer.text()
            assert [phone["name"] for phone in (await companion.get("/api/pairing"))["requests"]] == ["Pixel"]
            log = companion.log
            assert address.partition("ticket=")[2].partition("&")[0] not in log
            assert secret not in log
        finally:
            await companion.stop()


def scan(address: str) -> str:
    """What a phone's camera reads from the page behind `address`."""
    with window(address.partition("/#")[0]) as page:
        page.open(address)
        return page.scan()


async def come_in(browser: aiohttp.ClientSession, link: str) -> Any:
    """Who the daemon takes the page behind `link` for, as the page comes in."""
    url, _, ticket = link.partition("/#ticket=")
    async with browser.post(f"{url}/auth/ticket", json={"ticket": ticket}) as answer:
        token = (await answer.json())["token"]
    async with browser.get(f"{url}/auth/me", headers={"Authorization": f"Bearer {token}"}) as answer:
        return await answer.json()


async def until_saved(rig: Rig, *lengths: float) -> None:
    async def saved() -> bool:
        return rig.clipper.saved() == list(lengths)

    await until(saved, f"the clips {lengths} instead of {rig.clipper.saved()}")
