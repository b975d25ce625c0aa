"""The tray over a private D-Bus session: what a panel is told, and what its clicks do."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from dbus_fast import Variant

from companion.adapters.desktop.icons import TRAY_SIZES, pixmaps
from companion.adapters.desktop.tray import Look
from companion.adapters.desktop.tray_sni import StatusNotifierTray
from companion.domain.events import (
    ClipAccepted,
    ClipSaved,
    ConfirmationAsked,
    ObsConnectionChanged,
    ObsState,
    ReplayState,
    ReplayStateChanged,
    SettingsChanged,
)
from companion.domain.settings import Settings
from companion.frontends.tray import Seen, Tray, obs_line, replay_line, spoken
from companion.kernel.actions import Registry
from companion.kernel.bus import Bus
from companion.kernel.errors import NotFound
from companion.kernel.status import Component, Health, StatusBoard
from tests.fakes.tray_host import TrayHost
from tests.frontends.clipper import Clipper
from tests.real.desktop import DesktopSession, end, until

CONNECTED = ObsConnectionChanged(ObsState.CONNECTED, obs_version="30.2.1")
RECORDING = ReplayStateChanged(ReplayState.RECORDING, reach_seconds=87.4, length_seconds=120)


class Rig:
    """The tray service over the real D-Bus adapter, and a host that looks at it."""

    def __init__(self, desktop: DesktopSession, folder: Path, *, first_start: bool = False) -> None:
        self.desktop = desktop
        self.clipper = Clipper()
        self.bus = Bus()
        self.board = StatusBoard(self.bus)
        self.settings = Settings()
        self.opened: list[Path] = []
        self.dashboards: list[str] = []
        self.folder = folder
        self.service = Tray(
            Registry(self.bus, [self.clipper]),
            self.bus,
            self.board,
            lambda: self.settings,
            StatusNotifierTray(desktop.environment),
            lambda: folder,
            self._open,
            self._open_dashboard,
            first_start=first_start,
        )

    async def _open(self, path: Path) -> None:
        if not path.exists():
            raise NotFound("file_not_found", f"{path.name} is not there any more.")
        self.opened.append(path)

    async def _open_dashboard(self, page: str) -> None:
        self.dashboards.append(page)

    def tell(self, *events: Any) -> None:
        for event in events:
            self.bus.publish(event)

    def clip(self, **values: Any) -> None:
        """A clip is new or changed."""
        clip = {"id": 1, "title": None, "state": "ready", "path": None, "seconds": 15.0} | values
        self.clipper.clips = [clip, *(other for other in self.clipper.clips if other["id"] != clip["id"])]
        self.tell((ClipSaved if clip["state"] == "ready" else ClipAccepted)(clip))

    async def state(self, state: str) -> Component:
        async def reached() -> Component | None:
            found = self.board.get("tray")
            return found if found and found.state == state else None

        return await until(reached, f"the state {state} instead of {self.board.get('tray')}")


@asynccontextmanager
async def running(tmp_path: Path, *, first_start: bool = False) -> AsyncIterator[Rig]:
    async with DesktopSession(display=False) as desktop, asyncio.TaskGroup() as group:
        rig = Rig(desktop, tmp_path, first_start=first_start)
        task = group.create_task(rig.service.run(lambda: None))
        try:
            yield rig
        finally:
            task.cancel()


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    async with running(tmp_path) as made:
        yield made


@pytest.fixture
async def host(rig: Rig) -> AsyncIterator[TrayHost]:
    async with rig.desktop.bus() as bus:
        made = TrayHost(bus)
        await made.open()
        await rig.state("shown")
        yield made


async def until_line(host: TrayHost, label: str) -> int:
    """The id of the menu's line `label`, once it is there."""

    async def there() -> int | None:
        return (await host.lines()).get(label)

    return await until(there, f"the line {label!r} in {await host.lines()}")


async def until_look(host: TrayHost, look: Look) -> None:
    async def shown() -> bool:
        return pixmaps(look) == [tuple(pixmap) for pixmap in (await host.properties())["IconPixmap"]]

    await until(shown, f"the look {look}")


async def until_called(rig: Rig, name: str, **arguments: Any) -> None:
    async def called() -> bool:
        return any(call[:2] == (name, arguments) for call in rig.clipper.calls)

    await until(called, f"{name} {arguments} in {rig.clipper.calls}")


async def test_the_item_has_all_that_a_panel_asks_for(rig: Rig, host: TrayHost) -> None:
    properties = await host.properties()
    assert properties["Id"] == "fluxboard-companion"
    assert properties["Category"] == "ApplicationStatus"
    assert properties["Status"] == "Active"
    assert properties["ItemIsMenu"] is True
    assert [tuple(pixmap[:2]) for pixmap in properties["IconPixmap"]] == [(size, size) for size in TRAY_SIZES]
    assert host.items[0].startswith("org.kde.StatusNotifierItem-")
    assert (await rig.state("shown")).health is Health.OK


async def test_a_click_runs_the_action_at_the_door_tray(rig: Rig, host: TrayHost) -> None:
    await host.click(await until_line(host, "Save last 1 min"))
    await until_called(rig, "clip.save", seconds=60.0)
    [(_, _, caller)] = rig.clipper.calls
    assert caller.door == "tray"


async def test_hovering_and_unknown_ids_do_nothing(rig: Rig, host: TrayHost) -> None:
    number = await until_line(host, "Save last 15 s")
    await host.menu("Event", "isvu", number, "hovered", Variant("s", ""), 0)
    with pytest.raises(LookupError, match="InvalidArgs"):
        await host.click(9999)
    assert (await host.menu("EventGroup", "a(isvu)", [[9999, "clicked", Variant("s", ""), 0]])) == [[9999]]
    assert (await host.menu("AboutToShow", "i", 0)) == [False]
    assert (await host.menu("GetGroupProperties", "aias", [number], ["enabled"]))[0][0][1]["enabled"].value is True
    assert rig.clipper.calls == []


async def test_looks_and_words_follow_what_happens(rig: Rig, host: TrayHost) -> None:
    await until_look(host, Look.OFF)
    rig.tell(CONNECTED, RECORDING)
    await until_look(host, Look.READY)
    await until_line(host, "OBS: connected (30.2.1)")
    await until_line(host, "Replay: recording, clips reach 1 min 25 s back")
    assert "clips reach 1 min 25 s back" in (await host.properties())["ToolTip"][3]
    rig.clip(state="saving")
    await until_look(host, Look.SAVING)
    rig.clip(state="ready")
    await until_look(host, Look.READY)
    rig.tell(ReplayStateChanged(ReplayState.STALLED, remedy="Stop and start it."))
    await until_look(host, Look.FAILED)
    assert (await host.properties())["Status"] == "NeedsAttention"
    await until_line(host, "Stop and start it.")
    rig.tell(RECORDING)
    rig.board.set("hotkeys", "partly", Health.ATTENTION, "<f1> is taken.", "Choose another.")
    await until_look(host, Look.ATTENTION)
    await until_line(host, "Hotkeys: <f1> is taken. Choose another.")
    assert "Hotkeys: &lt;f1&gt; is taken." in (await host.properties())["ToolTip"][3]  # it is read as markup


@pytest.mark.parametrize(
    ("state", "labels"),
    [
        (ReplayState.UNAVAILABLE, {"Switch the replay buffer on in OBS": "replay.enable"}),
        (ReplayState.STOPPED, {"Start the replay buffer": "replay.start"}),
        (ReplayState.RECORDING, {"Stop the replay buffer": "replay.stop"}),
        (
            ReplayState.STALLED,
            {"Stop the replay buffer": "replay.stop", "Start the replay buffer": "replay.start"},
        ),
    ],
)
async def test_the_menu_offers_the_remedy_of_each_replay_state(
    rig: Rig, host: TrayHost, state: ReplayState, labels: dict[str, str]
) -> None:
    asked = rig.bus.subscribe(ConfirmationAsked)
    rig.tell(CONNECTED, ReplayStateChanged(state))
    for label, action in labels.items():
        if action != "replay.start":
            await host.click(await until_line(host, label))
            assert (await asked.get()).event == ConfirmationAsked(f"{label} in the tray's menu", action, 10.0)
            assert not [name for name, _, _ in rig.clipper.calls if name == action]
        await host.click(await until_line(host, label))
        await until_called(rig, action)

    async def no_notice() -> bool:
        return [label for label in await host.lines() if "replay buffer" in label] == list(labels)

    await until(no_notice, f"{list(labels)} alone")


async def test_without_obs_no_replay_action_is_offered(rig: Rig, host: TrayHost) -> None:
    rig.tell(
        ObsConnectionChanged(ObsState.NOT_RUNNING, remedy="Start OBS."), ReplayStateChanged(ReplayState.UNAVAILABLE)
    )
    await until_line(host, "Start OBS.")
    await until_line(host, "Replay: waits for OBS")
    assert not [label for label in await host.lines() if "replay buffer" in label]


async def test_recent_clips_and_their_folder_open(rig: Rig, host: TrayHost) -> None:
    file = rig.folder / "clip_one.mp4"
    file.touch()
    for number in range(1, 8):
        rig.clip(id=number, title=f"clip_{number}", path=str(file))
    await host.click(await until_line(host, "clip_7"))
    lines = list(await host.lines())
    assert [line for line in lines if line.startswith("clip_")] == [f"clip_{n}" for n in (7, 6, 5, 4, 3)]
    await host.click(await until_line(host, "Open clips folder"))

    async def opened() -> bool:
        return rig.opened == [file, rig.folder]

    await until(opened, "the file and the folder")


async def test_a_click_on_a_line_that_is_gone_hits_no_other(rig: Rig, host: TrayHost) -> None:
    file = rig.folder / "a.mp4"
    file.touch()
    rig.clip(id=1, title="first", path=str(file))
    number = await until_line(host, "first")
    rig.clipper.clips.clear()
    rig.clip(id=2, title="second", path=str(file))
    assert await until_line(host, "second") != number
    with pytest.raises(LookupError):
        await host.click(number)


async def test_a_failure_is_a_line_of_the_menu_until_something_works(rig: Rig, host: TrayHost) -> None:
    rig.clipper.buffer_on = False
    await host.click(await until_line(host, "Save last 15 s"))
    await until_line(host, "The replay buffer is stopped. Start it in the tray menu.")
    rig.clipper.buffer_on = True
    await host.click(await until_line(host, "Save last 15 s"))

    async def gone() -> bool:
        return "The replay buffer is stopped. Start it in the tray menu." not in await host.lines()

    await until(gone, "the menu without the failure")
    rig.clip(id=3, title="lost", path=str(rig.folder / "lost.mp4"))

    async def notice() -> bool:
        lines = await host.lines()
        if any("is not there any" in line for line in lines):
            return True
        # The menu may be laid out anew between the look and the click, which then rightly hits nothing.
        with suppress(LookupError):
            await host.click(lines["lost"])
        return False

    await until(notice, "the notice")


async def test_texts_update_in_place_and_new_lines_update_the_layout(rig: Rig, host: TrayHost) -> None:
    rig.tell(CONNECTED, RECORDING)
    number = await until_line(host, "Replay: recording, clips reach 1 min 25 s back")
    host.signals.clear()
    rig.tell(ReplayStateChanged(ReplayState.RECORDING, reach_seconds=91))
    assert await until_line(host, "Replay: recording, clips reach 1 min 30 s back") == number
    assert {name for name, _ in host.signals} == {"ItemsPropertiesUpdated", "NewToolTip"}
    [updated] = [body for name, body in host.signals if name == "ItemsPropertiesUpdated"]
    assert [row[0] for row in updated[0]] == [number]
    revision = (await host.menu("GetLayout", "iias", 0, 0, []))[0]
    rig.clip(id=1, title="new")
    await until_line(host, "new")
    assert ("LayoutUpdated", [revision + 1, 0]) in host.signals


async def test_a_burst_of_events_is_one_update(rig: Rig, host: TrayHost) -> None:
    rig.tell(CONNECTED, RECORDING)
    await until_look(host, Look.READY)
    host.signals.clear()
    for reach in range(200):
        rig.tell(ReplayStateChanged(ReplayState.RECORDING, reach_seconds=reach))
    await until_line(host, "Replay: recording, clips reach 3 min 15 s back")
    assert len([name for name, _ in host.signals if name == "ItemsPropertiesUpdated"]) <= 2


async def test_settings_change_the_lengths_and_take_the_icon_away_and_back(rig: Rig, host: TrayHost) -> None:
    rig.settings = Settings(clip_lengths=[7.5, 90])
    rig.tell(SettingsChanged({"clip_lengths": [7.5, 90]}))
    await until_line(host, "Save last 7.5 s")
    await host.click(await until_line(host, "Save last 1 min 30 s"))
    await until_called(rig, "clip.save", seconds=90.0)
    rig.settings = Settings(tray=False)
    rig.tell(SettingsChanged({"tray": False}))
    await rig.state("off")

    async def gone() -> bool:
        try:
            await host.properties()
        except LookupError:
            return True
        return False

    await until(gone, "the item's end")
    host.items.clear()
    rig.settings = Settings()
    rig.tell(SettingsChanged({"tray": True}))
    await rig.state("shown")
    await until_line(host, "Save last 15 s")


async def test_the_dashboard_is_opened_and_a_phone_paired_there(rig: Rig, host: TrayHost) -> None:
    async def opened(*pages: str) -> None:
        async def there() -> bool:
            return rig.dashboards == list(pages)

        await until(there, f"{pages} instead of {rig.dashboards}")

    await host.click(await until_line(host, "Dashboard"))
    await opened("")
    assert not [name for name, _, _ in rig.clipper.calls if name == "pairing.start"]
    await host.click(await until_line(host, "Pair a phone"))
    await until_called(rig, "pairing.start")
    await opened("", "devices")
    rig.clipper.has_network = False
    await host.click(await until_line(host, "Pair a phone"))
    await until_line(host, "This PC is in no network. Connect it to the phone's Wi-Fi.")
    assert rig.dashboards == ["", "devices"]


async def test_a_first_start_shows_the_dashboard_once_beside_the_new_icon(tmp_path: Path) -> None:
    async with running(tmp_path, first_start=True) as rig, rig.desktop.bus() as bus:
        await rig.state("no_tray")
        assert rig.dashboards == [], "where nothing is shown, no browser comes either"
        host = TrayHost(bus)
        await host.open()

        async def opened() -> bool:
            return rig.dashboards == [""]

        await until(opened, "the dashboard")
        for tray, state in ((False, "off"), (True, "shown")):
            rig.settings = rig.settings.model_copy(update={"tray": tray})
            rig.tell(SettingsChanged({}))
            await rig.state(state)
        await until_line(host, "Dashboard")
        assert rig.dashboards == [""]


async def test_another_entry_in_between_is_no_agreement(rig: Rig, host: TrayHost) -> None:
    asked = rig.bus.subscribe(ConfirmationAsked)
    rig.tell(CONNECTED, ReplayStateChanged(ReplayState.STALLED))
    stop = "Stop the replay buffer"
    for label in (stop, "Start the replay buffer", stop):
        await host.click(await until_line(host, label))
    for _ in range(2):
        assert (await asked.get()).event == ConfirmationAsked(f"{stop} in the tray's menu", "replay.stop", 10.0)
    assert [name for name, _, _ in rig.clipper.calls if name == "replay.stop"] == []
    await host.click(await until_line(host, stop))
    await until_called(rig, "replay.stop")


async def test_quit_is_chosen_once(rig: Rig, host: TrayHost) -> None:
    await host.click(await until_line(host, "Quit"))
    await until_called(rig, "system.quit")


async def test_a_panel_that_comes_later_or_restarts_gets_the_icon(rig: Rig) -> None:
    component = await rig.state("no_tray")
    assert component.health is Health.OFF
    assert "AppIndicator" in component.remedy
    async with rig.desktop.bus() as bus:
        host = TrayHost(bus, has_host=False)
        await host.open()
        await until_registered(host)

        async def told() -> bool:
            return (await rig.state("no_tray")).detail.startswith("No panel")

        await until(told, "that no panel shows it")
        host.gain_host()
        await rig.state("shown")
        await host.close()
        await rig.state("no_tray")
        await host.open()
        await rig.state("shown")
        await until_line(host, "Save last 15 s")


async def until_registered(host: TrayHost) -> None:
    async def registered() -> bool:
        return bool(host.items)

    await until(registered, "the item at the watcher")


async def test_a_session_bus_that_ends_is_a_state(rig: Rig) -> None:
    await rig.state("no_tray")
    end(rig.desktop.bus_daemon)
    component = await rig.state("no_bus")
    assert component.health is Health.OFF
    assert "desktop session" in component.remedy


@pytest.mark.parametrize(
    ("seconds", "words"), [(15, "15 s"), (60, "1 min"), (90, "1 min 30 s"), (0, "0 s"), (7.5, "7.5 s")]
)
def test_lengths_are_spoken(seconds: float, words: str) -> None:
    assert spoken(seconds) == words


async def test_a_companion_that_was_kicked_says_so(rig: Rig, host: TrayHost) -> None:
    rig.tell(ObsConnectionChanged(ObsState.KICKED, remedy="Restart OBS."))
    await until_line(host, "OBS: the companion was disconnected in OBS")
    await until_line(host, "Restart OBS.")


def test_each_state_of_obs_and_of_the_replay_buffer_has_words_of_its_own() -> None:
    assert len({obs_line(ObsConnectionChanged(state)) for state in ObsState}) == len(ObsState)
    shown = {
        replay_line(Seen(CONNECTED, ReplayStateChanged(state, reach_seconds=20), recent=[], notice=""))
        for state in ReplayState
    }
    assert len(shown) == len(ReplayState)


def test_a_reach_that_is_not_sure_is_told_as_the_most_it_may_be() -> None:
    replay = ReplayStateChanged(ReplayState.RECORDING, reach_seconds=20, reach_sure=False)
    seen = Seen(CONNECTED, replay, recent=[], notice="")
    assert replay_line(seen) == "Replay: recording, clips reach 20 s back at most"
