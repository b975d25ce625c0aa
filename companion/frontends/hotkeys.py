"""The hotkeys: key combinations that run actions, wherever the focus is."""

import asyncio
import logging
import time
from collections.abc import Callable

from companion.adapters.desktop.combination import Combination, parse
from companion.adapters.desktop.keys import Keyboard
from companion.adapters.desktop.session import Session
from companion.domain.events import ConfirmationAsked, SettingsChanged
from companion.domain.settings import Hotkey, Settings
from companion.kernel.actions import Caller, Registry, Scope, validated
from companion.kernel.bus import Bus
from companion.kernel.errors import CompanionError, Unavailable
from companion.kernel.service import Ready
from companion.kernel.status import Health, StatusBoard

log = logging.getLogger(__name__)

LOOK_AGAIN_SECONDS = 60.0
"""How often it is looked again whether another program took a combination."""
DISPLAY_RETRY_SECONDS = 30.0
RESTART_SECONDS = (0.5, 2.0, 8.0, 30.0)
STEADY_SECONDS = 120.0
"""A listener that lived this long is started again at once when it dies."""
AGREE_WITHIN_SECONDS = 3.0
AGREE_AFTER_SECONDS = 0.2
"""A key that bounces does not agree."""

WAYLAND = "Wayland shows key presses only to the window in front"
WAYLAND_REMEDY = "In your desktop's keyboard settings, make a shortcut of its own that runs `companion clip save`."


class Hotkeys:
    """Keeps a listener running for the bindings of the settings, and says which of them do not work."""

    name = "hotkeys"
    essential = False

    def __init__(
        self,
        registry: Registry,
        bus: Bus,
        board: StatusBoard,
        settings: Callable[[], Settings],
        keyboard: Keyboard,
        session: Session,
        *,
        look_again_seconds: float = LOOK_AGAIN_SECONDS,
        display_retry_seconds: float = DISPLAY_RETRY_SECONDS,
    ) -> None:
        self._registry = registry
        self._bus = bus
        self._board = board
        self._settings = settings
        self._keyboard = keyboard
        self._session = session
        self._look_again_seconds = look_again_seconds
        self._display_retry_seconds = display_retry_seconds
        self._fired: asyncio.Queue[tuple[Combination, float]] = asyncio.Queue()
        self._bindings: dict[Combination, Hotkey] = {}
        self._problems: list[str] = []
        self._asked: tuple[Combination, float] | None = None

    async def run(self, ready: Ready) -> None:
        events = self._bus.subscribe(SettingsChanged)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._follow_presses(group), name="hotkey-presses")
                ready()
                while True:
                    hotkeys = self._settings().hotkeys
                    self._bindings, self._problems = self._checked(hotkeys)
                    listener = group.create_task(self._keep_listening(), name="hotkey-listener")
                    while self._settings().hotkeys == hotkeys:
                        await events.get()
                    listener.cancel()
                    await asyncio.wait([listener])
        finally:
            self._bus.unsubscribe(events)

    def _checked(self, hotkeys: list[Hotkey]) -> tuple[dict[Combination, Hotkey], list[str]]:
        """The bindings that can work, and a sentence on each of the others."""
        bindings: dict[Combination, Hotkey] = {}
        problems = []
        for hotkey in hotkeys:
            try:
                combination = parse(hotkey.keys)
                validated(self._registry.get(hotkey.action), hotkey.arguments)
            except CompanionError as error:
                problems.append(f"{hotkey.keys} does not work: {error.message} {error.remedy}".strip())
                continue
            if combination in bindings:
                problems.append(f"{hotkey.keys} is bound twice; it runs {bindings[combination].action}.")
                continue
            bindings[combination] = hotkey
        return bindings, problems

    async def _keep_listening(self) -> None:
        """Listen for the bindings, and again when the listener dies or a display appears."""
        if not self._bindings:
            self._report_idle()
            return
        deaths = 0
        while True:
            began = time.monotonic()
            try:
                await self._listen()
            except Unavailable as error:
                self._report_deaf(error)
                await asyncio.sleep(self._display_retry_seconds)
            except CompanionError as error:
                deaths = 1 if time.monotonic() - began > STEADY_SECONDS else deaths + 1
                log.warning("%s", error.message)
                self._report("restarting", Health.ATTENTION, f"{error.message} It is being started again.", "")
                await asyncio.sleep(RESTART_SECONDS[min(deaths, len(RESTART_SECONDS)) - 1])

    async def _listen(self) -> None:
        async with self._keyboard.listening(self._bindings, self._press) as listening:
            while True:
                self._report_listening(await listening.conflicts())
                await listening.watch(self._look_again_seconds)

    def _press(self, combination: Combination, at: float) -> None:
        self._fired.put_nowait((combination, at))

    async def _follow_presses(self, group: asyncio.TaskGroup) -> None:
        while True:
            combination, at = await self._fired.get()
            if hotkey := self._bindings.get(combination):
                log.debug("%s reached the loop %.1f ms after its press", combination, (time.time() - at) * 1000)
                agreed = self._take_agreement(combination, at)
                group.create_task(self._invoke(hotkey, combination, at, agreed=agreed))

    def _ask(self, hotkey: Hotkey, action: str, combination: Combination, at: float) -> None:
        self._asked = combination, at
        self._bus.publish(ConfirmationAsked(hotkey.keys, action, AGREE_WITHIN_SECONDS))

    def _take_agreement(self, combination: Combination, at: float) -> bool:
        """Whether this press, soon after another, says yes to what that one asked; each question is answered once."""
        if self._asked is None or self._asked[0] != combination:
            return False
        asked_at, self._asked = self._asked[1], None
        return AGREE_AFTER_SECONDS < at - asked_at < AGREE_WITHIN_SECONDS

    async def _invoke(self, hotkey: Hotkey, combination: Combination, at: float, *, agreed: bool) -> None:
        caller = Caller("hotkey", Scope.ADMIN, hotkey.keys, asked_at=at, agreed=agreed)
        try:
            await self._registry.invoke(hotkey.action, dict(hotkey.arguments), caller)
        except CompanionError as error:
            if error.code == "confirmation_needed":
                self._ask(hotkey, ", ".join(error.details["actions"]), combination, at)
            else:
                log.warning("%s: %s", hotkey.keys, error.message)

    def _report_idle(self) -> None:
        if self._problems:
            self._report("invalid", Health.ATTENTION, " ".join(self._problems), "Correct the setting `hotkeys`.")
        else:
            self._report("none", Health.OFF, "No hotkeys are set.", "Add some to the setting `hotkeys`.")

    def _report_listening(self, conflicts: dict[Combination, str]) -> None:
        taken = [f"{self._bindings[combination].keys}: {reason}." for combination, reason in conflicts.items()]
        problems = [*self._problems, *taken]
        works = ", ".join(hotkey.keys for hotkey in self._bindings.values())
        if self._session.wayland:
            detail = " ".join([f"{WAYLAND}; {works} work only in older (X11) programs.", *problems])
            self._report("limited", Health.ATTENTION, detail, WAYLAND_REMEDY)
        elif problems:
            self._report("partly", Health.ATTENTION, " ".join(problems), "Change those in the setting `hotkeys`.")
        else:
            self._report("listening", Health.OK, works, "")

    def _report_deaf(self, error: Unavailable) -> None:
        if self._session.wayland:
            self._report("limited", Health.ATTENTION, f"{WAYLAND}.", WAYLAND_REMEDY)
        else:
            self._report(error.code, Health.OFF, error.message, error.remedy)

    def _report(self, state: str, health: Health, detail: str, remedy: str) -> None:
        self._board.set(self.name, state, health, detail, remedy)
