"""The events as they happen, over a WebSocket (`/ws`) or an HTTPS stream (`/api/events`), with the same messages.

Two kinds of stream, because browsers on iOS refuse WebSockets to a certificate that was only clicked through.

A reader that is gone without a word is noticed by its silence: a WebSocket answers each heartbeat by itself, and so
does the page of a paired device that reads the stream, by a request. What else reads the stream runs on this PC, whose
system tells when it ends.

A reader that names the last event it saw (`since`) gets what came after it. All others, and those whose gap is no
longer kept, who may see something else now, or who read too slowly, get a `Snapshot`: the whole present state that they
may see, in place of what they missed.
"""

import asyncio
import contextlib
import dataclasses
import itertools
import json
import math
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import Any

from aiohttp import WSCloseCode, web

from companion.frontends.http.auth import EVENTS_PROTOCOL
from companion.frontends.http.errors import TooMany
from companion.frontends.http.routes import CALLER, UNTIL
from companion.kernel.actions import Caller
from companion.kernel.bus import Bus, Envelope, Event, Subscription, payload
from companion.kernel.errors import NotFound, Refused
from companion.kernel.scope import Scope
from companion.kernel.status import StatusBoard

HEARTBEAT_SECONDS = 10.0
ANSWER_SECONDS = 5.0
"""How long a phone may take to answer a heartbeat of its stream: as long as a WebSocket may."""
SEND_SECONDS = 10.0
CLOSE_SECONDS = 1.0
QUEUE_SIZE = 1024
LARGEST_INCOMING = 4096
MOST_OF_ONE_DEVICE = 8
MOST_STREAMS = 512

Me = Callable[[Caller], dict[str, Any]]
"""What a caller is told of itself."""


class LiveEvents:
    """Streams the bus to any number of clients; none of them can slow the daemon or make it grow."""

    def __init__(self, bus: Bus, board: StatusBoard, me: Me, send_seconds: float = SEND_SECONDS) -> None:
        self._bus = bus
        self._board = board
        self._me = me
        self.send_seconds = send_seconds
        self._clients: set[_Client] = set()
        self._numbers = itertools.count(1)
        self._served: dict[int, tuple[Scope | None, int]] = {}
        """What each device reads as, and the last event from before that was so."""

    async def websocket(self, request: web.Request) -> web.StreamResponse:
        """Serve one WebSocket until it goes, is stuck, or is closed from here."""
        since, watch = _since(request), _watch(request)
        socket = web.WebSocketResponse(
            timeout=CLOSE_SECONDS,
            heartbeat=HEARTBEAT_SECONDS,
            protocols=(EVENTS_PROTOCOL,),
            compress=False,
            max_msg_size=LARGEST_INCOMING,
        )
        if not socket.can_prepare(request).ok:
            raise Refused("not_a_websocket", "/ws speaks WebSocket only.", "Connect with a WebSocket client.")
        is_open = False
        async with self._reading(request, since, watch) as client:
            await socket.prepare(request)
            is_open = True
            async with asyncio.TaskGroup() as group:
                writer = group.create_task(client.write_to(socket))
                async for _ in socket:
                    pass  # clients have nothing to say here; reading is how their going is noticed
                writer.cancel()
        if not is_open:
            return web.Response()  # for nobody: aiohttp would fail to close a WebSocket that it never opened
        if client.deadline.expired():
            await client.say_goodbye(socket)
        return socket

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """Serve one stream of server-sent events until it goes, is stuck, or is closed from here."""
        since, watch = _since(request), _watch(request)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"})
        async with self._reading(request, since, watch) as client:
            if client.caller.device is not None:
                client.expect_answers(next(self._numbers))
            await response.prepare(request)
            async for event_id, text in client.messages(HEARTBEAT_SECONDS):
                block = f"id: {event_id}\ndata: {text}\n\n" if text else f":{client.number or ''}\n\n"
                await client.send(response.write(block.encode()))
        return response

    def answer(self, device: int, number: int) -> None:
        """The page of `device` has heard a heartbeat of its stream `number`; raises NotFound `no_such_stream`."""
        for client in self._clients:
            if client.number == number and client.caller.device == device:
                return client.hear_from()
        raise NotFound("no_such_stream", "This stream has ended.", "Open it again.")

    def close_device(self, device: int) -> None:
        """End every stream of the paired `device` now; those it opens next begin with a Snapshot."""
        self._served[device] = (None, self._bus.last_id)
        for client in self._clients:
            if client.caller.device == device:
                client.close(WSCloseCode.POLICY_VIOLATION)

    def close_devices(self) -> None:
        """End the streams of all paired devices."""
        for client in self._clients:
            if client.caller.device is not None:
                self._served[client.caller.device] = (None, self._bus.last_id)
                client.close(WSCloseCode.POLICY_VIOLATION)

    def online(self) -> set[int]:
        """The paired devices that have a stream open."""
        return {client.caller.device for client in self._clients if client.caller.device is not None}

    async def close_all(self) -> None:
        """Tell every client that the daemon goes."""
        for client in self._clients:
            client.close(WSCloseCode.GOING_AWAY)

    def snapshot(self, caller: Caller) -> tuple[int, str]:
        """The id after which to go on, and the message that carries the whole present state `caller` may see."""
        components = {part.name: dataclasses.asdict(part) for part in self._board.all()}
        for part in components.values():
            del part["name"]
        states = {type(event).__name__: payload(event) for event in self._bus.states(_audience(caller))}
        content = {"me": self._me(caller), "components": components, "states": states}
        message = {"id": self._bus.last_id, "ts": time.time(), "type": "Snapshot", "payload": content}
        return self._bus.last_id, json.dumps(message, ensure_ascii=False)

    @contextlib.asynccontextmanager
    async def _reading(
        self, request: web.Request, since: int | None, watch: frozenset[str]
    ) -> AsyncIterator["_Client"]:
        """One reader's place on the bus, for as long as the block runs and its caller may read."""
        caller = request[CALLER]
        mine = sum(client.caller.device == caller.device for client in self._clients)
        if len(self._clients) >= MOST_STREAMS or (caller.device is not None and mine >= MOST_OF_ONE_DEVICE):
            raise TooMany("too_many_streams", "There are too many event streams open.", "Close some pages.")
        # No await between these two, so that each event is either in the backlog or in the queue.
        audience = _audience(caller)
        subscription = self._bus.subscribe(size=QUEUE_SIZE, audience=audience, watch=watch)
        backlog = self._missed(caller.device, audience, since)
        first = [self.snapshot(caller)] if backlog is None else [(old.id, old.text) for old in backlog]
        client = _Client(self, caller, subscription, first, request)
        self._clients.add(client)
        try:
            async with client.deadline:
                yield client
        except TimeoutError:
            if not client.deadline.expired() or client.is_silent:
                client.abort()
        except ConnectionError:
            return  # it went
        finally:
            self._clients.discard(client)
            self._bus.unsubscribe(subscription)

    def _missed(self, device: int | None, audience: Scope, since: int | None) -> Iterable[Envelope] | None:
        """What came after `since`; None when a Snapshot has to stand for it."""
        changed = -1
        if device is not None:
            read_as, changed = self._served.get(device, (audience, changed))
            if read_as is not audience:
                changed = self._bus.last_id
            self._served[device] = (audience, changed)
        return None if since is None or since <= changed else self._bus.since(since, audience)


def _audience(caller: Caller) -> Scope:
    """Whose events `caller` may see: not those of administrators while it owes a one-time password."""
    return min(caller.scope, Scope.CONTROL) if caller.owes_code else caller.scope


class _Client:
    """One connection."""

    def __init__(
        self,
        live: LiveEvents,
        caller: Caller,
        subscription: Subscription,
        first: list[tuple[int, str]],
        request: web.Request,
    ) -> None:
        self.caller = caller
        self.number = 0
        """What its answers to heartbeats name; 0 where none are expected."""
        self._now = asyncio.get_running_loop().time
        until = request.get(UNTIL)
        self._until = math.inf if until is None else self._now() + max(until - time.time(), 0)
        self._answer_by = math.inf
        self.deadline = asyncio.timeout_at(None if until is None else self._until)
        self._live = live
        self._subscription = subscription
        self._first = first
        self._transport = request.transport
        self._code = WSCloseCode.POLICY_VIOLATION
        self._closed = False

    @property
    def is_silent(self) -> bool:
        """Whether, if its deadline is over, that is because it did not answer."""
        return not self._closed and self._answer_by < self._until

    def expect_answers(self, number: int) -> None:
        """End it where a heartbeat is not answered by `number` in time."""
        self.number = number
        self.hear_from()

    def hear_from(self) -> None:
        """It has given a sign of life: it may go on until the next one is due."""
        if not self._closed:
            self._answer_by = self._now() + HEARTBEAT_SECONDS + ANSWER_SECONDS
            self._end_at(min(self._answer_by, self._until))

    async def messages(self, heartbeat_seconds: float | None) -> AsyncIterator[tuple[int, str]]:
        """Each message with its id; an empty one every `heartbeat_seconds`."""
        for message in self._first:
            yield message
        self._first.clear()
        beat_at = heartbeat_seconds and self._now() + heartbeat_seconds
        while True:
            try:
                async with asyncio.timeout_at(beat_at):
                    envelope = await self._subscription.get()
            except TimeoutError:
                beat_at = heartbeat_seconds and self._now() + heartbeat_seconds
                yield 0, ""
                continue
            if self._subscription.take_missed():
                self._subscription.take_waiting()
                yield self._live.snapshot(self.caller)
            else:
                yield envelope.id, envelope.text

    async def write_to(self, socket: web.WebSocketResponse) -> None:
        try:
            async for _, text in self.messages(None):
                await self.send(socket.send_str(text))
        except ConnectionError:
            return  # the client went; the reader notices it too
        except TimeoutError:
            self.abort()

    async def send(self, sending: Awaitable[None]) -> None:
        """Wait for the client to take it; raises TimeoutError for one that reads nothing."""
        async with asyncio.timeout(self._live.send_seconds):
            await sending

    def close(self, code: WSCloseCode) -> None:
        """End the stream now; a WebSocket is told `code`."""
        if not self._closed:
            self._closed = True
            self._code = code
            self._end_at(self._now())

    async def say_goodbye(self, socket: web.WebSocketResponse) -> None:
        try:
            async with asyncio.timeout(2 * CLOSE_SECONDS):
                await socket.close(code=self._code)
        except (TimeoutError, ConnectionError):
            self.abort()

    def _end_at(self, when: float) -> None:
        if not self.deadline.expired():  # from then on until it is left it takes no other time
            self.deadline.reschedule(when)

    def abort(self) -> None:
        """Cut the connection of a client that reads nothing; what waits in its buffer is dropped."""
        if self._transport is not None:
            self._transport.abort()


def _since(request: web.Request) -> int | None:
    """The last event that the client saw; a browser that comes back by itself says it in a header."""
    given = request.headers.get("Last-Event-ID") or request.query.get("since")
    if set(request.query) - {"since", "watch"} or len(request.query) != len(set(request.query)):
        raise Refused("invalid_arguments", f"{request.path} takes `since` and `watch`, each once.", "Use ?since=ID.")
    if given is None:
        return None
    if not (given.isascii() and given.isdigit() and len(given) < 20):
        raise Refused("invalid_arguments", "`since` must be the id of an event.", "Use the id of the last one you saw.")
    return int(given)


def _watch(request: web.Request) -> frozenset[str]:
    """The topics whose transient events the client wants."""
    topics = {kind.watch for kind in Event.__subclasses__() if kind.watch}
    wanted = frozenset(filter(None, request.query.get("watch", "").split(",")))
    if unknown := wanted - topics:
        known = ", ".join(sorted(topics))
        raise Refused("invalid_arguments", f"`watch` has no topic {sorted(unknown)[0]!r}.", f"There are: {known}.")
    return wanted
