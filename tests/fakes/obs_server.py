"""A small obs-websocket 5 server (RPC version 1), written from the protocol's public documentation.

It tells the truth about a modelled OBS (`ObsModel`), and lies on demand: see the fields of `Manners`. Requests run at
the same time, as in OBS, so replies may come in any order. It shares no code with what it helps to test.
"""

import asyncio
import base64
import contextlib
import dataclasses
import hashlib
import json
import random
import secrets
from collections.abc import AsyncIterator
from typing import Any

from aiohttp import WSCloseCode, WSMsgType, web

from tests.fakes.obs_model import NOT_READY, ObsModel, RequestRefused, unheard

HELLO, IDENTIFY, IDENTIFIED, REIDENTIFY, EVENT, REQUEST, RESPONSE, BATCH, BATCH_RESPONSE = 0, 1, 2, 3, 5, 6, 7, 8, 9

DECODE_ERROR, MISSING_FIELD, WRONG_FIELD_TYPE, UNKNOWN_OP = 4002, 4003, 4004, 4006
NOT_IDENTIFIED, ALREADY_IDENTIFIED, AUTHENTICATION_FAILED, UNSUPPORTED_RPC, SESSION_INVALIDATED = (
    4007,
    4008,
    4009,
    4010,
    4011,
)

ALL_LOW_VOLUME = (1 << 11) - 1


@dataclasses.dataclass
class Manners:
    """How the server misbehaves; change it at any time."""

    delay_seconds: float = 0.0
    """Every reply comes this late."""
    delays: dict[str, float] = dataclasses.field(default_factory=dict)
    """Replies to these request types come this much later."""
    silent: set[str] = dataclasses.field(default_factory=set)
    """Requests of these types are carried out and never answered."""
    errors: dict[str, tuple[int, str]] = dataclasses.field(default_factory=dict)
    """Requests of these types are refused with this code and comment."""
    shuffle_seconds: float = 0.0
    """Every reply waits for a random time up to this, so that they come in any order."""
    not_ready: bool = False
    """Refuse every request as an OBS that is still loading does (207)."""
    close_on_identify: int = 0
    """Close with this code instead of answering Identify."""
    hello: dict[str, Any] | None = None
    """Send this as the whole first message instead of a Hello; an empty one: send none."""


class Session:
    """One client's connection."""

    def __init__(self, ws: web.WebSocketResponse, transport: asyncio.Transport | None) -> None:
        self.ws = ws
        self.transport = transport
        self.challenge = base64.b64encode(secrets.token_bytes(32)).decode()
        self.identified = False
        self.subscriptions = ALL_LOW_VOLUME


class ObsServer:
    """Serves an `ObsModel` on a free port of 127.0.0.1; use it as an async context manager."""

    def __init__(self, model: ObsModel | None = None, *, password: str | None = None, port: int = 0) -> None:
        self.model = model or ObsModel()
        self.manners = Manners()
        self.port = port
        self.sessions: list[Session] = []
        self.requests: list[tuple[str, dict[str, Any]]] = []
        """Every request received, with its data."""
        self.identify_attempts = 0
        self.connections = 0
        self._random = random.Random(5)
        self._password = password
        self._salt = base64.b64encode(secrets.token_bytes(32)).decode()
        self._thawed = asyncio.Event()
        self._thawed.set()
        self._runner: web.AppRunner | None = None
        self._deliveries: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    async def __aenter__(self) -> "ObsServer":
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listen; after a `stop` on the same port again."""
        self.model.on_event = self.emit
        app = web.Application()
        app.router.add_get("/", self._serve)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True).start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Say goodbye to every client (1001), as OBS does when it exits, and stop listening."""
        self.thaw()
        await self._close_all(WSCloseCode.GOING_AWAY, b"Server stopping.")
        await self._end()

    async def kill(self) -> None:
        """End every connection without a word, as a killed OBS does, and stop listening."""
        self.thaw()
        self.drop_connections()
        await self._end()

    async def change_password(self, password: str | None) -> None:
        """Take a new password; OBS restarts its server then, which ends all sessions."""
        self._password = password
        await self._close_all(WSCloseCode.GOING_AWAY, b"Server stopping.")

    async def kick(self) -> None:
        """Invalidate all sessions, as the streamer can in OBS's session list."""
        await self._close_all(SESSION_INVALIDATED, b"Your session has been invalidated.")

    def drop_connections(self) -> None:
        """Cut every TCP connection; new ones are welcome."""
        for session in self.sessions:
            if session.transport is not None:
                session.transport.abort()

    def freeze(self) -> None:
        """Stop reading and answering while connections stay open, like a stopped process."""
        self._thawed.clear()

    def thaw(self) -> None:
        self._thawed.set()

    def emit(self, kind: str, intent: int, data: dict[str, Any] | None = None) -> None:
        """Send an event to every identified client that subscribed to its category."""
        message: dict[str, Any] = {"eventType": kind, "eventIntent": intent}
        if data is not None:
            message["eventData"] = data
        for session in self.sessions:
            if session.identified and session.subscriptions & intent:
                self._deliver(session, {"op": EVENT, "d": message})

    async def send_raw(self, text: str | bytes) -> None:
        """Send `text` to every client as it is."""
        for session in self.sessions:
            await (session.ws.send_str(text) if isinstance(text, str) else session.ws.send_bytes(text))

    def _deliver(self, session: Session, message: dict[str, Any]) -> None:
        task = asyncio.get_running_loop().create_task(self._send(session, message))
        self._deliveries.add(task)
        task.add_done_callback(self._deliveries.discard)

    async def _send(self, session: Session, message: dict[str, Any]) -> None:
        await self._thawed.wait()
        with contextlib.suppress(ConnectionError):
            await session.ws.send_str(json.dumps(message))

    async def _close_all(self, code: int, reason: bytes) -> None:
        for session in list(self.sessions):
            await session.ws.close(code=code, message=reason)

    async def _end(self) -> None:
        self.model.on_event = unheard
        for task in list(self._deliveries):
            task.cancel()
        self.model.cancel_saves()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _serve(self, request: web.Request) -> web.WebSocketResponse:
        await self._thawed.wait()
        ws = web.WebSocketResponse(protocols=("obswebsocket.json",), autoping=True, max_msg_size=0)
        await ws.prepare(request)
        session = Session(ws, request.transport)
        self.sessions.append(session)
        self.connections += 1
        try:
            await self._greet(session)
            async with asyncio.TaskGroup() as group:
                async for raw in ws:
                    await self._thawed.wait()
                    if raw.type is not WSMsgType.TEXT:
                        await ws.close(code=DECODE_ERROR, message=b"This session takes JSON over text.")
                        break
                    await self._receive(session, raw.data, group)
        finally:
            self.sessions.remove(session)
        return ws

    async def _greet(self, session: Session) -> None:
        hello: dict[str, Any] = {"obsWebSocketVersion": self.model.websocket_version, "rpcVersion": 1}
        if self._password is not None:
            hello["authentication"] = {"challenge": session.challenge, "salt": self._salt}
        message = {"op": HELLO, "d": hello} if self.manners.hello is None else self.manners.hello
        if message:
            await session.ws.send_str(json.dumps(message))

    async def _receive(self, session: Session, text: str, group: asyncio.TaskGroup) -> None:
        try:
            message = json.loads(text)
            op, data = message["op"], message["d"]
        except (ValueError, KeyError, TypeError):
            await session.ws.close(code=DECODE_ERROR, message=b"Not a JSON object with op and d.")
            return
        if op == IDENTIFY:
            await self._identify(session, data)
        elif not session.identified:
            await session.ws.close(code=NOT_IDENTIFIED, message=b"Identify first.")
        elif op == REIDENTIFY:
            session.subscriptions = data.get("eventSubscriptions", session.subscriptions)
            await self._send(session, {"op": IDENTIFIED, "d": {"negotiatedRpcVersion": 1}})
        elif op in (REQUEST, BATCH):
            if "requestId" not in data:
                await session.ws.close(code=MISSING_FIELD, message=b"requestId is missing.")
                return
            group.create_task(self._answer(session, op, data))
        else:
            await session.ws.close(code=UNKNOWN_OP, message=b"Unknown op.")

    async def _identify(self, session: Session, data: dict[str, Any]) -> None:
        self.identify_attempts += 1
        code, reason = 0, b""
        if session.identified:
            code, reason = ALREADY_IDENTIFIED, b"You are identified already."
        elif self.manners.close_on_identify:
            code, reason = self.manners.close_on_identify, b"Told to."
        elif self._password is not None and data.get("authentication") != self._expected(session):
            code, reason = AUTHENTICATION_FAILED, b"Authentication failed."
        elif "rpcVersion" not in data:
            code, reason = MISSING_FIELD, b"rpcVersion is missing."
        elif data["rpcVersion"] != 1:
            code, reason = UNSUPPORTED_RPC, b"Only RPC version 1 is spoken here."
        elif not isinstance(data.get("eventSubscriptions", 0), int):
            code, reason = WRONG_FIELD_TYPE, b"eventSubscriptions is not a number."
        if code:
            await session.ws.close(code=code, message=reason)
            return
        session.subscriptions = data.get("eventSubscriptions", ALL_LOW_VOLUME)
        session.identified = True
        await self._send(session, {"op": IDENTIFIED, "d": {"negotiatedRpcVersion": 1}})

    def _expected(self, session: Session) -> str:
        secret = base64.b64encode(hashlib.sha256(f"{self._password}{self._salt}".encode()).digest()).decode()
        return base64.b64encode(hashlib.sha256(f"{secret}{session.challenge}".encode()).digest()).decode()

    async def _answer(self, session: Session, op: int, data: dict[str, Any]) -> None:
        if op == BATCH:
            results: list[dict[str, Any]] = []
            for item in data.get("requests", []):
                results.append(await self._run(item))
                if data.get("haltOnFailure") and not results[-1]["requestStatus"]["result"]:
                    break
            if any(item.get("requestType") in self.manners.silent for item in data.get("requests", [])):
                return
            reply = {"op": BATCH_RESPONSE, "d": {"requestId": data["requestId"], "results": results}}
        else:
            reply = {"op": RESPONSE, "d": await self._run(data)}
            if data.get("requestType") in self.manners.silent:
                return
        await self._send(session, reply)

    async def _run(self, data: dict[str, Any]) -> dict[str, Any]:
        kind = str(data.get("requestType", ""))
        arguments = data.get("requestData") or {}
        self.requests.append((kind, arguments))
        answer: dict[str, Any] = {"requestType": kind}
        if "requestId" in data:
            answer["requestId"] = data["requestId"]
        try:
            if kind in self.manners.errors:
                raise RequestRefused(*self.manners.errors[kind])
            if self.manners.not_ready:
                raise RequestRefused(NOT_READY, "OBS is not ready to perform the request.")
            result = self.model.handle(kind, arguments)
        except RequestRefused as refusal:
            answer["requestStatus"] = {"result": False, "code": refusal.code}
            if refusal.comment:
                answer["requestStatus"]["comment"] = refusal.comment
        else:
            answer["requestStatus"] = {"result": True, "code": 100}
            if result is not None:
                answer["responseData"] = result
        delay = self.manners.delay_seconds + self.manners.delays.get(kind, 0.0)
        await asyncio.sleep(delay + self._random.uniform(0, self.manners.shuffle_seconds))
        return answer


@contextlib.asynccontextmanager
async def obs_server(*, password: str | None = None) -> AsyncIterator[ObsServer]:
    """A server on a free port, stopped at the end."""
    async with ObsServer(password=password) as server:
        yield server
