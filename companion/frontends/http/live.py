"""/ws: every event as it happens, and those missed since the last one a client saw.

Two messages are not events of the daemon but about the stream itself; both mean that the client must fetch the state
anew: `ResumeFailed` (what came after `since` is no longer kept) and `EventsMissed` (the client read too slowly).
"""

import asyncio
import json
import time
from typing import Any

from aiohttp import WSCloseCode, web

from companion.frontends.http.auth import EVENTS_PROTOCOL
from companion.kernel.bus import Bus, Subscription
from companion.kernel.errors import Refused

HEARTBEAT_SECONDS = 20.0
SEND_SECONDS = 10.0
CLOSE_SECONDS = 1.0
QUEUE_SIZE = 1024
LARGEST_INCOMING = 4096


class LiveEvents:
    """Streams the bus to any number of clients; none of them can slow the daemon or make it grow."""

    def __init__(self, bus: Bus, send_seconds: float = SEND_SECONDS) -> None:
        self._bus = bus
        self._send_seconds = send_seconds
        self._clients: set[_Client] = set()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Serve one client until it goes, is stuck, or `close_all` is called."""
        since = _since(request)
        socket = web.WebSocketResponse(
            timeout=CLOSE_SECONDS,
            heartbeat=HEARTBEAT_SECONDS,
            protocols=(EVENTS_PROTOCOL,),
            compress=False,
            max_msg_size=LARGEST_INCOMING,
        )
        if not socket.can_prepare(request).ok:
            raise Refused("not_a_websocket", "/ws speaks WebSocket only.", "Connect with a WebSocket client.")
        # No await between these two, so that each event is either in the backlog or in the queue.
        subscription = self._bus.subscribe(size=QUEUE_SIZE)
        backlog = self._backlog(since)
        client = _Client(socket, request.transport, self._send_seconds)
        try:
            await socket.prepare(request)
            self._clients.add(client)
            await client.serve(backlog, subscription)
        finally:
            self._clients.discard(client)
            self._bus.unsubscribe(subscription)
        return socket

    async def close_all(self) -> None:
        """Tell every client that the daemon goes (1001) and wait briefly for its answer."""
        async with asyncio.TaskGroup() as group:
            for client in self._clients:
                group.create_task(client.close())

    def _backlog(self, since: int | None) -> list[dict[str, Any]]:
        if since is None:
            return []
        envelopes = self._bus.since(since)
        if envelopes is None:
            return [_notice("ResumeFailed", self._bus.last_id, oldest=self._bus.oldest_id)]
        return [envelope.as_json() for envelope in envelopes]


class _Client:
    """One connection."""

    def __init__(self, socket: web.WebSocketResponse, transport: asyncio.Transport | None, send_seconds: float) -> None:
        self._socket = socket
        self._transport = transport
        self._send_seconds = send_seconds

    async def serve(self, backlog: list[dict[str, Any]], subscription: Subscription) -> None:
        async with asyncio.TaskGroup() as group:
            writer = group.create_task(self._write(backlog, subscription))
            async for _ in self._socket:
                pass  # clients have nothing to say here; reading is how their going is noticed
            writer.cancel()

    async def close(self) -> None:
        try:
            async with asyncio.timeout(2 * CLOSE_SECONDS):
                await self._socket.close(code=WSCloseCode.GOING_AWAY, message=b"the companion stops")
        except (TimeoutError, ConnectionError):
            self._abort()

    async def _write(self, backlog: list[dict[str, Any]], subscription: Subscription) -> None:
        try:
            for message in backlog:
                await self._send(message)
            async for envelope in subscription:
                if missed := subscription.take_missed():
                    await self._send(_notice("EventsMissed", envelope.id - 1, missed=missed))
                await self._send(envelope.as_json())
        except ConnectionError:
            return  # the client went; the reader notices it too
        except TimeoutError:
            self._abort()

    async def _send(self, message: dict[str, Any]) -> None:
        async with asyncio.timeout(self._send_seconds):
            await self._socket.send_str(json.dumps(message, ensure_ascii=False))

    def _abort(self) -> None:
        """Cut the connection of a client that reads nothing; what waits in its buffer is dropped."""
        if self._transport is not None:
            self._transport.abort()


def _since(request: web.Request) -> int | None:
    given = request.query.get("since")
    if set(request.query) - {"since"}:
        raise Refused("invalid_arguments", "/ws takes nothing but `since`.", "Use /ws?since=ID.")
    if given is None:
        return None
    if not (given.isascii() and given.isdigit() and len(given) < 20):
        raise Refused("invalid_arguments", "`since` must be the id of an event.", "Use the id of the last one you saw.")
    return int(given)


def _notice(kind: str, event_id: int, **payload: int) -> dict[str, Any]:
    """A message about the stream; its id is where a client that has fetched the state may resume."""
    return {"id": event_id, "ts": time.time(), "type": kind, "payload": {**payload, "refetch": True}}
