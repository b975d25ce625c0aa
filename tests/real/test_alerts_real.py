"""Alerts on a real desktop: xfce4-notifyd draws the message, and a PulseAudio sink receives the sound."""

import array
import asyncio
import subprocess
from collections.abc import AsyncIterator

import pytest
from PIL import ImageChops

from companion.adapters.desktop.notify import DBusNotifier
from companion.adapters.desktop.sound import SoundPlayer
from companion.adapters.desktop.speak import Speaker
from companion.domain.events import ClipSaved
from companion.domain.settings import Settings
from companion.frontends.alerts import Alerts
from companion.kernel.bus import Bus
from companion.kernel.errors import Failed, Unavailable
from companion.kernel.status import StatusBoard
from tests.real.desktop import DesktopSession, until

pytestmark = pytest.mark.real

RATE = 44_100


@pytest.fixture
async def desktop(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[DesktopSession]:
    async with DesktopSession() as session:
        session.environment["PULSE_SERVER"] = f"unix:{session.home}/runtime/pulse/native"
        monkeypatch.setenv("PULSE_SERVER", session.environment["PULSE_SERVER"])
        monkeypatch.setenv("XDG_RUNTIME_DIR", session.environment["XDG_RUNTIME_DIR"])
        yield session


async def start_sound(desktop: DesktopSession) -> None:
    """Start a PulseAudio with one silent sink, as the sound card."""
    modules = ["module-native-protocol-unix", "module-null-sink sink_name=card"]
    desktop.start("pulseaudio", "-n", "--exit-idle-time=-1", "--daemonize=no", *(f"-L{module}" for module in modules))

    async def answers() -> bool:
        argv = ["pactl", "info"]
        done = await asyncio.to_thread(subprocess.run, argv, env=desktop.environment, capture_output=True)
        return done.returncode == 0

    await until(answers, "the sound server")


async def loudness_while(desktop: DesktopSession, name: str) -> int:
    """The loudest sample (0 to 32767) that the sink's monitor gives while the sound `name` plays."""
    argv = ["parec", "--device=card.monitor", "--raw", "--format=s16le", f"--rate={RATE}", "--channels=1"]
    recording = desktop.home / "recording.raw"
    with recording.open("wb") as output:
        recorder = subprocess.Popen([*argv, "--latency-msec=20"], env=desktop.environment, stdout=output)
        try:

            async def running() -> bool:
                return recording.stat().st_size > 0

            await until(running, "the recorder")
            await SoundPlayer().play(name)
            size = recording.stat().st_size

            async def flushed() -> bool:
                return recording.stat().st_size > size

            await until(flushed, "the recording's end")
        finally:
            recorder.terminate()
            recorder.wait()
    data = recording.read_bytes()
    return max(map(abs, array.array("h", data[: len(data) // 2 * 2])))


@pytest.mark.parametrize("name", ["saved", "failed"])
async def test_the_sounds_are_heard_and_not_loud(desktop: DesktopSession, name: str) -> None:
    await start_sound(desktop)
    assert 2000 < await loudness_while(desktop, name) < 12000


async def test_without_a_sound_server_it_fails_with_the_players_reason(desktop: DesktopSession) -> None:
    with pytest.raises(Failed) as caught:
        await SoundPlayer().play("saved")
    assert caught.value.code == "sound_failed"
    assert "refused" in caught.value.message


async def test_without_a_player_it_says_what_to_install(
    desktop: DesktopSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(desktop.home))
    with pytest.raises(Unavailable) as caught:
        await SoundPlayer().play("saved")
    assert "pulseaudio-utils" in caught.value.remedy


async def test_a_message_is_drawn_and_the_sound_played(desktop: DesktopSession) -> None:
    await start_sound(desktop)
    bus = Bus()
    board = StatusBoard(bus)
    service = Alerts(bus, board, Settings, DBusNotifier(desktop.environment), SoundPlayer(), Speaker())
    before = await desktop.screenshot()
    async with asyncio.TaskGroup() as group:
        task = group.create_task(service.run(lambda: None))

        async def drawn() -> bool:
            bus.publish(ClipSaved({"id": 1, "title": "Triple kill", "state": "ready", "seconds": 15.0}))
            await asyncio.sleep(1)
            box = ImageChops.difference(before, await desktop.screenshot()).getbbox()
            return box is not None and box[2] - box[0] > 100

        await until(drawn, "the message on the screen")
        component = board.get("alerts")
        assert component is not None
        assert component.state == "ready"
        task.cancel()
