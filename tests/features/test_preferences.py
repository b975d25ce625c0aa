"""What the settings tell to whoever may not read them, how they describe themselves, and what only the PC decides."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from companion.adapters.certificates import Certificates
from companion.adapters.database import Database
from companion.adapters.one_time_passwords import OneTimePasswords
from companion.adapters.secrets import SecretName, Secrets
from companion.adapters.settings_file import SettingsFile
from companion.domain.events import ClipLengthsChanged, SettingsChanged
from companion.domain.settings import LanMode, Settings
from companion.features.deck import Deck
from companion.features.lan import Lan
from companion.features.macros import Macros
from companion.features.preferences import Preferences
from companion.features.quick import Quick
from companion.kernel.actions import ActionInvoked, Caller, Registry
from companion.kernel.bus import Bus
from companion.kernel.errors import Conflict, Failed, NotAllowed, Refused
from companion.kernel.scope import Scope
from companion.kernel.status import StatusBoard
from tests.features.pad import PHONE

STREAMER = Caller("http", Scope.ADMIN, "test")
OWNER = dataclasses.replace(PHONE, scope=Scope.ADMIN)
ELSEWHERE = {"obs_ws_url": "ws://192.0.2.7:4455", "obs_ws_password": "x", "database_url": "sqlite:///other.db"}
OF_THE_PC = {name: f"/tmp/{name}" for name in ("ffmpeg_path", "session_dir", "lan_certificate", "lan_key")} | ELSEWHERE


@pytest.fixture
def secrets(tmp_path: Path, bus: Bus, monkeypatch: pytest.MonkeyPatch) -> Secrets:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    return Secrets(tmp_path, StatusBoard(bus))


@pytest.fixture
async def preferences(tmp_path: Path, bus: Bus, secrets: Secrets) -> Preferences:
    file = SettingsFile(tmp_path / "config.toml", {}, {})
    registry: Registry

    def current() -> Registry:
        return registry

    preferences = Preferences(file, file.load(), secrets, bus, current)
    registry = Registry(bus, [preferences])
    return preferences


@pytest.fixture
async def registry(
    preferences: Preferences, database: Database, bus: Bus, tmp_path: Path, secrets: Secrets
) -> Registry:
    """The settings beside what can hold steps."""

    def current() -> Registry:
        return registry

    preferences._registry = current
    passwords = OneTimePasswords(secrets, tmp_path / "totp.step")
    lan = Lan(bus, Certificates(tmp_path / "lan"), passwords, preferences.current, preferences.change)
    deck = Deck(database, bus, preferences.current, current)
    quick = Quick(bus, preferences.current, current)
    registry = Registry(bus, [preferences, lan, deck, Macros(database, bus, current), quick])
    return registry


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


def setting(name: str, value: Any) -> dict[str, Any]:
    return {"action": "settings.set", "arguments": {"name": name, "value": value}}


async def refused(registry: Registry, action: str, arguments: dict[str, Any], caller: Caller = OWNER) -> None:
    with pytest.raises(NotAllowed) as caught:
        await registry.invoke(action, arguments, caller)
    assert caught.value.code == "only_on_this_pc", action
    assert "PC" in caught.value.message


@pytest.mark.parametrize("name", OF_THE_PC)
async def test_what_is_the_pcs_own_is_not_changed_from_a_phone(registry: Registry, name: str) -> None:
    before = await registry.invoke("settings.get", {"name": name}, STREAMER)
    for value in (OF_THE_PC[name], None):
        await refused(registry, "settings.set", {"name": name, "value": value})
    assert await registry.invoke("settings.get", {"name": name}, STREAMER) == before
    assert before[0].pc_only
    changed = await registry.invoke("settings.set", {"name": name, "value": OF_THE_PC[name]}, STREAMER)
    assert changed.value in (OF_THE_PC[name], "(set)")


async def test_a_phone_never_has_the_lan_without_encryption(registry: Registry, preferences: Preferences) -> None:
    await refused(registry, "settings.set", {"name": "lan_mode", "value": "http"})
    await refused(registry, "lan.switch", {"on": True, "plain_http": True})
    assert preferences.current().lan_mode is LanMode.OFF
    await registry.invoke("lan.switch", {"on": True}, OWNER)
    assert preferences.current().lan_mode is LanMode.HTTPS
    await registry.invoke("settings.set", {"name": "lan_mode", "value": "off"}, OWNER)
    await registry.invoke("lan.switch", {"on": True, "plain_http": True}, STREAMER)
    assert preferences.current().lan_mode is LanMode.HTTP


async def test_nor_does_a_phone_have_the_streamer_do_it(registry: Registry, preferences: Preferences) -> None:
    traps = [
        setting("ffmpeg_path", "/tmp/evil"),
        {"action": "lan.switch", "arguments": {"on": True, "plain_http": True}},
    ]
    traps += [setting("hotkeys", [{"keys": "<f9>", **traps[0]}]), setting("quickstop", [traps[1]])]
    traps += [{"action": "macro.save", "arguments": {"name": "later", "steps": [trap]}} for trap in list(traps)]
    for number, trap in enumerate(traps):
        await refused(registry, "macro.save", {"name": "Trap", "steps": [{"wait": 1}, trap]})
        await refused(registry, "deck.save", {"pages": [{"name": "A", "buttons": [{"label": "Clip", **trap}]}]})
        await refused(registry, "settings.set", {"name": "hotkeys", "value": [{"keys": "<f9>", **trap}]})
        await refused(registry, "settings.set", {"name": "voice_phrases", "value": [{"phrase": "clip that", **trap}]})
        for name in ("quicklaunch", "quickstop"):
            await refused(registry, "settings.set", {"name": name, "value": [trap]})
        own = await registry.invoke("macro.save", {"name": f"Own {number}", "steps": [trap]}, STREAMER)
        await refused(registry, "macro.save", {"name": "Around", "steps": [_run(own.id)]})
    assert preferences.current() == Settings()
    assert (await registry.invoke("settings.set", {"name": "tray", "value": False}, OWNER)).value is False


@pytest.mark.parametrize("caller", [STREAMER, OWNER])
@pytest.mark.parametrize("name", ["quicklaunch", "quickstop"])
async def test_steps_that_contain_themselves_are_not_stored(
    registry: Registry, preferences: Preferences, caller: Caller, name: str
) -> None:
    itself = {"action": f"studio.{name}"}
    await registry.invoke("settings.set", {"name": name, "value": [{"wait": 1}]}, STREAMER)
    before = preferences.current()
    around = await registry.invoke("macro.save", {"name": "Around", "steps": [itself]}, STREAMER)
    for steps in ([itself, itself], [_run(around.id)]):
        with pytest.raises(Conflict) as nested:
            await registry.invoke("settings.set", {"name": name, "value": steps}, caller)
        assert nested.value.code == "contains_itself"
    assert preferences.current() == before
    plain = await registry.invoke("macro.save", {"name": "Plain", "steps": [{"wait": 1}]}, STREAMER)
    await registry.invoke("settings.set", {"name": name, "value": [_run(plain.id)]}, caller)
    for steps in ([_run(plain.id)], [_run(around.id)], [itself]):
        with pytest.raises(Conflict) as nested:
            await registry.invoke("macro.save", {"name": "Plain", "steps": steps, "id": plain.id}, caller)
        assert nested.value.code == "contains_itself"


@pytest.mark.parametrize("caller", [STREAMER, OWNER])
async def test_an_agreement_is_kept_nowhere(registry: Registry, preferences: Preferences, caller: Caller) -> None:
    run = {"action": "macro.run", "arguments": {"id": 1, "confirmed": True}}
    for action, arguments in (
        ("macro.save", {"name": "Trap", "steps": [{"wait": 1}, run]}),
        ("deck.save", {"pages": [{"name": "A", "buttons": [{"label": "Clip", **run}]}]}),
        setting_of("quicklaunch", [run]),
        setting_of("quickstop", [run]),
        setting_of("hotkeys", [{"keys": "<f9>", **run}]),
        setting_of("voice_phrases", [{"phrase": "clip that", **run}]),
    ):
        with pytest.raises(Refused) as kept:
            await registry.invoke(action, arguments, caller)
        assert (kept.value.code, "`confirmed`" in kept.value.message) == ("invalid_step", True)
    assert preferences.current() == Settings()
    assert await registry.invoke("macro.list", {}, STREAMER) == []


def setting_of(name: str, value: Any) -> tuple[str, dict[str, Any]]:
    return "settings.set", {"name": name, "value": value}


def _run(macro: int) -> dict[str, Any]:
    return {"action": "macro.run", "arguments": {"id": macro}}


async def test_obs_s_password_goes_to_no_other_computer(registry: Registry, secrets: Secrets, bus: Bus) -> None:
    async def change(name: str, value: Any) -> Any:
        return await registry.invoke("settings.set", {"name": name, "value": value}, STREAMER)

    assert (await change("obs_ws_password", "of this PC")).note == ""
    for url in ("ws://localhost:4455", "ws://[::1]:4466", None):
        assert (await change("obs_ws_url", url)).note == ""
        assert await secrets.get(SecretName.OBS_PASSWORD) == "of this PC"
    with pytest.raises(Refused):
        await change("obs_ws_url", "http://192.0.2.7")
    assert await secrets.get(SecretName.OBS_PASSWORD) == "of this PC"
    told = bus.subscribe(SettingsChanged)
    assert "forgotten" in (await change("obs_ws_url", "ws://192.0.2.7:4455")).note
    assert len(told.take_waiting()) == 1
    assert await secrets.get(SecretName.OBS_PASSWORD) is None
    await change("obs_ws_password", "of that one")
    assert (await change("obs_ws_url", "wss://192.0.2.7:4456")).note == ""
    assert "forgotten" in (await change("obs_ws_url", None)).note
    assert (await change("obs_ws_url", "ws://192.0.2.7:4455")).note == "", "there is none to forget"


async def test_a_password_that_cannot_be_forgotten_keeps_obs_where_it_is(
    registry: Registry, preferences: Preferences, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_to = {"name": "obs_ws_password", "value": "of this PC"}
    await registry.invoke("settings.set", set_to, STREAMER)
    monkeypatch.setattr("sys.executable", "/bin/false")  # the keyring's helper cannot run
    with pytest.raises(Failed):
        await registry.invoke("settings.set", {"name": "obs_ws_url", "value": "ws://192.0.2.7:4455"}, STREAMER)
    assert preferences.current().obs_ws_url == Settings().obs_ws_url
    assert SettingsFile(tmp_path / "config.toml", {}, {}).load().settings.obs_ws_url == Settings().obs_ws_url


async def test_the_record_tells_what_a_setting_became_and_nothing_secret(registry: Registry, bus: Bus) -> None:
    done = bus.subscribe(ActionInvoked)
    planted = [{"action": "settings.set", "arguments": {"name": "obs_ws_password", "value": "s3cret"}}]
    for name, value in (
        ("clip_lengths", [15, 30]),
        ("tray", "false"),
        ("obs_ws_password", "s3cret"),
        ("obs_ws_url", "ws://me:s3cret@192.0.2.7:4455"),
        ("quicklaunch", planted),
        ("clip_lengths", None),
    ):
        await registry.invoke("settings.set", {"name": name, "value": value}, STREAMER)
    facts = [envelope.event for envelope in done.take_waiting()]
    assert [fact.subject for fact in facts if isinstance(fact, ActionInvoked)] == [
        "clip_lengths to [15, 30]",
        "tray to false",
        "obs_ws_password to another one",
        "obs_ws_url to ws://…@192.0.2.7:4455",
        "quicklaunch to settings.set",
        "clip_lengths to its default",
    ]
