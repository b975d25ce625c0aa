"""What the settings tell to whoever may not read them, and how they describe themselves."""

from pathlib import Path

import pytest

from companion.adapters.secrets import Secrets
from companion.adapters.settings_file import SettingsFile
from companion.domain.events import ClipLengthsChanged
from companion.features.preferences import Preferences
from companion.kernel.bus import Bus
from companion.kernel.errors import Refused
from companion.kernel.scope import Scope
from companion.kernel.status import StatusBoard


@pytest.fixture
async def preferences(tmp_path: Path, bus: Bus) -> Preferences:
    file = SettingsFile(tmp_path / "config.toml", {}, {})
    return Preferences(file, file.load(), Secrets(tmp_path, StatusBoard(bus)), bus)


async def test_everybody_may_know_the_lengths_of_clips(preferences: Preferences, bus: Bus) -> None:
    assert ClipLengthsChanged.audience is Scope.VIEW
    assert bus.latest(ClipLengthsChanged) == ClipLengthsChanged([15, 30, 60])
    await preferences.change("clip_lengths", [5, 90])
    assert bus.latest(ClipLengthsChanged) == ClipLengthsChanged([5, 90])
    with pytest.raises(Refused):
        await preferences.change("clip_lengths", [])
    assert bus.latest(ClipLengthsChanged) == ClipLengthsChanged([5, 90])


async def test_a_setting_tells_its_choices(preferences: Preferences) -> None:
    choices = {setting.name: setting.choices for setting in await preferences.show() if setting.choices}
    assert choices["lan_mode"] == ["off", "https", "http"]
    assert "clip_lengths" not in choices
    for name, values in choices.items():
        for value in values:
            assert (await preferences.change(name, value)).value == value
