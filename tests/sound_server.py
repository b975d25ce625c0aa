"""A PulseAudio of the test's own: null sinks whose monitors are microphones, which can be unplugged, and be killed."""

import contextlib
import os
import signal
import subprocess
import time
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

START_SECONDS = 60.0


class SoundServer:
    """A sound server in `folder`; processes with `environment` use it, and no other."""

    def __init__(self, folder: Path, *, stranger: bool = False) -> None:
        """`stranger`: it belongs to another user, and lets nobody in who does not know its cookie."""
        self._folder = folder
        self._stranger = stranger
        self._process: subprocess.Popen[bytes] | None = None
        self._modules: dict[str, str] = {}
        self._players: list[subprocess.Popen[bytes]] = []
        self._folder.mkdir(parents=True, exist_ok=True)
        self._folder.chmod(0o700)

    @property
    def address(self) -> str:
        return f"unix:{self._folder / 'socket'}"

    @property
    def environment(self) -> dict[str, str]:
        return {
            "PULSE_SERVER": self.address,
            "XDG_RUNTIME_DIR": str(self._folder),
            "PULSE_COOKIE": str(self._folder / "cookie"),
            "HOME": str(self._folder),
        }

    def start(self) -> None:
        """Start it, without any device, and wait until it answers."""
        (self._folder / "socket").unlink(missing_ok=True)
        door = "auth-group-enable=0" if self._stranger else "auth-anonymous=1"
        socket = f"--load=module-native-protocol-unix {door} socket={self._folder / 'socket'}"
        other = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"] if self._stranger else []
        if self._stranger:
            os.chown(self._folder, 65534, 65534)
        argv = [*other, "pulseaudio", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "-n", socket]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                argv, env={**os.environ, **self.environment}, stdout=log, stderr=log, start_new_session=True
            )
        deadline = time.monotonic() + START_SECONDS
        while not (self._folder / "socket").exists() or not (self._stranger or self._answers()):
            assert time.monotonic() < deadline, "PulseAudio does not start"
            time.sleep(0.05)

    def _answers(self) -> bool:
        return self._ask("info").returncode == 0

    def kill(self) -> None:
        """End it as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def stop(self) -> None:
        for player in self._players:
            with contextlib.suppress(ProcessLookupError):
                player.kill()
            player.wait()
        self.kill()

    def freeze(self, *, frozen: bool) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP if frozen else signal.SIGCONT)

    def plug_in(self, name: str, *, rate: int = 48_000, channels: int = 2, microphone: bool = True) -> str:
        """Plug in a device, and return its name as a source; `microphone`: one that is no monitor.

        What is played into the sink `name` is heard there.
        """
        self._modules[name] = self.load("module-null-sink", f"sink_name={name}", f"rate={rate}", f"channels={channels}")
        if not microphone:
            return f"{name}.monitor"
        source = f"{name}.source"
        description = f"source_properties=device.description={name.title()}"
        self._modules[source] = self.load(
            "module-remap-source", f"source_name={source}", f"master={name}.monitor", "remix=no", description
        )
        return source

    def unplug(self, name: str) -> None:
        """Take a device away."""
        for module in (f"{name}.source", name):
            if number := self._modules.pop(module, None):
                assert self._ask("unload-module", number).returncode == 0

    def suspend(self, name: str, *, suspended: bool) -> None:
        """Let a device stand still, as it does while the PC sleeps: what would be heard meanwhile is lost."""
        kinds = {"sink": name, "source": f"{name}.source"}  # a monitor goes with its sink
        for kind, device in kinds.items():
            if device in self._modules:
                assert self._ask(f"suspend-{kind}", device, str(int(suspended))).returncode == 0

    def load(self, *words: str) -> str:
        loaded = self._ask("load-module", *words)
        assert loaded.returncode == 0, (words, loaded.stderr)
        return loaded.stdout.strip()

    def set_default(self, source: str) -> None:
        assert self._ask("set-default-source", source).returncode == 0

    def play(self, name: str, path: Path) -> subprocess.Popen[bytes]:
        """Play a WAV file into the device `name`, as somebody speaks into a microphone."""
        argv = ["paplay", f"--device={name}", "--no-remix", "--no-remap", str(path)]  # channel by channel
        player = subprocess.Popen(argv, env={**os.environ, **self.environment})
        self._players.append(player)
        return player

    def sources(self) -> str:
        return self._ask("list", "short", "sources").stdout

    def _ask(self, *words: str) -> "subprocess.CompletedProcess[str]":
        environment = {**os.environ, **self.environment}
        return subprocess.run(["pactl", *words], env=environment, capture_output=True, text=True, timeout=60)


@contextlib.contextmanager
def sound_server(folder: Path, *, stranger: bool = False) -> Iterator[SoundServer]:
    """A running server, without devices, which ends with the block."""
    server = SoundServer(folder, stranger=stranger)
    try:
        server.start()
        yield server
    finally:
        server.stop()


def write_wav(path: Path, samples: npt.NDArray[np.int16], rate: int = 48_000) -> Path:
    """Write (samples,) or (samples, channels) as a WAV file."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1 if samples.ndim == 1 else samples.shape[1])
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.tobytes())
    return path


def beeps(seconds: float, *, every: float = 1.0, hertz: float = 1000.0, rate: int = 48_000) -> npt.NDArray[np.int16]:
    """A beep of 0.1 s at the start of each period."""
    moments = np.arange(round(seconds * rate)) / rate
    tone = np.sin(2 * np.pi * hertz * moments) * 12_000
    return np.where(moments % every < 0.1, tone, 0).astype(np.int16)
