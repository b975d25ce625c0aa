"""The captions' page for OBS's browser source, and what it shows: for whoever has its key, and nothing else for it.

The key stands behind the `#` of the address, which no browser sends: it reaches no log. The page gives it as
`Authorization: Bearer KEY` to the stream of captions, and that is all that it opens.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from aiohttp import web

from companion.adapters.overlay_key import OverlayKey
from companion.domain.events import CaptionAddressChanged, CaptionShown, CaptionStyleChanged
from companion.frontends.http.errors import TooMany, Unauthorized
from companion.frontends.http.pages import BUILT
from companion.kernel.bus import Bus, Envelope, Event
from companion.kernel.errors import Unavailable

PAGE_PATH = "/overlay/captions"
LIVE_PATH = "/overlay/captions/live"
HEARTBEAT_SECONDS = 10.0
SEND_SECONDS = 10.0
MOST_STREAMS = 16
WAITING = 64

# OBS adds the streamer's own CSS to the page, as a style element.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class Overlay:
    """Serves the page and its stream."""

    def __init__(self, bus: Bus, key: OverlayKey, built: Path = BUILT) -> None:
        self._bus = bus
        self._key = key
        self._built = built
        self._streams: set[asyncio.Timeout] = set()

    def add_routes(self, router: web.UrlDispatcher) -> None:
        router.add_get(PAGE_PATH, self._page)
        router.add_get(LIVE_PATH, self._live, allow_head=False)

    async def close(self, _: web.Application) -> None:
        """End all streams."""
        for stream in self._streams:
            stream.reschedule(asyncio.get_running_loop().time())

    async def _page(self, _: web.Request) -> web.StreamResponse:
        try:
            page = (self._built / "overlay.html").read_bytes()  # a kilobyte
        except OSError as error:
            raise Unavailable(
                "pages_not_built", "The companion's pages are not there.", "Run `make setup`, or install it again."
            ) from error
        headers = {"Content-Security-Policy": CONTENT_SECURITY_POLICY}
        return web.Response(body=page, content_type="text/html", charset="utf-8", headers=headers)

    async def _live(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events: `{"style": {...}}` and `{"lines": [...], "final": true}`, until the key is another."""
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not self._key.opens(given.strip()):
            raise Unauthorized(
                "overlay_key_wrong",
                "This is not, or no longer, the address of the captions' page.",
                "Copy the present one from the companion's settings (or `companion captions address`) into OBS.",
            )
        if len(self._streams) >= MOST_STREAMS:
            raise TooMany("too_many_streams", "The captions' page is open too often.", "Close some of them.")
        kinds = (CaptionShown, CaptionStyleChanged, CaptionAddressChanged)
        events = self._bus.subscribe(*kinds, size=WAITING, watch=[CaptionShown.watch])
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"})
        lasting = asyncio.timeout(None)
        self._streams.add(lasting)
        try:
            async with lasting:
                await response.prepare(request)
                for known in (self._bus.latest(CaptionStyleChanged), self._bus.latest(CaptionShown)):
                    await _send(response, _message(known))
                while not isinstance(event := await _next(events.get), CaptionAddressChanged):
                    await _send(response, _message(event))
        except (TimeoutError, ConnectionError):
            pass  # the companion ends, or the page went or reads nothing
        finally:
            self._streams.discard(lasting)
            self._bus.unsubscribe(events)
        return response


async def _next(get: Callable[[], Awaitable[Envelope]]) -> Event | None:
    """The next event; None when nothing was said for so long that a sign of life is due."""
    try:
        async with asyncio.timeout(HEARTBEAT_SECONDS):
            return (await get()).event
    except TimeoutError:
        return None


def _message(event: Event | None) -> str:
    match event:
        case CaptionShown():
            # Without OBS nobody knows whether the microphone is muted: then nothing is on air.
            value: dict[str, Any] = {"lines": event.lines if event.on_air else [], "final": event.final}
        case CaptionStyleChanged(style):
            value = {"style": style}
        case _:
            return ":\n\n"
    return f"data: {json.dumps(value, ensure_ascii=False)}\n\n"


async def _send(response: web.StreamResponse, text: str) -> None:
    async with asyncio.timeout(SEND_SECONDS):
        await response.write(text.encode())
