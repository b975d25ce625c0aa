"""The tray: the state at a glance, and the everyday actions in a menu."""

import asyncio
import dataclasses
import logging
import textwrap
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from companion.adapters.desktop.tray import Look, MenuItem, TrayIcon, TrayView
from companion.domain.events import (
    ClipAccepted,
    ClipChanged,
    ClipDeleted,
    ClipFailed,
    ClipSaved,
    ConfirmationAsked,
    ObsConnectionChanged,
    ObsState,
    ReplayState,
    ReplayStateChanged,
    SettingsChanged,
)
from companion.domain.settings import Settings
from companion.kernel.actions import Caller, Registry, Scope
from companion.kernel.bus import Bus, Envelope, Subscription
from companion.kernel.errors import CompanionError, Refused
from companion.kernel.service import Ready
from companion.kernel.status import Component, ComponentChanged, Health, StatusBoard

log = logging.getLogger(__name__)

APP = "FluxBoard Companion"
RECENT_CLIPS = 5
PROBLEMS_SHOWN = 3
LINE_LETTERS = 64
COALESCE_SECONDS = 0.1
REACH_STEP_SECONDS = 5
UNFINISHED = ("accepted", "saving", "saved")

OBS_WORDS = {
    ObsState.CONNECTING: "connecting",
    ObsState.CONNECTED: "connected",
    ObsState.NOT_RUNNING: "not running",
    ObsState.WRONG_PASSWORD: "wrong password",
    ObsState.NOT_RESPONDING: "does not respond",
    ObsState.INCOMPATIBLE: "this version cannot be used",
    ObsState.KICKED: "the companion was disconnected in OBS",
}
REPLAY_WORDS = {
    ReplayState.UNAVAILABLE: "off in OBS's settings",
    ReplayState.STOPPED: "stopped",
    ReplayState.STALLED: "STALLED, nothing is being recorded",
}
REPLAY_ACTIONS = {
    ReplayState.UNAVAILABLE: [("replay.enable", "Switch the replay buffer on in OBS")],
    ReplayState.STOPPED: [("replay.start", "Start the replay buffer")],
    ReplayState.RECORDING: [("replay.stop", "Stop the replay buffer")],
    ReplayState.STALLED: [("replay.stop", "Stop the replay buffer"), ("replay.start", "Start the replay buffer")],
}
AGREE_WITHIN_SECONDS = 10.0
CLIP_MARKS = {"doubtful": " (doubtful)", "failed": " (failed)"}
CLIP_EVENTS = (ClipAccepted, ClipSaved, ClipFailed, ClipChanged, ClipDeleted)

Work = Callable[[], Awaitable[Any]]


@dataclasses.dataclass(frozen=True)
class Seen:
    """What the tray shows at one moment; `notice` is the failure of the last click."""

    obs: ObsConnectionChanged | None
    replay: ReplayStateChanged | None
    recent: list[dict[str, Any]]
    notice: str


class Tray:
    """Shows what `Seen` and the status board say, and turns clicks into actions."""

    name = "tray"
    essential = False

    def __init__(
        self,
        registry: Registry,
        bus: Bus,
        board: StatusBoard,
        settings: Callable[[], Settings],
        icon: TrayIcon,
        clips_folder: Callable[[], Path],
        open_path: Callable[[Path], Awaitable[None]],
        open_dashboard: Callable[[str], Awaitable[None]],
        *,
        first_start: bool,
    ) -> None:
        """`first_start` has it open the dashboard, which leads through the first steps, beside the new icon."""
        self._registry = registry
        self._bus = bus
        self._board = board
        self._settings = settings
        self._icon = icon
        self._clips_folder = clips_folder
        self._open_path = open_path
        self._open_dashboard = open_dashboard
        self._welcomes = first_start
        self._recent: list[dict[str, Any]] = []
        self._notice = ""
        self._asked: tuple[str, float] | None = None
        self._clicks: asyncio.Queue[Work] = asyncio.Queue()

    async def run(self, ready: Ready) -> None:
        events = self._bus.subscribe(
            ObsConnectionChanged,
            ReplayStateChanged,
            ComponentChanged,
            *CLIP_EVENTS,
            SettingsChanged,
        )
        shown: asyncio.Task[None] | None = None
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._follow_clicks(group), name="tray-clicks")
                await self._read_clips()
                ready()
                while True:
                    shown = self._placed(group, shown)
                    self._icon.show(self._view())
                    happened = await burst(events)
                    if events.take_missed() or any(isinstance(one.event, CLIP_EVENTS) for one in happened):
                        await self._read_clips()
        finally:
            self._bus.unsubscribe(events)

    def _placed(self, group: asyncio.TaskGroup, shown: asyncio.Task[None] | None) -> asyncio.Task[None] | None:
        """Start or end the icon as the settings want it."""
        if self._settings().tray and shown is None:
            return group.create_task(self._icon.run(self._report), name="tray-icon")
        if not self._settings().tray:
            if shown:
                shown.cancel()
            self._report("off", Health.OFF, "The tray icon is switched off in the settings.", "")
            return None
        return shown

    def _report(self, state: str, health: Health, detail: str, remedy: str) -> None:
        self._board.set(self.name, state, health, detail, remedy)
        if self._welcomes and state == "shown":
            self._welcomes = False
            self._clicks.put_nowait(lambda: self._open_dashboard(""))

    async def _read_clips(self) -> None:
        try:
            page = await self._invoke("clip.list", {"limit": RECENT_CLIPS})
        except CompanionError as error:
            log.info("recent clips are not known: %s", error.message)
            return
        self._recent = self._registry.get("clip.list").answer.dump_python(page, mode="json")["items"]

    async def _follow_clicks(self, group: asyncio.TaskGroup) -> None:
        while True:
            group.create_task(self._told(await self._clicks.get()))

    async def _told(self, work: Work) -> None:
        """Do what was clicked; a failure becomes a line of the menu, whoever else tells it."""
        try:
            await work()
            self._notice = ""
        except CompanionError as error:
            self._notice = " ".join(part for part in (error.message, error.remedy) if part)
        self._icon.show(self._view())

    async def _pair(self) -> None:
        """Open the door for one phone, and the page that shows its QR code."""
        await self._invoke("pairing.start", {})
        await self._open_dashboard("devices")

    async def _invoke(self, action: str, arguments: dict[str, Any], *, agreed: bool = False) -> Any:
        return await self._registry.invoke(action, arguments, Caller("tray", Scope.ADMIN, "tray menu", agreed=agreed))

    async def _choose(self, label: str, action: str, arguments: dict[str, Any]) -> None:
        """Do what was chosen; what asks first, when it is chosen once more."""
        asked, self._asked = self._asked, None
        agreed = asked is not None and asked[0] == label and time.monotonic() - asked[1] < AGREE_WITHIN_SECONDS
        try:
            await self._invoke(action, arguments, agreed=agreed)
        except Refused as error:
            if error.code != "confirmation_needed":
                raise
            self._asked = label, time.monotonic()
            self._bus.publish(ConfirmationAsked(f"{label} in the tray's menu", action, AGREE_WITHIN_SECONDS))
            remedy = f"Choose it twice within {AGREE_WITHIN_SECONDS:g} s."
            raise Refused(error.code, f"{label} asks first.", remedy) from None

    def _view(self) -> TrayView:
        latest = self._bus.latest
        seen = Seen(latest(ObsConnectionChanged), latest(ReplayStateChanged), self._recent, self._notice)
        lines = [obs_line(seen.obs), replay_line(seen)]
        problems = [*remedies(seen), *self._problems()]
        menu = [
            *(MenuItem(f"state:{number}", line) for number, line in enumerate(lines)),
            *text_items("remedy", problems),
            *text_items("notice", [seen.notice]),
            MenuItem("rule:save"),
            *(
                self._action(f"Save last {spoken(s)}", "clip.save", {"seconds": s})
                for s in dict.fromkeys(self._settings().clip_lengths)
            ),
            *self._replay_items(seen),
            MenuItem("rule:clips"),
            *(self._clip(clip) for clip in seen.recent),
            self._item("folder", "Open clips folder", lambda: self._open_path(self._clips_folder())),
            MenuItem("rule:dashboard"),
            self._item("dashboard", "Dashboard", lambda: self._open_dashboard("")),
            self._item("pair", "Pair a phone", self._pair),
            MenuItem("rule:quit"),
            # Chosen once: whoever wants the tray's own program gone looks for it here, and OBS goes on without it.
            self._item("system.quit", "Quit", lambda: self._invoke("system.quit", {}, agreed=True)),
        ]
        look = look_of(seen, [c for c in self._board.all() if c.name != self.name])
        return TrayView(look, APP, "\n".join([*lines, *problems]), tuple(menu))

    def _problems(self) -> list[str]:
        """What the other components complain about; OBS and the replay buffer have lines of their own."""
        return [
            f"{component.name.capitalize()}: {component.detail} {component.remedy}".strip()
            for component in self._board.all()
            if component.name not in (self.name, "obs", "replay")
            and component.health in (Health.ATTENTION, Health.FAILED)
        ][:PROBLEMS_SHOWN]

    def _item(self, key: str, label: str, work: Work) -> MenuItem:
        return MenuItem(key, label, lambda: self._clicks.put_nowait(work))

    def _action(self, label: str, action: str, arguments: dict[str, Any]) -> MenuItem:
        key = " ".join([action, *map(str, arguments.values())])
        return self._item(key, label, lambda: self._choose(label, action, arguments))

    def _replay_items(self, seen: Seen) -> list[MenuItem]:
        if seen.replay is None or not seen.obs or seen.obs.state is not ObsState.CONNECTED:
            return []
        return [self._action(label, action, {}) for action, label in REPLAY_ACTIONS[seen.replay.state]]

    def _clip(self, clip: dict[str, Any]) -> MenuItem:
        name = clip["title"] or f"Clip {clip['id']}"
        mark = " (in work)" if clip["state"] in UNFINISHED else CLIP_MARKS.get(clip["state"], "")
        label = textwrap.shorten(name, LINE_LETTERS, placeholder="…") + mark
        key, path = f"clip:{clip['id']}", clip["path"]
        return self._item(key, label, lambda: self._open_path(Path(path))) if path else MenuItem(key, label)


async def burst(events: Subscription) -> list[Envelope]:
    """The next event and those close behind it: they come in bursts, and a panel needs only the last state."""
    envelopes = [await events.get()]
    with suppress(TimeoutError):
        async with asyncio.timeout(COALESCE_SECONDS):
            while True:
                envelopes.append(await events.get())
    return envelopes


def look_of(seen: Seen, components: list[Component]) -> Look:
    """The icon that says in one glance whether a moment could be clipped now."""
    healths = {component.health for component in components}
    recording = seen.replay is not None and seen.replay.state is ReplayState.RECORDING
    if Health.FAILED in healths or (seen.replay and seen.replay.state is ReplayState.STALLED):
        return Look.FAILED
    if any(clip["state"] in UNFINISHED for clip in seen.recent):
        return Look.SAVING
    if Health.ATTENTION in healths or (recording and seen.replay and seen.replay.warning):
        return Look.ATTENTION
    return Look.READY if recording else Look.OFF


def obs_line(obs: ObsConnectionChanged | None) -> str:
    """`OBS: connected (30.2.1)`."""
    if obs is None:
        return "OBS: not known yet"
    return f"OBS: {OBS_WORDS[obs.state]}" + (f" ({obs.obs_version})" if obs.obs_version else "")


def replay_line(seen: Seen) -> str:
    """`Replay: recording, clips reach 1 min 25 s back`; the reach is rounded down, so it is never promised too much."""
    replay = seen.replay
    if replay is None or seen.obs is None or seen.obs.state is not ObsState.CONNECTED:
        return "Replay: waits for OBS"
    if replay.state is not ReplayState.RECORDING:
        return f"Replay: {REPLAY_WORDS[replay.state]}"
    reach = int(replay.reach_seconds // REACH_STEP_SECONDS * REACH_STEP_SECONDS)
    far = f"{spoken(reach)} back" if replay.reach_sure else f"{spoken(reach)} back at most"
    return f"Replay: recording, clips reach {far}" if reach else "Replay: recording, just begun"


def remedies(seen: Seen) -> list[str]:
    """What the streamer can do about OBS, else about the replay buffer."""
    if seen.obs and seen.obs.remedy:
        return [seen.obs.remedy]
    if seen.replay is None:
        return []
    return [text for text in (seen.replay.warning, seen.replay.remedy) if text]


def text_items(key: str, texts: list[str]) -> list[MenuItem]:
    """Lines to read, not to click; long texts take several, as menus do not wrap."""
    lines = [line for text in texts for line in textwrap.wrap(text, LINE_LETTERS)]
    return [MenuItem(f"{key}:{number}", line) for number, line in enumerate(lines)]


def spoken(seconds: float) -> str:
    """`45 s`, `1 min`, `1 min 30 s`."""
    minutes, rest = divmod(seconds, 60)
    parts = [f"{minutes:g} min"] if minutes else []
    return " ".join([*parts, f"{rest:g} s"] if rest or not minutes else parts)
