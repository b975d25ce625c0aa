"""A small server that offers speech models as the Hugging Face Hub does: a list with hashes, files with ranges."""

import hashlib
from typing import Any

from aiohttp import web


class ModelHub:
    """Offers the files of one repository; `async with` it. It can break off, and hand out damaged bytes."""

    def __init__(self, repository: str, files: dict[str, bytes]) -> None:
        self.files = files
        self.repository = repository
        self.asked: list[tuple[str, str]] = []
        """(file, Range header) of each request for a file."""
        self.break_off_after: int | None = None
        """So many bytes of each answer are sent, then the connection is cut."""
        self.refused: set[str] = set()
        """Of these files nothing is sent."""
        self.damaged = False
        self.status = 200
        app = web.Application()
        app.router.add_get(f"/api/models/{repository}/tree/main", self._tree)
        app.router.add_get(f"/{repository}/resolve/main/{{file}}", self._file)
        self._runner = web.AppRunner(app)
        self.url = ""

    async def __aenter__(self) -> "ModelHub":
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def _tree(self, request: web.Request) -> web.Response:
        if self.status != 200:
            return web.Response(status=self.status)
        return web.json_response([self._entry(name, content) for name, content in self.files.items()])

    @staticmethod
    def _entry(name: str, content: bytes) -> dict[str, Any]:
        entry: dict[str, Any] = {"type": "file", "path": name, "size": len(content)}
        if name == "model.bin":
            digest = hashlib.sha256(content).hexdigest()
            return entry | {"oid": "0" * 40, "lfs": {"oid": digest, "size": len(content), "pointerSize": 132}}
        return entry | {"oid": hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()}

    async def _file(self, request: web.Request) -> web.StreamResponse:
        name, wanted = request.match_info["file"], request.headers.get("Range", "")
        self.asked.append((name, wanted))
        content = self.files[name]
        first = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted else 0
        rest = content[first:]
        if self.damaged and name == "model.bin":
            rest = rest[:-1] + bytes([rest[-1] ^ 1])
        answer = web.StreamResponse(status=206 if wanted else 200)
        answer.content_length = len(rest)
        await answer.prepare(request)
        limit = 0 if name in self.refused else self.break_off_after
        if limit is not None and len(rest) > limit:
            await answer.write(rest[:limit])
            assert request.transport is not None
            request.transport.abort()
            return answer
        await answer.write(rest)
        return answer
