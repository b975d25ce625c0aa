"""Pictures of OBS's scenes and sources: at full size to keep, and small ones to watch, shared by all who look."""

import asyncio
import base64
import binascii
import dataclasses
import hashlib
import shutil
from collections import Counter
from pathlib import Path

from companion.adapters.obs.controls import NOT_FOUND, translated
from companion.adapters.obs.link import ObsLink
from companion.adapters.obs.protocol import ObsRequestFailed
from companion.adapters.obs.studio_mirror import StudioMirror
from companion.kernel.errors import Conflict, Failed, NotFound, Unavailable

FRESH_SECONDS = 0.25
"""OBS is asked for one picture in this time at most, however many look, and at whatever."""
FORGET_SECONDS = 10.0
DIFFERENT = 8
"""So many different pictures may be waited for at a time: each is at most 2 s late then."""
WIDTHS = (160, 320, 480, 640, 960, 1280)
QUALITY = 70
FULL_SECONDS = 20.0
SMALL_SECONDS = 5.0


@dataclasses.dataclass(frozen=True)
class _Taken:
    file: Path
    at: float


class Pictures:
    """Takes pictures of the OBS at the other end of `link`; every method raises as `link.request` does.

    Small ones lie as files in `folder`, so that doors serve them as any other file, also conditionally.
    """

    def __init__(self, link: ObsLink, mirror: StudioMirror, folder: Path) -> None:
        self._link = link
        self._folder = folder
        self._mirror = mirror
        self._cache: dict[tuple[str, int], _Taken] = {}
        self._taking = asyncio.Lock()
        self._wanted: Counter[tuple[str, int]] = Counter()
        self._asked_at = float("-inf")
        self.taken = 0
        """How many small pictures OBS was asked for."""

    def program(self) -> str:
        """The scene on program; raises Conflict `no_program`."""
        if not self._mirror.state.connected:
            self._link.require_connected()
        if program := self._mirror.state.program:
            return program
        raise Conflict("no_program", "OBS has no scene on program.", "Choose one in OBS.")

    async def full(self, source: str) -> bytes:
        """A PNG of the source in its own size; raises NotFound `source_not_found`."""
        return await self._take(source, {"imageFormat": "png"}, FULL_SECONDS)

    async def small(self, source: str, width: int) -> Path:
        """A JPEG at least `width` wide (of 160 to 1280), at most 0.25 s old for those that wait in no queue.

        Raises NotFound `source_not_found`, Unavailable `pictures_busy`.
        """
        wide = next((known for known in WIDTHS if known >= width), WIDTHS[-1])
        if picture := self._fresh(source, wide):
            return picture
        key = source, wide
        if key not in self._wanted and len(self._wanted) >= DIFFERENT:
            raise Unavailable("pictures_busy", "Too many different pictures are asked for.", "Look at fewer at once.")
        self._wanted[key] += 1
        try:
            async with self._taking:
                if picture := self._fresh(source, wide):  # taken for another one meanwhile
                    return picture
                return await self._take_small(source, wide)
        finally:
            self._wanted[key] -= 1
            self._wanted += Counter()  # drops what nobody waits for

    async def _take_small(self, source: str, width: int) -> Path:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(self._asked_at + FRESH_SECONDS - loop.time())
        self._asked_at = loop.time()
        self.taken += 1
        how: dict[str, str | int] = {"imageFormat": "jpg", "imageWidth": width, "imageCompressionQuality": QUALITY}
        picture = await self._take(source, how, SMALL_SECONDS)
        file = self._folder / f"{hashlib.sha256(source.encode()).hexdigest()[:16]}-{width}.jpg"
        now = loop.time()
        old = {key: taken for key, taken in self._cache.items() if now - taken.at > FORGET_SECONDS}
        self._cache = {key: taken for key, taken in self._cache.items() if key not in old}
        await asyncio.to_thread(_replace, file, picture, [taken.file for taken in old.values()])
        self._cache[source, width] = _Taken(file, now)
        return file

    async def forget(self) -> None:
        """Delete all small pictures: what was on air stays nowhere."""
        self._cache.clear()
        await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)

    def _fresh(self, source: str, width: int) -> Path | None:
        taken = self._cache.get((source, width))
        age = asyncio.get_running_loop().time() - taken.at if taken else FRESH_SECONDS
        return taken.file if taken and age < FRESH_SECONDS else None

    async def _take(self, source: str, how: dict[str, str | int], seconds: float) -> bytes:
        state = self._mirror.state
        known = [scene.name for scene in state.scenes] + [item.name for item in state.inputs]
        missing = NotFound(
            "source_not_found",
            f"There is no scene or source {source!r} in OBS.",
            f"There are: {', '.join(known[:12])}.",
        )
        try:
            answer = await self._link.request(
                "GetSourceScreenshot", {"sourceName": source, **how}, timeout_seconds=seconds
            )
            return base64.b64decode(str(answer["imageData"]).split(",", 1)[1], validate=True)
        except ObsRequestFailed as error:
            raise translated(error, {NOT_FOUND: missing}) from None
        except (KeyError, IndexError, binascii.Error):
            raise Failed("no_picture", f"OBS took no picture of {source}.", "Try again.") from None


def _replace(file: Path, content: bytes, old: list[Path]) -> None:
    """Write `file`, whole at any time for those that read it, and delete the `old` ones."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        for gone in old:
            if gone != file:
                gone.unlink(missing_ok=True)
        draft = file.with_suffix(".part")
        draft.write_bytes(content)
        draft.replace(file)
    except OSError as error:
        raise Failed(
            "not_writable", f"{file.parent} cannot be written: {error.strerror}.", "Check its rights and free space."
        ) from error
