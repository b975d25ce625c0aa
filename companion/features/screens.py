"""Pictures of the studio: screenshots that are kept, and a small live one for those who watch."""

import asyncio
import datetime as dt
import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, Field

from companion.adapters.obs.pictures import Pictures
from companion.domain.events import ScreenshotDeleted, ScreenshotSaved
from companion.kernel.actions import Caller, FileAnswer, Scope, action
from companion.kernel.bus import Bus
from companion.kernel.errors import Failed, NotAllowed, NotFound
from companion.kernel.service import Ready

FOLDER = "Screenshots"
_NAME = re.compile(r"[^/\\:\x00-\x1f]{1,200}\.png")

Source = Annotated[str | None, Field(min_length=1, max_length=200, description="A scene or source; none: the program")]
Name = Annotated[str, Field(min_length=5, max_length=204, description="The screenshot's file name")]


class Screenshot(BaseModel):
    """A screenshot on disk."""

    name: str
    taken_at: dt.datetime
    size_bytes: int


class ScreenshotPage(BaseModel):
    """Screenshots, newest first, and how many there are in all."""

    items: list[Screenshot]
    total: int


class Screens:
    """Actions on pictures; `folder()` is where clips go, and screenshots below it."""

    name = "screens"
    essential = False

    def __init__(self, pictures: Pictures, folder: Callable[[], Path], bus: Bus) -> None:
        self._pictures = pictures
        self._folder = folder
        self._bus = bus

    async def run(self, ready: Ready) -> None:
        """Leave no live picture behind, neither of an earlier run nor of this one."""
        await self._pictures.forget()
        ready()
        try:
            await asyncio.Event().wait()
        finally:
            await self._pictures.forget()

    @action("screenshot.save", scope=Scope.CONTROL, http="POST /api/studio/screenshot")
    async def save(self, source: Source = None) -> Screenshot:
        """Take a screenshot of the program, a scene or a source, and keep it as a file."""
        name = source or self._pictures.program()
        picture = await self._pictures.full(name)
        taken_at = dt.datetime.now(dt.UTC)
        saved = await asyncio.to_thread(_write, self._folder() / FOLDER, name, taken_at, picture)
        self._bus.publish(ScreenshotSaved(saved.model_dump(mode="json")))
        return saved

    @action("screenshot.picture", scope=Scope.VIEW, http="GET /api/studio/picture")
    async def picture(
        self,
        caller: Caller,
        source: Source = None,
        width: Annotated[int, Field(ge=16, le=1280, description="How wide, in pixels; it may be a little wider")] = 640,
    ) -> FileAnswer:
        """A small JPEG of the program now, for controllers also of a scene or a source; four a second at most."""
        if source and caller.scope <= Scope.VIEW and source != self._pictures.program():
            raise NotAllowed(
                "only_the_program", "This device may see the program only.", "Ask the streamer for a higher scope."
            )
        file = await self._pictures.small(source or self._pictures.program(), width)
        return FileAnswer(file, "image/jpeg", "picture.jpg")

    @action("screenshot.list", scope=Scope.CONTROL, http="GET /api/screenshots")
    async def page(
        self,
        limit: Annotated[int, Field(ge=1, le=500, description="How many")] = 50,
        offset: Annotated[int, Field(ge=0, le=1_000_000, description="After skipping how many")] = 0,
    ) -> ScreenshotPage:
        """List screenshots, newest first."""
        found = await asyncio.to_thread(_listed, self._folder() / FOLDER)
        return ScreenshotPage(items=found[offset : offset + limit], total=len(found))

    @action("screenshot.show", scope=Scope.CONTROL, http="GET /api/screenshots/{name}")
    async def show(self, name: Name) -> FileAnswer:
        """A screenshot's picture."""
        return FileAnswer(await asyncio.to_thread(self._find, name), "image/png", name)

    @action("screenshot.delete", scope=Scope.CONTROL, http="DELETE /api/screenshots/{name}", confirm=True)
    async def delete(self, name: Name) -> None:
        """Delete a screenshot."""
        file = await asyncio.to_thread(self._find, name)
        try:
            await asyncio.to_thread(file.unlink)
        except OSError as error:
            raise Failed(
                "file_in_use", f"{name} cannot be deleted: {error.strerror}.", "Close the program that has it open."
            ) from error
        self._bus.publish(ScreenshotDeleted(name))

    def _find(self, name: str) -> Path:
        """The file of this name; nothing outside of the folder has one. Raises NotFound `screenshot_not_found`."""
        file = self._folder() / FOLDER / name
        try:
            is_one = bool(_NAME.fullmatch(name)) and not file.is_symlink() and file.is_file()
        except OSError:
            is_one = False  # a name of so many letters can be too long for a file
        if not is_one:
            raise NotFound("screenshot_not_found", f"There is no screenshot {name!r}.", "`companion screenshot list`.")
        return file


def _write(folder: Path, source: str, taken_at: dt.datetime, picture: bytes) -> Screenshot:
    """Write a new file, whole or not at all, under a name that is not taken."""
    plain = re.sub(r"\s+", " ", re.sub(r'[<>:"/\\|?*\x00-\x1f]+', " ", source)).strip(" .")[:60] or "Screenshot"
    stem = f"{taken_at.astimezone():%Y-%m-%d %H-%M-%S} {plain}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        number, file = 1, folder / f"{stem}.png"
        while True:
            try:
                with file.open("xb") as new:
                    new.write(picture)
                break
            except FileExistsError:
                number += 1
                file = folder / f"{stem} ({number}).png"
            except OSError:
                file.unlink(missing_ok=True)
                raise
    except OSError as error:
        raise Failed(
            "not_writable",
            f"The screenshot cannot be written to {folder}: {error.strerror}.",
            "Check its rights and free space, or choose another folder with SESSION_DIR.",
        ) from error
    return Screenshot(name=file.name, taken_at=taken_at, size_bytes=len(picture))


def _listed(folder: Path) -> list[Screenshot]:
    found = []
    for file in folder.glob("*.png"):
        try:
            status = file.lstat()
        except OSError:
            continue  # it went meanwhile
        if _NAME.fullmatch(file.name) and not file.is_symlink():
            taken_at = dt.datetime.fromtimestamp(status.st_mtime, dt.UTC)
            found.append(Screenshot(name=file.name, taken_at=taken_at, size_bytes=status.st_size))
    return sorted(found, key=lambda item: (item.taken_at, item.name), reverse=True)
