"""The service that holds the connection to OBS, and tells what happens there as events.

OBS absent, frozen, or with another password is a state with a remedy, never a failure. After every connect the state
is read anew and published, so a reader of the events needs no other source.
"""

import asyncio
import contextlib
import dataclasses
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, TypeVar

import aiohttp
from yarl import URL

from companion.adapters.obs import facts
from companion.adapters.obs.config import ObsCredentials
from companion.adapters.obs.notices import ObsLevels, ObsNotice
from companion.adapters.obs.protocol import (
    ANSWER_SECONDS,
    CONNECT_SECONDS,
    ConnectionFailed,
    ObsConnection,
    ObsRequestFailed,
    connect,
    shown,
    wait_for_restart,
)
from companion.domain.events import (
    ObsConnectionChanged,
    ObsState,
    ObsStatsMeasured,
    RecordStateChanged,
    ReplayBufferSaved,
    ReplayBufferSwitched,
    SceneChanged,
    StreamStateChanged,
)
from companion.kernel.bus import Bus, Event
from companion.kernel.errors import Failed, Unavailable
from companion.kernel.service import Ready
from companion.kernel.status import Health, StatusBoard

log = logging.getLogger(__name__)

E = TypeVar("E", bound=Event)

BACKOFF_SECONDS = (0.1, 0.5, 1.0, 2.0, 3.0, 5.0)
STEADY_SECONDS = 10.0
"""A connection that lived this long makes the next attempts quick again."""
STATS_SECONDS = 2.0
SILENT_SECONDS = 4.5
"""An OBS that leaves a question unanswered and said nothing for so long is frozen. One that did is asked once more: if
it froze just then, that is known at most 9.5 s later."""
GONE_SECONDS = 5.0
"""An OBS in whose place nothing listens for so long is gone: its server alone restarts faster."""
LOST_SECONDS = 300.0
"""One that may run on, its computer out of reach or its server switched off, is taken for gone only after so long."""
LOADING_SECONDS = 0.5
EXCHANGE_SECONDS = 10.0
"""How long loading another scene collection may take before it is taken for done."""
LOOK_AGAIN_SECONDS = 2.0
GIVE_UP_SECONDS = 60.0
"""A silent connection is kept this long: what a frozen OBS still has to say comes over it."""

_SETTINGS = "Tools → WebSocket Server Settings"
_SHOWN: dict[ObsState, tuple[Health, str]] = {
    ObsState.CONNECTING: (Health.ATTENTION, ""),
    ObsState.CONNECTED: (Health.OK, ""),
    ObsState.NOT_RUNNING: (
        Health.OFF,
        f"Start OBS. If it runs, switch on its WebSocket server ({_SETTINGS}). The companion connects by itself.",
    ),
    ObsState.WRONG_PASSWORD: (
        Health.FAILED,
        f"Copy the password from OBS ({_SETTINGS}, Show Connect Info) into the companion's settings.",
    ),
    ObsState.NOT_RESPONDING: (
        Health.FAILED,
        "Look at OBS: it hangs, or this computer is overloaded. The companion goes on as soon as OBS answers.",
    ),
    ObsState.INCOMPATIBLE: (
        Health.FAILED,
        "Use OBS 28 or newer, and check the address in the companion's settings against OBS's.",
    ),
    ObsState.KICKED: (Health.ATTENTION, "Restart OBS, or save the companion's OBS settings again, to connect anew."),
}


@dataclasses.dataclass(frozen=True)
class ObsStatus:
    """Everything that is known of OBS now; None is unknown, as all is without a connection."""

    connection: ObsConnectionChanged
    scene: SceneChanged | None
    stream: StreamStateChanged | None
    record: RecordStateChanged | None
    replay: ReplayBufferSwitched | None
    stats: ObsStatsMeasured | None

    def for_viewers(self) -> "ObsStatus":
        """What is told to those who may only look, also without a token: no scene's name and no path."""
        record = self.record.for_viewers() if self.record else None
        return dataclasses.replace(self, scene=None, record=record)


class ObsLink:
    """Keeps one connection to OBS. `credentials` is asked anew at each attempt."""

    name = "obs"
    essential = False

    def __init__(self, bus: Bus, board: StatusBoard, credentials: Callable[[], Awaitable[ObsCredentials]]) -> None:
        self._bus = bus
        self._board = board
        self._credentials = credentials
        self._told = ObsConnectionChanged(ObsState.CONNECTING)
        self._connection: ObsConnection | None = None
        self._facts: dict[type[Event], Event] = {}
        self._seen_at: float | None = None  # when a connection that ended was last heard (Unix seconds)
        self._early: list[tuple[str, dict[str, Any]]] | None = None
        self._retry = asyncio.Event()
        self._wake = asyncio.Event()
        self._reread = False
        self._settled = asyncio.Event()
        self._settled.set()
        self._levels = False
        self._sent: tuple[float, float] | None = None
        self.notices = Bus()
        """What OBS says, as it says it (`ObsNotice`, `ObsLevels`), for the adapters that know its protocol."""

    @property
    def state(self) -> ObsState:
        return self._told.state

    @property
    def connected(self) -> bool:
        return self._connection is not None

    def status(self) -> ObsStatus:
        return ObsStatus(
            connection=self._told,
            scene=self._known(SceneChanged),
            stream=self._known(StreamStateChanged),
            record=self._known(RecordStateChanged),
            replay=self._known(ReplayBufferSwitched),
            stats=self._known(ObsStatsMeasured),
        )

    def retry(self) -> None:
        """Settings changed or the streamer asks: connect now, and anew if address or password are others."""
        self._retry.set()
        self._wake.set()

    async def request(
        self, kind: str, data: dict[str, Any] | None = None, *, timeout_seconds: float = ANSWER_SECONDS
    ) -> dict[str, Any]:
        """OBS's answer to a request; Unavailable `obs_not_connected`, Failed `obs_timeout`, or ObsRequestFailed.

        After a time-out OBS may still carry it out.
        """
        await self._settle()
        return await self._usable().request(kind, data, timeout_seconds)

    async def batch(
        self, requests: Sequence[tuple[str, dict[str, Any] | None]], *, timeout_seconds: float = ANSWER_SECONDS
    ) -> list[dict[str, Any] | ObsRequestFailed]:
        """OBS's answers to requests carried out in order, each an answer or its error; raises as `request` does."""
        await self._settle()
        return await self._usable().batch(requests, timeout_seconds)

    def require_connected(self) -> None:
        """Raise Unavailable `obs_not_connected` where that is so."""
        self._usable()

    async def want_levels(self, *, wanted: bool) -> None:
        """Have OBS send the inputs' levels, twenty times a second, from now on and after every connect, or not."""
        self._levels = wanted
        if self._connection is not None:
            await self._connection.subscribe(self._categories())

    async def _settle(self) -> None:
        """Wait while OBS exchanges its scenes: asked just then, OBS 29 was seen to end."""
        try:
            async with asyncio.timeout(EXCHANGE_SECONDS):
                await self._settled.wait()
        except TimeoutError:
            self._settled.set()

    def _categories(self) -> int:
        return facts.EVENT_CATEGORIES | (facts.LEVELS if self._levels else 0)

    async def run(self, ready: Ready) -> None:
        """Hold the connection until cancelled; ready at once, as OBS may come at any time."""
        self._say(ObsState.CONNECTING, "Looking for OBS.")
        ready()
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS)
        try:
            async with aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()) as http:
                await self._keep_connected(http)
        finally:
            self._forget()
            self._say(ObsState.CONNECTING, "The companion is not connected to OBS now.")

    def _usable(self) -> ObsConnection:
        if self._connection is None:
            told = self._told
            raise Unavailable(
                "obs_not_connected", told.detail or "OBS is not connected.", told.remedy, state=told.state
            )
        return self._connection

    async def _keep_connected(self, http: aiohttp.ClientSession) -> None:
        attempts = 0
        absent_since: float | None = None
        loop = asyncio.get_running_loop()
        while True:
            self._retry.clear()
            credentials = await self._credentials()
            began = loop.time()
            failure = await self._attempt(http, credentials, credentials.password)
            if failure.state is ObsState.WRONG_PASSWORD and credentials.obs_password is not None:
                log.info("OBS refused the password from %s; trying its own configuration's", credentials.found_in)
                failure = await self._attempt(http, credentials, credentials.obs_password)
            attempts = 1 if loop.time() - began > STEADY_SECONDS else attempts + 1
            self._show(failure, credentials)
            if failure.state is ObsState.NOT_RUNNING:
                absent_since = absent_since or loop.time()
                patience = GONE_SECONDS if failure.refused and credentials.server_enabled else LOST_SECONDS
                if loop.time() - absent_since >= patience:
                    self._tell_gone()
            else:
                absent_since = None
            if failure.state is ObsState.WRONG_PASSWORD:
                await _first_of(self._server_restarts(http, credentials.url), self._others_than(credentials))
            elif failure.state is ObsState.KICKED:
                await _first_of(_listener_ends(credentials.url), self._others_than(credentials))
            else:
                pause = BACKOFF_SECONDS[min(attempts, len(BACKOFF_SECONDS)) - 1]
                await _first_of(asyncio.sleep(pause), self._retry.wait())

    async def _attempt(
        self, http: aiohttp.ClientSession, credentials: ObsCredentials, password: str | None
    ) -> ConnectionFailed:
        """Connect with `password` and stay so; returns why there is no connection (any more)."""
        self._early = []
        self._settled.set()
        try:
            connection = await connect(http, credentials.url, password, facts.EVENT_CATEGORIES, self._on_event)
        except ConnectionFailed as error:
            return error
        try:
            async with asyncio.TaskGroup() as group:
                attending = group.create_task(self._attend(connection, credentials))
                failure = await connection.read()
                was_connected = self.connected
                self._forget()
                if was_connected and failure.state is ObsState.NOT_RUNNING:
                    failure = ConnectionFailed(ObsState.CONNECTING, "The connection to OBS ended; connecting again.")
                self._show(failure, credentials)
                attending.cancel()
            return failure
        finally:
            self._forget()
            await connection.close()

    async def _attend(self, connection: ObsConnection, credentials: ObsCredentials) -> None:
        """Read the state whenever it may be new, and measure OBS, which also shows whether it is alive."""
        try:
            while True:
                if self._retry.is_set():
                    self._retry.clear()
                    if await self._credentials() != credentials:
                        raise ConnectionFailed(ObsState.CONNECTING, "The OBS settings changed; connecting anew.")
                if not self.connected or self._reread:
                    await self._synchronise(connection, credentials)
                answered = await self._measure(connection)
                self._wake.clear()
                if answered and not self._reread and not self._retry.is_set() and self.connected:
                    await _first_of(asyncio.sleep(STATS_SECONDS), self._wake.wait())
        except ConnectionFailed as failure:
            await connection.close(failure)
        except Unavailable:
            return  # the connection ended, and its reader says why

    async def _synchronise(self, connection: ObsConnection, credentials: ObsCredentials) -> None:
        """Read the whole state and publish it; events that arrive meanwhile are told afterwards."""
        self._early = self._early or []
        self._reread = False
        seen_at = time.time() if self.connected else self._seen_at
        await self._settle()
        try:
            answers = await connection.batch(facts.SNAPSHOT, ANSWER_SECONDS)
            names = [] if facts.still_loading(answers) else facts.recording_outputs(answers)
            settings = [("GetOutputSettings", {"outputName": name}) for name in names]
            path = facts.path_of(await connection.batch(settings, ANSWER_SECONDS)) if settings else ""
        except Failed:
            self._reread = True
            await self._wait_for_life(connection)
            return
        if facts.still_loading(answers):
            self._reread = True
            if not self.connected:
                self._say(ObsState.CONNECTING, "OBS is still loading.")
            await asyncio.sleep(LOADING_SECONDS)
            return
        if not self.connected:
            self._connection = connection
            await connection.subscribe(self._categories())
            self._facts.clear()
            obs, websocket = facts.versions(answers)
            detail = f"OBS {obs} at {shown(credentials.url)}."
            self._say(ObsState.CONNECTED, detail, obs_version=obs, websocket_version=websocket)
        for fact in facts.facts_of(answers, path, time.time()):
            self._tell(self._ended(fact, seen_at))
        early, self._early = self._early, None
        for kind, data in early:
            self._on_event(kind, data)

    async def _measure(self, connection: ObsConnection) -> bool:
        """Ask for OBS's figures; False where it gave no answer, but may be alive: it is to be asked again at once."""
        await self._settle()
        try:
            answers = await connection.batch(facts.STATS, ANSWER_SECONDS)
        except Failed:
            if connection.silent_seconds < SILENT_SECONDS:
                return False
            await self._wait_for_life(connection)
            return True
        if self.connected and not isinstance(answers[0], ObsRequestFailed):  # else it has no figures to tell just now
            stats = facts.stats_of(answers, self._stream_kbps(facts.stream_bytes(answers)))
            self._facts[ObsStatsMeasured] = stats
            self._bus.publish(stats)
        return True

    def _stream_kbps(self, sent: float | None) -> float | None:
        """The stream's rate since the last measurement, from what it has sent in all."""
        now, last = time.monotonic(), self._sent
        self._sent = None if sent is None else (now, sent)
        if sent is None or last is None or sent < last[1]:
            return None
        return round((sent - last[1]) * 8 / 1000 / (now - last[0]), 1)

    async def _wait_for_life(self, connection: ObsConnection) -> None:
        """OBS is silent: show that until it says anything; after that its state must be read anew."""
        self._forget()
        self._early = []
        self._say(ObsState.NOT_RESPONDING, f"OBS has not answered for {ANSWER_SECONDS:g} s.")
        try:
            async with asyncio.timeout(GIVE_UP_SECONDS):
                await _first_of(connection.wait_until_heard(), self._retry.wait())
        except TimeoutError:
            raise ConnectionFailed(ObsState.NOT_RESPONDING, "OBS does not answer at all.") from None

    def _on_event(self, kind: str, data: dict[str, Any]) -> None:
        if kind == "InputVolumeMeters":
            self.notices.publish(ObsLevels(data.get("inputs") or []))
            return
        self.notices.publish(ObsNotice(kind, data))
        if kind == "CurrentSceneCollectionChanging":
            self._settled.clear()
        elif kind == "CurrentSceneCollectionChanged":
            self._settled.set()
        if kind in facts.REREAD_AFTER:
            self._reread = True
            self._wake.set()
            return
        known = self._known(StreamStateChanged), self._known(RecordStateChanged)
        event = facts.translate(kind, data, *known, time.time())
        if isinstance(event, ReplayBufferSaved):
            self._bus.publish(event)
        elif event is not None and self._early is not None:
            self._early.append((kind, data))
        elif event is not None:
            self._tell(event)

    def _tell(self, fact: Event) -> None:
        if self._facts.get(type(fact)) != fact:
            self._facts[type(fact)] = fact
            self._bus.publish(fact)

    def _known(self, kind: type[E]) -> E | None:
        fact = self._facts.get(kind)
        return fact if isinstance(fact, kind) else None

    def _ended(self, fact: Event, at: float | None) -> Event:
        """`fact`; where it is that nothing runs, with when that ended: at `at` what ran until now."""
        if isinstance(fact, StreamStateChanged | RecordStateChanged) and not fact.active:
            before = self._bus.latest(type(fact))
            return dataclasses.replace(fact, ended_at=at if before.active else before.ended_at) if before else fact
        return fact

    def _tell_gone(self) -> None:
        """OBS does not run: whatever ran in it ended with it."""
        for fact in (StreamStateChanged(active=False), RecordStateChanged(active=False)):
            before = self._bus.latest(type(fact))
            if before is None or before.active:
                self._bus.publish(self._ended(fact, self._seen_at))

    def _forget(self) -> None:
        if self._connection is not None:
            self._seen_at = time.time() - self._connection.silent_seconds
        self._connection = None
        self._facts.clear()

    def _show(self, failure: ConnectionFailed, credentials: ObsCredentials) -> None:
        detail, remedy = failure.detail, ""
        if failure.state is ObsState.WRONG_PASSWORD and credentials.password is not None:
            detail = f"{detail} It was taken from {credentials.found_in}."
            if credentials.obs_password is not None:
                detail = f"{detail} The one in OBS's own configuration was refused as well."
        if failure.state is ObsState.NOT_RUNNING and not credentials.server_enabled:
            detail = "OBS's WebSocket server is switched off."
            remedy = f"In OBS: {_SETTINGS}, Enable WebSocket server. The companion connects by itself."
        self._say(failure.state, detail, remedy)

    def _say(
        self, state: ObsState, detail: str, remedy: str = "", *, obs_version: str = "", websocket_version: str = ""
    ) -> None:
        health, usual_remedy = _SHOWN[state]
        change = ObsConnectionChanged(state, detail, remedy or usual_remedy, obs_version, websocket_version)
        if change == self._told:
            return
        self._told = change
        log.info("%s: %s", state, detail)
        self._bus.publish(change)
        self._board.set(self.name, state, health, change.detail, change.remedy)

    async def _others_than(self, refused: ObsCredentials) -> None:
        """Until address or password are others, or somebody asks for another try."""
        while not self._retry.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_AGAIN_SECONDS):
                    await self._retry.wait()
            if await self._credentials() != refused:
                return

    async def _server_restarts(self, http: aiohttp.ClientSession, url: str) -> None:
        """Until OBS's WebSocket server ended: it may come back with another password."""
        while True:
            ended = await wait_for_restart(http, url)
            if ended.state is ObsState.NOT_RUNNING:
                return
            await asyncio.sleep(LOOK_AGAIN_SECONDS)


async def _listener_ends(url: str) -> None:
    """Until nothing listens at `url`, looked at without becoming a session in OBS's list."""
    address = URL(url)
    while True:
        await asyncio.sleep(LOOK_AGAIN_SECONDS)
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                _, writer = await asyncio.open_connection(address.host, address.port)
        except OSError:
            return
        writer.close()


async def _first_of(*waits: Coroutine[Any, Any, object]) -> None:
    """Until one of `waits` has ended; the others are cancelled."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(wait) for wait in waits]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
