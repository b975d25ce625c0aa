"""How a file leaves the server."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter


class SentFile(web.FileResponse):
    """A file's bytes, written piece by piece, so that a connection can be cut in the middle.

    Not with the loop's `sendfile`: over TLS that writes on to a connection that is gone, with a traceback each time;
    without TLS it goes on with the number of a socket that was closed, which may by then be another phone's.
    One that is `passing` is deleted when it was sent, or could not be.
    """

    def __init__(self, path: Path, headers: Mapping[str, str], *, passing: bool = False) -> None:
        super().__init__(path, headers=headers)
        self._passing = path if passing else None

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        try:
            return await super().prepare(request)
        finally:
            if self._passing:
                await asyncio.to_thread(self._passing.unlink, missing_ok=True)

    async def _sendfile(self, request: web.BaseRequest, fobj: IO[Any], offset: int, count: int) -> AbstractStreamWriter:
        writer = await web.StreamResponse.prepare(self, request)
        assert writer is not None
        return await self._sendfile_fallback(writer, fobj, offset, count)
