"""A small real feature with files and a bus, for the tests of the doors: every kind of action there is."""

import asyncio
import contextlib
import dataclasses
import datetime
import enum
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, Field

from companion.domain.events import ClipProgressed
from companion.domain.paths import Paths
from companion.kernel.actions import Call, Caller, FileAnswer, Registry, Scope, action
from companion.kernel.bus import Bus
from companion.kernel.errors import Conflict, Failed, NotFound, Unavailable
from companion.kernel.status import Health, StatusBoard

if TYPE_CHECKING:
    from companion.frontends.http.server import HttpServer

BOOK = os.urandom(300_000)


class Kind(enum.StrEnum):
    """What stands on the shelf."""

    BOOK = "book"
    GAME = "game"


class Thing(BaseModel):
    """One thing on the shelf."""

    id: int
    title: str
    kind: Kind = Kind.BOOK
    tags: list[str] = []
    size_bytes: int = 0
    seconds: float = 0.0
    created_at: datetime.datetime = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.UTC)
    parent: "Thing | None" = None
    receipt: dict[str, Any] | None = None


class Shelf:
    """Things that can be listed, put, renamed, read and thrown away."""

    def __init__(self, bus: Bus, folder: Path) -> None:
        self._bus = bus
        self._folder = folder
        self.items: dict[int, Thing] = {}
        self.callers: list[Caller] = []
        self.proved = True
        """What the receipts say of what is put there."""

    @action("item.list", scope=Scope.VIEW, http="GET /api/items")
    async def list_items(
        self,
        kind: Annotated[Kind | None, Field(description="Only things of this kind.")] = None,
        tags: Annotated[list[str], Field(description="Only things with all these tags.")] = [],  # noqa: B006
        limit: Annotated[int, Field(ge=1, le=10000, description="At most so many.")] = 100,
    ) -> list[Thing]:
        """The things on the shelf."""
        found = [i for i in self.items.values() if kind in (None, i.kind) and set(tags) <= set(i.tags)]
        return found[:limit]

    @action("item.put", scope=Scope.CONTROL, http="POST /api/items")
    async def put(
        self,
        title: str,
        seconds: Annotated[float, Field(gt=0, le=3600, description="How long it takes to put it there.")] = 0.05,
        kind: Kind = Kind.BOOK,
        tags: list[str] = [],  # noqa: B006
        wait: Annotated[bool, Field(description="Answer when it is done.")] = False,
        caller: Caller = Caller("test", Scope.VIEW),  # noqa: B008
    ) -> Thing:
        """Put a thing on the shelf.

        This paragraph is for readers of the code.
        """
        self.callers.append(caller)
        item = Thing(id=len(self.items) + 1, title=title, kind=kind, tags=tags, size_bytes=len(BOOK), seconds=seconds)
        for step in range(5):
            self._bus.publish(ClipProgressed(item.id, "cutting", step / 5))
            await asyncio.sleep(seconds / 5 if wait else 0)
        if wait:
            item.receipt = {"ok": self.proved, "checks": []}
        self.items[item.id] = item
        await asyncio.to_thread((self._folder / str(item.id)).write_bytes, BOOK)
        return item

    @action("item.get", scope=Scope.VIEW, http="GET /api/items/{id}")
    async def get(self, id: Annotated[int, Field(description="The thing's number.")]) -> Thing:
        """One thing."""
        if id not in self.items:
            raise NotFound("no_such_item", f"There is no thing {id}.", "`companion item list` shows all.", id=id)
        return self.items[id]

    @action("item.edit", scope=Scope.CONTROL, http="PATCH /api/items/{id}")
    async def edit(self, id: int, title: str | None = None, tags: list[str] | None = None) -> Thing:
        """Change a thing's title or tags."""
        item = await self.get(id)
        changes: dict[str, Any] = {"title": title} if title is not None else {}
        changes |= {"tags": tags} if tags is not None else {}
        self.items[id] = item.model_copy(update=changes)
        return self.items[id]

    @action("item.delete", scope=Scope.CONTROL, http="DELETE /api/items/{id}", confirm=True)
    async def delete(self, id: int, force: bool = False) -> None:
        """Throw a thing away."""
        item = await self.get(id)
        if item.tags and not force:
            raise Conflict("item_is_tagged", "It has tags.", "Use force.")
        del self.items[id]

    async def _untidy(self, values: dict[str, Any]) -> list[Call]:
        return [("item.delete", {"id": number}) for number in self.items]

    @action("item.tidy", scope=Scope.CONTROL, http="POST /api/items/tidy", contains=_untidy)
    async def tidy(self) -> None:
        """Throw everything away."""
        self.items.clear()

    @action("item.file", scope=Scope.VIEW, http="GET /api/items/{id}/file")
    async def file(self, id: int, passing: bool = False) -> FileAnswer:
        """A thing's bytes."""
        item = await self.get(id)
        return FileAnswer(self._folder / str(id), "video/mp4", f"{item.title}.mp4", passing=passing)

    @action("item.tag_all", scope=Scope.ADMIN, http="POST /api/items/tag")
    async def tag_all(self, tags: list[str]) -> int:
        """Give all things these tags; answers how many there are."""
        for item in self.items.values():
            item.tags.extend(tags)
        return len(self.items)

    @action("item.sort", scope=Scope.CONTROL, http="POST /api/items/sort")
    async def sort(
        self, by: Annotated[str | None, Field(json_schema_extra={"x-positional": True})] = None
    ) -> list[Thing]:
        """Sort the shelf by a field, or by number."""
        self.items = dict(sorted(self.items.items(), key=lambda pair: getattr(pair[1], by or "id")))
        return list(self.items.values())

    @action("obs.status", scope=Scope.VIEW, http="GET /api/obs/status")
    async def obs_status(self) -> dict[str, Any]:
        """Open to monitors."""
        return {"state": "connected"}

    @action("trouble.make", scope=Scope.CONTROL, http="POST /api/trouble")
    async def trouble(self, kind: str) -> None:
        """Fail in the way that `kind` names."""
        if kind == "unavailable":
            raise Unavailable("obs_not_running", "OBS is not running.", "Start OBS.")
        if kind == "failed":
            raise Failed("cut_failed", "The cut did not work.")
        if kind == "slow":
            await asyncio.sleep(30)
        raise ZeroDivisionError("a secret of the inside")


@dataclasses.dataclass
class Doors:
    """A serving daemon over a shelf."""

    server: "HttpServer"
    shelf: Shelf
    bus: Bus
    board: StatusBoard
    paths: Paths
    task: asyncio.Task[None]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.port}"

    @property
    def token(self) -> str:
        return self.paths.token_file.read_text().strip()

    @property
    def auth(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    async def stop(self) -> None:
        self.task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self.task


@contextlib.asynccontextmanager
async def serving(home: Path, port: int = 0) -> AsyncIterator[Doors]:
    """Run the server over a shelf below `home`."""
    from companion.frontends.http.server import HttpServer  # not for the command line's own processes

    paths = Paths.find({"COMPANION_HOME": str(home)})
    folder = home / "shelf"
    folder.mkdir(parents=True, exist_ok=True)
    bus = Bus()
    board = StatusBoard(bus)
    board.set("obs", "not_running", Health.ATTENTION, "OBS is not running.", "Start OBS.")
    shelf = Shelf(bus, folder)
    server = HttpServer(Registry(bus, [shelf]), bus, board, port=port, paths=paths, version="1.2.3")
    ready = asyncio.Event()
    task = asyncio.create_task(server.run(ready.set))
    waiting = asyncio.create_task(ready.wait())
    await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if task.done():
        await task
    doors = Doors(server, shelf, bus, board, paths, task)
    try:
        yield doors
    finally:
        await doors.stop()
