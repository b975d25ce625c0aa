"""How a file leaves the server."""

from typing import IO, Any

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter


class SentFile(web.FileResponse):
    """A file's bytes, written piece by piece, so that a connection can be cut in the middle.

    Not with the loop's `sendfile`: over TLS that writes on to a connection that is gone, with a traceback each time;
    without TLS it goes on with the number of a socket that was closed, which may by then be another phone's.
    """

    async def _sendfile(self, request: web.BaseRequest, fobj: IO[Any], offset: int, count: int) -> AbstractStreamWriter:
        writer = await web.StreamResponse.prepare(self, request)
        assert writer is not None
        return await self._sendfile_fallback(writer, fobj, offset, count)
