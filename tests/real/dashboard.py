"""The ways into the app: the dashboard as the tray opens it, and a phone by the code that the dashboard shows."""

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from companion.adapters.obs.private import PrivateObs
from tests.real.companion import Companion
from tests.web.browser import Window, window


@pytest.fixture(name="companion")
async def companion_without_obs(tmp_path: Path) -> AsyncIterator[Companion]:
    """A daemon without OBS, whose door for phones takes any free port."""
    running = Companion(tmp_path / "home", None, {"LAN_PORT": "0"})
    await running.start()
    try:
        yield running
    finally:
        await running.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def companion(obs: PrivateObs, tmp_path_factory: pytest.TempPathFactory, built: Path) -> AsyncIterator[Companion]:
    """A daemon on `obs`, whose replay buffer reaches some seconds back; for all tests of a file."""
    running = Companion(tmp_path_factory.mktemp("home"), obs, {"LAN_PORT": "0"})
    await running.start()
    try:
        await running.until_reach(8)
        yield running
    finally:
        await running.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def dashboard(companion: Companion) -> AsyncIterator[Window]:
    """The dashboard, opened as the tray opens it, at the page Live; for all tests of a file."""
    with window("") as page:
        await come_in(page, companion)
        page.prefer()
        page.go("live")
        page.find("h1", "Live")
        yield page


async def come_in(page: Window, companion: Companion) -> None:
    """Open the dashboard with a ticket, as the tray does."""
    url = (await companion.post("/api/dashboard/ticket"))["url"]
    page.base = url.split("/#")[0]
    page.open(url)
    page.find("nav.nav")


def show_code(desk: Window) -> str:
    """The address in the QR code that the dashboard shows."""
    desk.go("devices")
    desk.click("button", "Show the code")
    return desk.scan()


def pair(desk: Window, phone: Window, address: str, name: str, scope: str = "Control") -> tuple[float, int]:
    """Pair `phone` by the scanned `address`; answers the seconds to a working deck, and how often a hand was needed."""
    before = desk.acts + phone.acts
    began = time.monotonic()
    phone.open(address)
    phone.base = address.split("/#")[0]
    phone.type("input:not(.code)", name)
    phone.click("button.primary", "Pair")
    number = phone.find(".number").text
    assert desk.find(".asking-number").text == number
    if scope != "Control":
        desk.click(".asking [role=radio]", scope)
    desk.click(".asking button", "Allow")
    phone.find(".key:not(:disabled)" if scope != "View" else ".key:disabled")
    return time.monotonic() - began, desk.acts + phone.acts - before
