"""One connection of the obs-websocket protocol, version 5 (RPC version 1), over aiohttp's WebSocket client.

Foreign errors become `ConnectionFailed` (with the state to show), `ObsRequestFailed`, `Failed("obs_timeout")` or
`Unavailable("obs_not_connected")` here, and nowhere else.
"""

import asyncio
import base64
import hashlib
import itertools
import json
import logging
import time
from collections.abc import Callable, Sequence
from typing import Any

import aiohttp
from yarl import URL

from companion.domain.events import ObsState
from companion.kernel.errors import Failed, Unavailable
from companion.kernel.logs import TRACE

log = logging.getLogger(__name__)

RPC_VERSION = 1
HELLO, IDENTIFY, IDENTIFIED, REIDENTIFY, EVENT, REQUEST, RESPONSE, BATCH, BATCH_RESPONSE = 0, 1, 2, 3, 5, 6, 7, 8, 9
NOT_READY = 207
"""The code of a request that came while OBS was still loading."""

CONNECT_SECONDS = 4.0
ANSWER_SECONDS = 5.0
GOODBYE_SECONDS = 0.5
LARGEST_MESSAGE = 64 * 1024 * 1024

NOT_VERSION_5 = "What answers is not OBS's WebSocket server, version 5; an OBS before 28 may be running."

_CLOSED_BY_PROTOCOL = {
    4009: (ObsState.WRONG_PASSWORD, "OBS refused the password."),
    4010: (ObsState.INCOMPATIBLE, "This OBS speaks another version of the WebSocket protocol."),
    4011: (ObsState.KICKED, "The companion was disconnected in OBS's list of WebSocket sessions."),
}
_SECRET_FIELDS = frozenset({"authentication", "password", "key", "bearer_token", "server_password", "auth_token"})

EventHandler = Callable[[str, dict[str, Any]], None]


class ConnectionFailed(Exception):
    """No connection, or no longer; `state` is what to show, `detail` a sentence.

    `refused`: the computer is there, and nothing listens on it.
    """

    def __init__(self, state: ObsState, detail: str, *, refused: bool = False) -> None:
        super().__init__(detail)
        self.state = state
        self.detail = detail
        self.refused = refused


class ObsRequestFailed(Failed):
    """OBS answered a request with an error: `obs_code` is the protocol's status code, `comment` OBS's own words."""

    def __init__(self, request: str, obs_code: int, comment: str = "") -> None:
        super().__init__(
            "obs_request_failed",
            f"OBS refused {request}: {comment or f'code {obs_code}'}",
            "Look at OBS for a question or an error message.",
            request=request,
            obs_code=obs_code,
        )
        self.obs_code = obs_code
        self.comment = comment


class ObsConnection:
    """An identified connection; `read` must run for anything to be answered."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse, on_event: EventHandler) -> None:
        self._ws = ws
        self._on_event = on_event
        self._ids = itertools.count(1)
        self._pending: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._heard = asyncio.Event()
        self._heard_at = time.monotonic()
        self._failure: ConnectionFailed | None = None

    async def read(self) -> ConnectionFailed:
        """Take in messages until the connection ends; returns why it ended. Requests under way fail then."""
        try:
            while (message := await _receive(self._ws)) is not None:
                self._heard.set()
                self._heard_at = time.monotonic()
                self._dispatch(message)
            self._failure = self._failure or _closed(self._ws)
            return self._failure
        finally:
            for future in self._pending.values():
                if not future.done():
                    future.set_exception(_connection_lost())
            self._pending.clear()

    async def request(self, kind: str, data: dict[str, Any] | None, timeout_seconds: float) -> dict[str, Any]:
        """OBS's answer to one request (`{}` when it has no data)."""
        body: dict[str, Any] = {"requestType": kind} | ({"requestData": data} if data is not None else {})
        answer = _answer_of(kind, await self._exchange(REQUEST, body, kind, timeout_seconds))
        if isinstance(answer, ObsRequestFailed):
            raise answer
        return answer

    async def batch(
        self, requests: Sequence[tuple[str, dict[str, Any] | None]], timeout_seconds: float
    ) -> list[dict[str, Any] | ObsRequestFailed]:
        """OBS's answers to several requests, carried out one after another, in their order."""
        items = [
            {"requestType": kind, "requestId": str(index)} | ({"requestData": data} if data is not None else {})
            for index, (kind, data) in enumerate(requests)
        ]
        body = {"haltOnFailure": False, "executionType": 0, "requests": items}
        reply = await self._exchange(BATCH, body, " + ".join(kind for kind, _ in requests), timeout_seconds)
        results = reply.get("results")
        by_id = {item.get("requestId"): item for item in results or [] if isinstance(item, dict)}
        return [_answer_of(kind, by_id.get(str(index), {})) for index, (kind, _) in enumerate(requests)]

    async def subscribe(self, categories: int) -> None:
        """Have OBS send the events of these categories from now on, and no others."""
        try:
            await _send(self._ws, REIDENTIFY, {"eventSubscriptions": categories})
        except ConnectionError:
            raise _connection_lost() from None

    async def wait_until_heard(self) -> None:
        """Until the next message of any kind arrives."""
        self._heard.clear()
        await self._heard.wait()

    @property
    def silent_seconds(self) -> float:
        """For how long no message of any kind came."""
        return time.monotonic() - self._heard_at

    async def close(self, failure: ConnectionFailed | None = None) -> None:
        """End the connection; `read` then returns `failure`."""
        self._failure = self._failure or failure
        await self._ws.close()

    async def _exchange(self, op: int, body: dict[str, Any], what: str, timeout_seconds: float) -> dict[str, Any]:
        request_id = str(next(self._ids))
        future: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._pending[request_id] = future
        try:
            async with asyncio.timeout(timeout_seconds):
                await _send(self._ws, op, {"requestId": request_id} | body)
                return await future
        except TimeoutError:
            raise Failed(
                "obs_timeout",
                f"OBS did not answer {what} within {timeout_seconds:g} s.",
                "Look at OBS: it may show a question, or hang.",
            ) from None
        except ConnectionError:
            raise _connection_lost() from None
        finally:
            self._pending.pop(request_id, None)

    def _dispatch(self, message: dict[str, Any]) -> None:
        op, data = message.get("op"), message.get("d")
        if not isinstance(data, dict):
            log.warning("OBS sent a message without data; it is ignored")
        elif op == EVENT:
            details = data.get("eventData")
            self._on_event(str(data.get("eventType")), details if isinstance(details, dict) else {})
        elif op in (RESPONSE, BATCH_RESPONSE):
            future = self._pending.pop(str(data.get("requestId")), None)
            if future is not None and not future.done():
                future.set_result(data)


async def connect(
    http: aiohttp.ClientSession, url: str, password: str | None, subscriptions: int, on_event: EventHandler
) -> ObsConnection:
    """Connect to OBS and identify; raises ConnectionFailed."""
    ws = await _upgrade(http, url)
    try:
        hello = await _expect(ws, HELLO, ObsState.INCOMPATIBLE)
        if not isinstance(hello.get("rpcVersion"), int) or hello["rpcVersion"] < RPC_VERSION:
            raise ConnectionFailed(ObsState.INCOMPATIBLE, "This OBS speaks another version of the WebSocket protocol.")
        identify: dict[str, Any] = {"rpcVersion": RPC_VERSION, "eventSubscriptions": subscriptions}
        if challenge := hello.get("authentication"):
            if password is None:
                raise ConnectionFailed(ObsState.WRONG_PASSWORD, "OBS asks for a password, and none is known.")
            identify["authentication"] = _authentication(password, challenge)
        await _send(ws, IDENTIFY, identify)
        await _expect(ws, IDENTIFIED, ObsState.NOT_RESPONDING)
    except ConnectionError:
        await ws.close()
        raise ConnectionFailed(ObsState.NOT_RUNNING, "OBS ended the connection at once.") from None
    except BaseException:
        await ws.close()
        raise
    return ObsConnection(ws, on_event)


async def wait_for_restart(http: aiohttp.ClientSession, url: str) -> ConnectionFailed:
    """Stay connected without identifying, which OBS does not count as an attempt; returns how it ended.

    OBS restarts its server when its settings change: until then a refused password cannot become right.
    """
    try:
        ws = await _upgrade(http, url)
    except ConnectionFailed as failure:
        return failure
    try:
        while await _receive(ws) is not None:
            pass
        return _closed(ws)
    finally:
        await ws.close()


def shown(url: str) -> str:
    """The address without any name or password in it."""
    try:
        return str(URL(url).with_user(None))
    except ValueError:
        return "the address in the settings"


async def _upgrade(http: aiohttp.ClientSession, url: str) -> aiohttp.ClientWebSocketResponse:
    where = shown(url)
    goodbye = aiohttp.ClientWSTimeout(ws_close=GOODBYE_SECONDS)
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            return await http.ws_connect(
                url,
                protocols=("obswebsocket.json",),
                timeout=goodbye,
                max_msg_size=LARGEST_MESSAGE,
                compress=0,
            )
    except aiohttp.ConnectionTimeoutError:
        # On this computer only a listener that no longer takes in connections lets one wait.
        frozen = URL(url).host in ("127.0.0.1", "localhost", "::1")
        state = ObsState.NOT_RESPONDING if frozen else ObsState.NOT_RUNNING
        raise ConnectionFailed(state, f"There is no answer from {where}.") from None
    except TimeoutError:
        raise ConnectionFailed(ObsState.NOT_RESPONDING, f"OBS at {where} is there, but does not answer.") from None
    except (aiohttp.ClientConnectorSSLError, aiohttp.ClientConnectorCertificateError) as error:
        raise ConnectionFailed(ObsState.INCOMPATIBLE, f"No secure connection to {where}: {error}") from None
    except aiohttp.ClientConnectorDNSError:
        raise ConnectionFailed(ObsState.NOT_RUNNING, f"There is no computer of the name in {where}.") from None
    except aiohttp.ClientConnectorError as error:
        refused = isinstance(error.os_error, ConnectionRefusedError)
        raise ConnectionFailed(ObsState.NOT_RUNNING, f"Nothing listens at {where}.", refused=refused) from None
    except aiohttp.ClientOSError:
        raise ConnectionFailed(ObsState.NOT_RUNNING, f"The connection to {where} broke at once.") from None
    except (aiohttp.ClientError, ValueError):
        raise ConnectionFailed(
            ObsState.INCOMPATIBLE, f"What listens at {where} is not OBS's WebSocket server."
        ) from None


async def _expect(ws: aiohttp.ClientWebSocketResponse, op: int, silence: ObsState) -> dict[str, Any]:
    """The data of the next message of the kind `op`; when none comes, the connection counts as `silence`."""
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            while (message := await _receive(ws)) is not None:
                data = message.get("d")
                if message.get("op") == op and isinstance(data, dict):
                    return data
                if op == HELLO:
                    raise ConnectionFailed(
                        ObsState.INCOMPATIBLE, "What answers is not OBS's WebSocket server, version 5."
                    )
    except TimeoutError:
        sentence = "OBS does not answer."
        if silence is ObsState.INCOMPATIBLE:
            sentence = "What answers is not OBS's WebSocket server, version 5; an OBS before 28 may be running."
        raise ConnectionFailed(silence, sentence) from None
    raise _closed(ws)


async def _receive(ws: aiohttp.ClientWebSocketResponse) -> dict[str, Any] | None:
    """The next message, `{}` when it was none that can be read, or None at the connection's end."""
    raw = await ws.receive()
    if raw.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSING, aiohttp.WSMsgType.CLOSED):
        return None
    if raw.type is aiohttp.WSMsgType.ERROR:
        log.warning("the connection to OBS broke: %s", type(raw.data).__name__)
        return None
    try:
        message = json.loads(raw.data) if raw.type is aiohttp.WSMsgType.TEXT else None
    except ValueError:
        message = None
    if not isinstance(message, dict):
        log.warning("what came from OBS is not a message of its protocol; it is ignored")
        return {}
    _trace("in", message)
    return message


async def _send(ws: aiohttp.ClientWebSocketResponse, op: int, data: dict[str, Any]) -> None:
    message = {"op": op, "d": data}
    _trace("out", message)
    await ws.send_str(json.dumps(message))


def _closed(ws: aiohttp.ClientWebSocketResponse) -> ConnectionFailed:
    code = ws.close_code or aiohttp.WSCloseCode.ABNORMAL_CLOSURE
    if code in _CLOSED_BY_PROTOCOL:
        return ConnectionFailed(*_CLOSED_BY_PROTOCOL[code])
    if 4000 <= code < 5000:
        return ConnectionFailed(ObsState.INCOMPATIBLE, f"OBS ended the connection (code {code}).")
    return ConnectionFailed(ObsState.NOT_RUNNING, "The connection to OBS ended.")


def _connection_lost() -> Unavailable:
    return Unavailable(
        "obs_not_connected",
        "The connection to OBS ended before it answered.",
        "Start OBS again if it was closed; the companion connects by itself.",
    )


def _answer_of(kind: str, reply: dict[str, Any]) -> dict[str, Any] | ObsRequestFailed:
    status = reply.get("requestStatus")
    if not isinstance(status, dict):
        return ObsRequestFailed(kind, 0, "The answer has no status.")
    if status.get("result") is not True:
        code = status.get("code")
        return ObsRequestFailed(kind, code if isinstance(code, int) else 0, str(status.get("comment") or ""))
    data = reply.get("responseData")
    return data if isinstance(data, dict) else {}


def _authentication(password: str, challenge: Any) -> str:
    """The protocol's answer to a challenge: hashes, from which the password cannot be read."""
    try:
        secret = base64.b64encode(
            hashlib.sha256(f"{password}{challenge['salt']}".encode(errors="surrogateescape")).digest()
        )
        return base64.b64encode(hashlib.sha256(secret + challenge["challenge"].encode()).digest()).decode()
    except (TypeError, KeyError, AttributeError):
        raise ConnectionFailed(ObsState.INCOMPATIBLE, "OBS asks for a password in an unknown way.") from None


def _trace(direction: str, message: dict[str, Any]) -> None:
    if log.isEnabledFor(TRACE):
        log.log(TRACE, "%s %.2000s", direction, json.dumps(_without_secrets(message)))


def _without_secrets(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: "***" if key in _SECRET_FIELDS else _without_secrets(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_secrets(item) for item in value]
    return value
