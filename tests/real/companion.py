"""A real daemon for the tests: a process of its own in a home of its own, driven as its clients do."""

import asyncio
import atexit
import contextlib
import functools
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

from companion import __version__
from companion.adapters.obs.private import PrivateObs
from companion.domain.paths import Paths
from companion.frontends.cli.client import Daemon
from companion.kernel.errors import CompanionError

T = TypeVar("T")

START_SECONDS = 60.0
KILLS = 5
"""How often a kill is tried that has to hit a moment."""
STEPS = ["accepted", "saving", "saved", "ready", "doubtful", "failed"]
"""The states of a clip, in their order; the last three are ends."""


@functools.cache
def _migrated_database() -> Path:
    """An empty database, migrated once for all daemons of a worker: it is most of a first start's time."""
    folder = Path(tempfile.mkdtemp(prefix="migrated-"))
    atexit.register(shutil.rmtree, folder)
    file = folder / "companion.db"
    subprocess.run([sys.executable, "-m", "companion.adapters.migrations", str(file)], check=True)
    return file


class Companion:
    """One daemon in `home`, connected to `obs` when one is given; `environment` adds settings.

    It finds its database migrated already, unless `migrated` is false.
    """

    def __init__(
        self,
        home: Path,
        obs: PrivateObs | None = None,
        environment: dict[str, str] | None = None,
        *,
        migrated: bool = True,
    ) -> None:
        self.home = home
        self._migrated = migrated
        self.paths = Paths.find({"COMPANION_HOME": str(home)})
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("OBS_WS_")},
            "COMPANION_HOME": str(home),
            "HTTP_PORT": "0",
            "LOG_LEVEL": "debug",
            "DISK_RESERVE_GB": "0.1",
            **({"OBS_WS_URL": obs.url, "OBS_WS_PASSWORD": obs.password} if obs else {}),
            **(environment or {}),
        }
        self.process: subprocess.Popen[bytes] | None = None

    async def start(self, *, headless: bool = True) -> None:
        """Start the process and wait until it answers."""
        self.home.mkdir(parents=True, exist_ok=True)
        if self._migrated and not self.paths.database_file.exists():
            self.paths.database_file.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(_migrated_database(), self.paths.database_file)
        argv = [sys.executable, "-m", "companion", "run", *(["--headless"] if headless else [])]
        with (self.home / "daemon.log").open("ab") as log:
            self.process = subprocess.Popen(argv, env=self.environment, stdout=log, stderr=log, cwd=self.home)
        deadline = time.monotonic() + START_SECONDS
        while True:
            with contextlib.suppress(CompanionError):
                await self.get("/health")
                return
            assert self.process.poll() is None, self.log
            assert time.monotonic() < deadline, self.log
            await asyncio.sleep(0.02)

    async def stop(self) -> int:
        """End it as a system would; returns its exit code."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return await asyncio.to_thread(self.process.wait, 20)

    def kill(self) -> None:
        """End it as a crash would."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    @property
    def log(self) -> str:
        return (self.home / "daemon.log").read_text(errors="replace")

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    async def get(self, path: str, **query: Any) -> Any:
        return await self._call("GET", path, query=query or None)

    async def post(self, path: str, **body: Any) -> Any:
        return await self._call("POST", path, body=body, seconds=120)

    async def put(self, path: str, **body: Any) -> Any:
        return await self._call("PUT", path, body=body)

    async def patch(self, path: str, **body: Any) -> Any:
        return await self._call("PATCH", path, body=body)

    async def delete(self, path: str, **query: Any) -> Any:
        return await self._call("DELETE", path, query=query or None)

    async def _call(self, method: str, path: str, **more: Any) -> Any:
        daemon = Daemon.find(self.paths, __version__)
        assert self.process is None or self.process.poll() is None or method != "GET", self.log
        return await asyncio.to_thread(daemon.call, method, path, **more)

    async def save(self, seconds: float, **more: Any) -> Any:
        """Save a clip over HTTP and wait for it."""
        return await self.post("/api/clips", seconds=seconds, wait=True, **more)

    def start_cli(self, *arguments: str) -> subprocess.Popen[str]:
        """Start one command of the command line, and let it run."""
        argv = [sys.executable, "-m", "companion", *arguments]
        pipe = subprocess.PIPE
        return subprocess.Popen(argv, env=self.environment, stdout=pipe, stderr=pipe, text=True, cwd=self.home)

    async def cli(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run one command of the command line."""
        argv = [sys.executable, "-m", "companion", *arguments]
        return await asyncio.to_thread(
            subprocess.run, argv, env=self.environment, capture_output=True, text=True, timeout=90, cwd=self.home
        )

    async def until_reach(self, seconds: float) -> None:
        """Wait until OBS's buffer holds the last `seconds`."""
        await self.until(
            lambda replay: replay["state"] == "recording" and replay["reach_seconds"] >= seconds, "/api/replay"
        )

    async def until(self, reached: Callable[[Any], bool], path: str, within_seconds: float = 60.0) -> Any:
        """Wait until what `path` answers is as `reached` wants it."""
        deadline = time.monotonic() + within_seconds
        answer: Any = None
        while time.monotonic() < deadline:
            with contextlib.suppress(CompanionError):
                answer = await self.get(path)
                if reached(answer):
                    return answer
            await asyncio.sleep(0.1)
        raise AssertionError(f"{path} never was as wanted: {answer}\n{self.log}")

    async def until_finished(self, clip_id: int, within_seconds: float = 60.0) -> Any:
        """The clip, once it is ready, doubtful or failed."""
        return await self.until(
            lambda clip: clip["state"] in ("ready", "doubtful", "failed"), f"/api/clips/{clip_id}", within_seconds
        )

    async def until_tidy(self) -> None:
        """Wait until each clip has its picture; then nothing half-made may be beside them."""
        page = await self.until(lambda page: all(clip["thumbnail_path"] for clip in page["items"]), "/api/clips")
        files = {Path(clip[name]) for clip in page["items"] for name in ("path", "thumbnail_path")}
        assert {found for folder in {file.parent for file in files} for found in folder.iterdir()} == files

    def newest_row(self) -> tuple[str, str | None]:
        """The state of the newest clip and its file's path, as the database has them."""
        with contextlib.closing(sqlite3.connect(self.paths.database_file, timeout=10)) as connection:
            [[state, path]] = connection.execute("SELECT state, path FROM clip ORDER BY id DESC LIMIT 1")
            return str(state).lower(), path

    async def until_row(self, state: str, within_seconds: float = 30.0) -> None:
        """Wait until the newest clip's row is in `state` or past it, watching the database as a crash would find it."""
        deadline = time.monotonic() + within_seconds
        while STEPS.index(self.newest_row()[0]) < STEPS.index(state):
            assert time.monotonic() < deadline, f"the clip was never {state}\n{self.log}"
            await asyncio.sleep(0.002)

    async def killed_while(self, state: str, save: Callable[[], Awaitable[T]]) -> T:
        """What `save` gave, which asks for a clip and returns when the daemon is to be killed, the clip being `state`.

        Where the clip was faster than the kill, the daemon is started again, and all of it tried anew.
        """
        for _ in range(KILLS):
            saved = await save()
            self.kill()
            if self.newest_row()[0] == state:
                return saved
            await self.start()
        raise AssertionError(f"each of {KILLS} kills came when the clip was {state} no more\n{self.log}")
