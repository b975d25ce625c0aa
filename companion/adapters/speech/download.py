"""Brings a speech model from the Hugging Face Hub: goes on where it broke off, and checks each file by its hash."""

import asyncio
import errno
import hashlib
import logging
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from companion.adapters.speech.folder import check_model
from companion.kernel.errors import CompanionError, Failed, NotFound, Unavailable

if TYPE_CHECKING:
    import aiohttp

log = logging.getLogger(__name__)

HUB = "https://huggingface.co"
WANTED = ("config.json", "model.bin", "preprocessor_config.json", "tokenizer.json", "vocabulary.json", "vocabulary.txt")
CHUNK = 1 << 18
SILENCE_SECONDS = 30.0
WAITS_SECONDS = (1.0, 2.0, 4.0, 8.0)
"""Between attempts; whatever moved the download on starts them anew."""
RESERVE_BYTES = 200_000_000

Progress = Callable[[float], None]


class _BrokeOffError(Exception):
    """The server did not give all that was asked of it; trying again may help."""


@dataclass(frozen=True)
class RemoteFile:
    """A file of a model; `digest` is its SHA-256, or Git's SHA-1 for a small one."""

    name: str
    size: int
    digest: str
    large: bool


class Download:
    """One model on its way into `models`/`name`; what was loaded stays beside it until all is there."""

    def __init__(self, models: Path, name: str, repository: str, hub: str | None = None) -> None:
        self._target = models / name
        self._parts = models / f".{name}.download"
        self._repository = repository
        self._hub = (hub or os.environ.get("HF_ENDPOINT") or HUB).rstrip("/")
        self._loaded = 0

    async def run(self, progress: Progress) -> Path:
        """Download, check and put in place; `progress` hears the fraction that is there.

        Raises Unavailable `no_network`, NotFound `model_not_offered`, Failed `disk_full`, `not_writable` or
        `download_damaged`. After each of them the next attempt goes on with what is there.
        """
        import aiohttp

        timeout = aiohttp.ClientTimeout(total=None, sock_connect=15, sock_read=SILENCE_SECONDS)
        try:
            async with aiohttp.ClientSession(timeout=timeout, trust_env=True) as session:
                files = await self._patiently(lambda: self._listing(session))
                await asyncio.to_thread(self._make_room, files)
                total = sum(file.size for file in files)
                for file in files:
                    before = sum(other.size for other in files[: files.index(file)])
                    await self._patiently(
                        lambda file=file, before=before: self._file(  # type: ignore[misc]
                            session, file, lambda there: progress((before + there) / total)
                        )
                    )
            return await asyncio.to_thread(self._put_in_place, files)
        except OSError as error:
            raise _disk_error(error, self._target.name) from error

    async def _patiently(self, step: Callable[[], Any]) -> Any:
        """Do a step, again and again while the network fails, unless that leads nowhere."""
        import aiohttp

        attempt = 0
        while True:
            loaded = self._loaded
            try:
                return await step()
            except (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError, TimeoutError, _BrokeOffError) as error:
                attempt = 0 if self._loaded > loaded else attempt
                if attempt == len(WAITS_SECONDS):
                    raise Unavailable(
                        "no_network",
                        f"The speech models' server cannot be reached, or does not answer: {_reason(error)}.",
                        "Check the connection and try again: what was loaded is kept.",
                    ) from error
                await asyncio.sleep(WAITS_SECONDS[attempt])
                attempt += 1

    async def _listing(self, session: "aiohttp.ClientSession") -> list[RemoteFile]:
        url = f"{self._hub}/api/models/{self._repository}/tree/main"
        async with session.get(url) as response:
            _check(response, self._repository)
            entries = await response.json()
        try:
            found = [_remote_file(entry) for entry in entries if entry["path"] in WANTED]
        except (KeyError, TypeError, ValueError) as error:
            raise _damaged(f"the list of {self._repository} cannot be read") from error
        if "model.bin" not in {file.name for file in found}:
            raise NotFound("model_not_offered", f"{self._repository} holds no speech model.", "Try another model.")
        return sorted(found, key=lambda file: file.size)

    async def _file(self, session: "aiohttp.ClientSession", file: RemoteFile, there: Callable[[int], None]) -> None:
        """Load one file, after what is there of it, and check it."""
        whole = self._parts / file.digest
        part = self._parts / f"{file.digest[:16]}.part"
        if whole.exists():
            return there(file.size)
        digest, size = await asyncio.to_thread(_begun, file, part)
        url = f"{self._hub}/{self._repository}/resolve/main/{file.name}"
        if size < file.size:
            headers = {"Range": f"bytes={size}-"} if size else {}
            async with session.get(url, headers=headers) as response:
                _check(response, self._repository)
                if size and response.status != 206:
                    digest, size = _empty(file), 0
                with part.open("ab" if size else "wb") as out:
                    async for chunk in response.content.iter_chunked(CHUNK):
                        await asyncio.to_thread(_add, out, digest, chunk)
                        size += len(chunk)
                        self._loaded += len(chunk)
                        there(min(size, file.size))
        if size != file.size or digest.hexdigest() != file.digest:
            if size >= file.size:
                part.unlink()
                raise _damaged(f"{file.name} is not what was announced")
            raise _BrokeOffError(f"{file.name} ended at {size} of {file.size} bytes")
        part.rename(whole)
        return None

    def _make_room(self, files: list[RemoteFile]) -> None:
        self._parts.mkdir(parents=True, exist_ok=True)
        there = sum(path.stat().st_size for path in self._parts.iterdir())
        missing = sum(file.size for file in files) - there + RESERVE_BYTES
        if shutil.disk_usage(self._parts).free < missing:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _put_in_place(self, files: list[RemoteFile]) -> Path:
        names = {file.digest: file.name for file in files}
        for path in list(self._parts.iterdir()):
            if path.name in names:
                path.rename(self._parts / names[path.name])
            else:
                path.unlink()
        try:
            check_model(self._parts)
        except CompanionError as error:
            shutil.rmtree(self._parts, ignore_errors=True)
            raise _damaged(error.message) from error
        shutil.rmtree(self._target, ignore_errors=True)
        self._parts.rename(self._target)
        return self._target


def _remote_file(entry: dict[str, Any]) -> RemoteFile:
    large = entry.get("lfs")
    digest = str(large["oid"] if large else entry["oid"])
    return RemoteFile(str(entry["path"]), int(entry["size"]), digest.removeprefix("sha256:"), bool(large))


def _empty(file: RemoteFile) -> Any:
    # Git's own name of a file, for those that are small enough to be kept in Git: no secret rests on it.
    return hashlib.sha256() if file.large else hashlib.sha1(b"blob %d\0" % file.size, usedforsecurity=False)


def _begun(file: RemoteFile, part: Path) -> tuple[Any, int]:
    """The digest and size of what is there of a file."""
    digest, size = _empty(file), 0
    if part.exists():
        with part.open("rb") as content:
            while chunk := content.read(CHUNK):
                digest.update(chunk)
                size += len(chunk)
    return digest, size


def _add(out: Any, digest: Any, chunk: bytes) -> None:
    out.write(chunk)
    digest.update(chunk)


def _check(response: "aiohttp.ClientResponse", repository: str) -> None:
    if response.status in (401, 403, 404):
        raise NotFound("model_not_offered", f"{repository} is not offered (any more).", "Try another model.")
    if response.status >= 400:
        raise _BrokeOffError(f"HTTP {response.status}")


def _reason(error: BaseException) -> str:
    return str(error) if isinstance(error, _BrokeOffError) else type(error).__name__


def _damaged(why: str) -> Failed:
    return Failed("download_damaged", f"The speech model did not arrive as it should: {why}.", "Try again.")


def _disk_error(error: OSError, name: str) -> CompanionError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Failed(
            "disk_full", f"There is no room on the disk for the speech model {name}.", "Make room, try again."
        )
    return Failed("not_writable", f"The speech model {name} cannot be written: {error.strerror}.", "Check the disk.")
