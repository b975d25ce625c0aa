"""The demo: a private OBS with a test picture, a daemon on it, and a proved clip from it.

Nothing of the user's OBS, settings or clips is touched: everything is in a `demo` folder of its own.
"""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any

from companion import __version__
from companion.adapters.folders import make_folder
from companion.adapters.obs.picture import make_test_picture
from companion.adapters.obs.private import PrivateObs
from companion.adapters.obs.private_config import PrivateSettings
from companion.domain.paths import Paths
from companion.domain.settings import Settings
from companion.frontends.cli.client import Daemon
from companion.kernel.errors import CompanionError, Failed, Unavailable
from companion.kernel.offload import Child, spawn

PICTURE_SECONDS = 120
"""It is drawn at the first demo, which waits for it, and shown again and again."""
CLIP_SECONDS = 10.0
REACH_SECONDS = 14.0
"""How far back the buffer must reach before the demo presses the key."""
READY_SECONDS = 90.0
STOP_SECONDS = 15.0


class Demo:
    """The demo's OBS and daemon in `home`; `say` receives a line for each step."""

    def __init__(self, home: Path, say: Callable[[str], None]) -> None:
        self.home = home
        self._say = say

    async def run(self, *, stay: bool, show: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
        """Make a clip, `show` and return it as `{"clip": …}`; with `stay`, leave all running until Ctrl-C."""
        async with self._studio() as obs, self._daemon(obs, headless=not stay) as (process, daemon):
            await self._until_reach(daemon)
            self._say(f"Saving the last {CLIP_SECONDS:g} seconds")
            body = {"seconds": CLIP_SECONDS, "title": "Demo", "wait": True}
            clip = await asyncio.to_thread(daemon.call, "POST", "/api/clips", body=body, seconds=None)
            made = {"clip": clip}
            show(made)
            if stay:
                await self._stay(process)
        return made

    @contextlib.asynccontextmanager
    async def _studio(self) -> AsyncIterator[PrivateObs]:
        import imageio_ffmpeg

        await asyncio.to_thread(make_folder, self.home, "COMPANION_HOME")
        self._say("Drawing the test picture")
        ffmpeg = Path(await asyncio.to_thread(imageio_ffmpeg.get_ffmpeg_exe))
        picture = await make_test_picture(self.home / "picture.mkv", ffmpeg, seconds=PICTURE_SECONDS)
        self._say("Starting a private OBS")
        async with PrivateObs(self.home / "obs", PrivateSettings(picture=picture)) as obs:
            yield obs

    @contextlib.asynccontextmanager
    async def _daemon(self, obs: PrivateObs, *, headless: bool) -> AsyncIterator[tuple[Child, Daemon]]:
        self._say("Starting the companion on it")
        environment = without_settings(os.environ) | {
            "COMPANION_HOME": str(self.home),
            "OBS_WS_URL": obs.url,
            "OBS_WS_PASSWORD": obs.password,
            "HTTP_PORT": "0",
        }
        program = f"from companion import app; app.run(headless={headless}, dotenv=False)"
        log = self.home / "daemon.log"
        process = spawn([sys.executable, "-c", program], environment=environment, log=log)
        try:
            yield process, await self._find(process, log)
        finally:
            process.send_signal(signal.SIGTERM)
            await asyncio.to_thread(_ended, process)

    async def _find(self, process: Child, log: Path) -> Daemon:
        paths = Paths.find({"COMPANION_HOME": str(self.home)})
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline and process.poll() is None:
            with contextlib.suppress(CompanionError):
                daemon = Daemon.find(paths, __version__)
                await asyncio.to_thread(daemon.call, "GET", "/health")
                return daemon
            await asyncio.sleep(0.1)
        raise Failed("demo_failed", "The companion did not start.", f"See {log}.")

    async def _until_reach(self, daemon: Daemon) -> None:
        self._say(f"Waiting until the replay buffer holds {REACH_SECONDS:g} seconds")
        deadline = time.monotonic() + READY_SECONDS
        while True:
            replay = await asyncio.to_thread(daemon.call, "GET", "/api/replay")
            if replay["state"] == "recording" and replay["reach_seconds"] >= REACH_SECONDS:
                return
            if time.monotonic() > deadline:
                raise Unavailable("demo_failed", f"The replay buffer is {replay['state']}: {replay['detail']}")
            await asyncio.sleep(0.25)

    async def _stay(self, process: Child) -> None:
        self._say(
            f"It goes on until Ctrl-C. In another terminal:\n"
            f"  export COMPANION_HOME={self.home}\n"
            f"  {Path(sys.executable).with_name('companion')} clip save --seconds 15"
        )
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        while not stop.is_set():
            if process.poll() is not None:
                raise Failed("demo_failed", "The companion ended.", f"See {self.home / 'daemon.log'}.")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.5):
                    await stop.wait()


def without_settings(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment without what the user set there for a companion of their own: its database, its clips' folder."""
    own = {name.upper() for name in Settings.model_fields}
    return {name: value for name, value in environment.items() if name not in own}


def _ended(process: Child) -> None:
    """Wait until the daemon ended by itself, or end it."""
    try:
        process.wait(timeout=STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
