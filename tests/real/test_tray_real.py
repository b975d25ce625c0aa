"""The tray in a real panel: xfce4-panel draws it, xdotool clicks it, and the screen is looked at."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from companion.adapters.desktop.tray import Look
from companion.domain.events import (
    ObsConnectionChanged,
    ObsState,
    ReplayState,
    ReplayStateChanged,
)
from tests.frontends.test_tray import Rig
from tests.real.desktop import DesktopSession, until

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


async def until_saved(rig: Rig, *lengths: float) -> None:
    async def saved() -> bool:
        return rig.clipper.saved() == list(lengths)

    await until(saved, f"the clips {lengths} instead of {rig.clipper.saved()}")
