"""A private, headless OBS with its own display, sound, settings and port: what the demo and the tests run on.

Nothing of the user's OBS is read or changed. Linux only, for it needs Xvfb.
"""

import asyncio
import os
import random
import secrets
import shutil
import signal
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil

from companion.adapters.obs.private_config import PrivateSettings, write_access, write_config
from companion.kernel.errors import Failed, Refused, Unavailable
from companion.kernel.offload import Child, spawn

PACKAGES = {"obs": "obs-studio", "Xvfb": "xvfb", "pulseaudio": "pulseaudio"}
"""The programs that are needed, with the Debian and Ubuntu packages that bring them."""

START_SECONDS = 60.0
QUIT_SECONDS = 5.0
SOCKET_PATH_MAX = 107
PORTS = range(20000, 32000)
"""Below the ports that systems hand out for outgoing connections, so that none of those takes ours meanwhile."""


def missing_packages() -> list[str]:
    """The packages to install before a private OBS can run."""
    return [package for program, package in PACKAGES.items() if shutil.which(program) is None]


class PrivateObs:
    """One private OBS in `folder`; `async with` starts and stops it, or call `start` and `stop`.

    It belongs to no event loop: each method may be awaited on another one. Its processes end with the thread that
    called `start`, should that end without `stop`.
    """

    def __init__(self, folder: Path, settings: PrivateSettings, *, display: str | None = None) -> None:
        self.folder = folder.absolute()
        self.settings = settings
        self.port = 0
        self.password = ""
        self._display = display
        self._parts: list[Child] = []
        self._obs: Child | None = None

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    @property
    def home(self) -> Path:
        """The HOME that this OBS lives in."""
        return self.folder / "home"

    @property
    def config(self) -> Path:
        """OBS's configuration folder."""
        return self.home / ".config" / "obs-studio"

    @property
    def recordings(self) -> Path:
        """Where OBS writes recordings and replays."""
        return self.folder / "recordings"

    @property
    def log(self) -> Path:
        """What OBS said, over all its starts."""
        return self.folder / "obs.log"

    @property
    def display(self) -> str:
        """The X display that OBS shows its windows on."""
        return self._display or ""

    @property
    def pulse_server(self) -> str:
        """The PULSE_SERVER address of its sound server; the sink `companion` is heard by OBS."""
        return f"unix:{self._runtime / 'pulse.sock'}"

    @property
    def pid(self) -> int:
        """The process id of OBS; 0 while it does not run."""
        return self._obs.pid if self.running and self._obs else 0

    @property
    def running(self) -> bool:
        return self._obs is not None and self._obs.poll() is None

    async def __aenter__(self) -> "PrivateObs":
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self, *, launch: bool = True) -> None:
        """Write the configuration, start display and sound, and (unless `launch` is false) OBS itself."""
        self._prepare()
        try:
            if self._display is None:
                self._display = await self._start_display()
            await self._start_sound()
            if launch:
                await self.launch()
        except BaseException:
            await self.stop()
            raise

    async def launch(self) -> None:
        """Start OBS and wait until its WebSocket server listens; raises Failed `private_obs_failed`."""
        if self.running:
            return
        argv = ["obs", "--multi", "--minimize-to-tray", "--disable-updater", "--disable-shutdown-check"]
        self._obs = spawn(argv, environment=self._environment(), log=self.log)
        await self._until(self._listens, self._obs, "OBS", self.log, START_SECONDS)

    async def quit(self) -> None:
        """Close OBS as its user would; where it asks a question instead (an output is active), kill it."""
        if self._obs is None:
            return
        if self.running:
            self.thaw()
            self._obs.send_signal(signal.SIGINT)
            await _ended(self._obs, QUIT_SECONDS)
        await self._sweep(self._obs)
        self._obs = None

    async def restart(self, *, password: str | None = None) -> None:
        """Close OBS and start it again on the same port, with another password if one is given."""
        await self.quit()
        if password is not None:
            self.password = password
            write_access(self.config, self.port, password)
        await self.launch()

    def kill(self) -> None:
        """Kill OBS at once, as a crash would, and wait until it is gone: it could not be launched again before."""
        self._signal(signal.SIGKILL)
        if self._obs is not None:
            self._obs.wait(QUIT_SECONDS)

    def freeze(self) -> None:
        """Stop OBS in its tracks; its sockets stay open."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let a frozen OBS go on."""
        self._signal(signal.SIGCONT)

    async def stop(self) -> None:
        """End OBS, sound and display, and wait until none of their processes is left."""
        if self._obs is not None:
            await self._sweep(self._obs)
            self._obs = None
        while self._parts:
            part = self._parts[-1]
            part.terminate()
            await _ended(part, QUIT_SECONDS)
            await self._sweep(part)
            self._parts.pop()

    @property
    def _runtime(self) -> Path:
        return self.folder / "run"

    def _signal(self, number: int) -> None:
        if self.running and self._obs:
            self._obs.send_signal(number)

    def _prepare(self) -> None:
        if sys.platform != "linux":
            raise Unavailable("private_obs_needs_linux", "The private OBS runs on Linux only.", "Use your own OBS.")
        if missing := missing_packages():
            raise Unavailable(
                "packages_missing",
                f"The private OBS needs {', '.join(missing)}.",
                f"Install them: sudo apt-get install {' '.join(missing)}",
            )
        if len(self.pulse_server.removeprefix("unix:")) > SOCKET_PATH_MAX:
            raise Refused("folder_too_deep", f"The path {self.folder} is too long.", "Choose a shorter folder.")
        self._runtime.mkdir(parents=True, exist_ok=True)
        self._runtime.chmod(0o700)
        (self._runtime / "pulse.sock").unlink(missing_ok=True)
        (self.folder / "display.log").unlink(missing_ok=True)
        self.port = _free_port()
        self.password = secrets.token_urlsafe(16)
        write_config(self.config, self.recordings, self.settings, self.port, self.password)

    def _environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "TMPDIR", "USER") if name in os.environ}
        return kept | {
            "HOME": str(self.home),
            "XDG_CONFIG_HOME": str(self.home / ".config"),
            "XDG_CACHE_HOME": str(self.home / ".cache"),
            "XDG_DATA_HOME": str(self.home / ".local" / "share"),
            "XDG_RUNTIME_DIR": str(self._runtime),
            "DBUS_SESSION_BUS_ADDRESS": f"unix:path={self._runtime / 'no-bus'}",
            "PULSE_SERVER": self.pulse_server,
            "DISPLAY": self.display,
            "QT_QPA_PLATFORM": "xcb",
            "LIBGL_ALWAYS_SOFTWARE": "1",
        }

    async def _start_display(self) -> str:
        log = self.folder / "display.log"
        argv = ["Xvfb", "-displayfd", "1", "-screen", "0", "1600x1000x24", "-nolisten", "tcp", "-noreset"]
        display = spawn(argv, environment=self._environment(), log=log)
        self._parts.append(display)

        def numbers() -> list[str]:
            return [line for line in log.read_text(errors="replace").splitlines() if line.isdecimal()]

        await self._until(lambda: bool(numbers()), display, "Xvfb", log, START_SECONDS)
        return f":{numbers()[0]}"

    async def _start_sound(self) -> None:
        log = self.folder / "sound.log"
        address = self._runtime / "pulse.sock"
        modules = [
            "--load=module-null-sink sink_name=companion",
            f"--load=module-native-protocol-unix auth-anonymous=1 socket={address}",
        ]
        argv = ["pulseaudio", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "-n", *modules]
        sound = spawn(argv, environment=self._environment(), log=log)
        self._parts.append(sound)
        await self._until(address.exists, sound, "PulseAudio", log, START_SECONDS)

    def _listens(self) -> bool:
        """Whether OBS itself, no other program, listens on the port."""
        with suppress(psutil.Error):
            return any(
                connection.status == psutil.CONN_LISTEN and connection.laddr.port == self.port
                for connection in psutil.Process(self.pid).net_connections("tcp")
            )
        return False

    async def _until(self, reached: Callable[[], bool], process: Child, name: str, log: Path, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not reached():
            if process.poll() is not None or time.monotonic() > deadline:
                raise Failed("private_obs_failed", f"{name} did not start.", f"See {log}.", log=str(log))
            await asyncio.sleep(0.05)

    async def _sweep(self, leader: Child) -> None:
        """Kill what is left of the process group of `leader` (helpers, or OBS where it would not go)."""
        with suppress(ProcessLookupError):
            os.killpg(leader.pid, signal.SIGKILL)
        await _ended(leader, QUIT_SECONDS)


async def _ended(process: Child, seconds: float) -> None:
    """Wait until `process` ended, at most `seconds`."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while process.poll() is None:  # noqa: ASYNC110 - nothing else tells without a loop to belong to
                await asyncio.sleep(0.05)


def _free_port() -> int:
    while True:
        port = random.choice(PORTS)  # noqa: S311 - chosen to be free, not to be secret
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
