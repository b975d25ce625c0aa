"""A microphone that may not be opened: the daemon says why and what to do, and hears it as soon as it may."""

import os
from pathlib import Path

import pytest

from companion.domain.events import MicrophoneChanged
from companion.domain.settings import Settings
from companion.kernel.status import Health
from tests.features.test_listening import room

pytestmark = pytest.mark.slow

PORTAUDIO = Path(__file__).parents[1] / "fakes" / "portaudio"


@pytest.mark.parametrize(
    ("how", "reason", "remedy"),
    [
        ("busy", "Another program has the microphone for itself.", "Close that program"),
        ("forbidden", "The system does not let the companion hear the microphone.", "Allow it"),
    ],
)
async def test_why_it_is_not_heard_is_told_and_it_is_heard_as_soon_as_it_may_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str, reason: str, remedy: str
) -> None:
    device = tmp_path / "device"
    device.write_text(how)
    monkeypatch.setenv("DEVICE_FILE", str(device))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(PORTAUDIO), os.environ.get("PYTHONPATH", "")]))
    monkeypatch.setenv("PATH", str(tmp_path))  # no sound server's tool
    async with room(tmp_path, Settings(listen_when="always")) as made:
        told = made.bus.subscribe(MicrophoneChanged)
        await made.until_state("failed")
        component = made.board.get("microphone")
        assert component is not None
        assert (component.health, component.detail) == (Health.ATTENTION, reason)
        assert component.remedy.startswith(remedy)
        assert made.spool.backlog_seconds == 0
        device.write_text("free")
        await made.until_heard(0.5)
        assert (made.state(), made.board.get("microphone").health) == ("listening", Health.OK)  # type: ignore[union-attr]
        assert [(await told.get()).event.state for _ in range(2)] == ["failed", "listening"]  # type: ignore[attr-defined]
