"""Settings: four sources, clear errors with their place, and a config.toml that keeps its comments."""

from pathlib import Path
from typing import Any

import pytest

from companion.adapters import settings_file
from companion.adapters.settings_file import SettingsFile, SettingSource, find_paths, read_environment
from companion.domain.settings import LogLevel
from companion.kernel.errors import Conflict, Failed, Refused


def make(
    folder: Path, text: str = "", env: dict[str, str] | None = None, dotenv: dict[str, str] | None = None
) -> SettingsFile:
    if text:
        (folder / "config.toml").write_text(text)
    return SettingsFile(folder / "config.toml", env or {}, dotenv or {})


def test_the_earlier_source_wins(tmp_path: Path) -> None:
    text = 'http_port = 1\nlog_level = "error"\nreplay_buffer_seconds = 30\n'
    loaded = make(tmp_path, text, {"HTTP_PORT": "3"}, {"HTTP_PORT": "2", "LOG_LEVEL": "debug"}).load()
    assert (loaded.settings.http_port, loaded.sources["http_port"]) == (3, SettingSource.ENVIRONMENT)
    assert (loaded.settings.log_level, loaded.sources["log_level"]) == (LogLevel.DEBUG, SettingSource.DOTENV)
    assert (loaded.settings.replay_buffer_seconds, loaded.sources["replay_buffer_seconds"]) == (
        30,
        SettingSource.CONFIG,
    )
    assert loaded.sources["sounds"] is SettingSource.DEFAULT


def test_lists_in_the_environment_are_json(tmp_path: Path) -> None:
    hotkeys = '[{"keys": "<f8>", "action": "clip.mark"}]'
    loaded = make(tmp_path, env={"CLIP_LENGTHS": "[5, 10]", "HOTKEYS": hotkeys, "SOUNDS": "false"}).load()
    assert loaded.settings.clip_lengths == [5.0, 10.0]
    assert loaded.settings.hotkeys[0].action == "clip.mark"
    assert loaded.settings.sounds is False


def test_dotenv_is_read_and_empty_values_do_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / ".env").write_text("HTTP_PORT=\nOBS_WS_PASSWORD='a b#c'\n")
    monkeypatch.setenv("COMPANION_HOME", str(tmp_path))
    monkeypatch.setenv("OBS_WS_URL", "")
    environment, dotenv = read_environment()
    loaded = SettingsFile(tmp_path / "config.toml", environment, dotenv).load()
    assert loaded.settings.obs_ws_password is not None
    assert loaded.settings.obs_ws_password.get_secret_value() == "a b#c"
    assert loaded.sources["obs_ws_url"] is SettingSource.DEFAULT
    assert "a b#c" not in repr(loaded)


def test_a_dotenv_counts_beside_the_settings_and_in_our_own_checkout_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COMPANION_HOME", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "platform"))
    for folder in ("checkout", "home/config", "downloads"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "checkout" / ".env").write_text(f"COMPANION_HOME={tmp_path}/home\nLOG_LEVEL=warn\nHTTP_PORT=1\n")
    (tmp_path / "home" / "config" / ".env").write_text(f"COMPANION_HOME={tmp_path}/other\nHTTP_PORT=2\n")
    (tmp_path / "downloads" / ".env").write_text("FFMPEG_PATH=/downloads/ffmpeg\nDATABASE_URL=sqlite:///x\n")
    (tmp_path / "downloads" / "pyproject.toml").write_text('[project]\nname = "fluxboard-companion"\n')
    monkeypatch.chdir(tmp_path / "downloads")
    monkeypatch.setattr(settings_file, "CHECKOUT", tmp_path / "checkout")
    assert "HTTP_PORT" not in read_environment()[1], "without pyproject.toml it is no checkout"
    (tmp_path / "checkout" / "pyproject.toml").touch()
    assert find_paths().config == tmp_path / "home" / "config"
    _, dotenv = read_environment()
    assert (dotenv["HTTP_PORT"], dotenv["LOG_LEVEL"]) == ("2", "warn")
    assert {"FFMPEG_PATH", "DATABASE_URL"}.isdisjoint(dotenv)


def test_a_dotenv_may_have_a_byte_order_mark_or_be_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMPANION_HOME", str(tmp_path))
    file = tmp_path / "config" / ".env"
    file.parent.mkdir()
    file.write_text("HTTP_PORT=2\nLOG_LEVEL=warn\n", encoding="utf-8-sig")
    assert read_environment()[1] == {"HTTP_PORT": "2", "LOG_LEVEL": "warn"}
    file.unlink()
    file.mkdir()
    assert read_environment()[1] == {}


@pytest.mark.parametrize("name", [".env", "config.toml"])
@pytest.mark.parametrize("encoding", ["cp1252", "utf-16"])
def test_what_is_not_utf_8_is_refused_and_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, encoding: str
) -> None:
    monkeypatch.setenv("COMPANION_HOME", str(tmp_path))
    file = tmp_path / "config" / name
    file.parent.mkdir()
    file.write_text("SESSION_DIR='/videos/Müll'\n", encoding=encoding)
    with pytest.raises(Refused) as caught:
        SettingsFile(find_paths().config_file, *read_environment()).load()
    assert caught.value.code == "invalid_settings"
    assert str(file) in caught.value.message
    assert "UTF-8" in caught.value.message


@pytest.mark.parametrize(
    "url", ["ws://[::1", "ws://[x]:4455", "ws://:4455", "ws://?x", "ws://obs:0", "ws://obs:99999", "ws://obs:port"]
)
def test_an_address_that_obs_cannot_have_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(Refused, match=r"OBS_WS_URL in the environment: .* ws://127\.0\.0\.1:4455") as caught:
        make(tmp_path, env={"OBS_WS_URL": url}).load()
    assert caught.value.code == "invalid_settings"


@pytest.mark.parametrize(
    "url", ["ws://[::1]:4455", "wss://obs.example", "ws://name:pass@192.0.2.7:1/path", "ws://localhost"]
)
def test_an_address_that_obs_can_have_is_taken_as_it_is(tmp_path: Path, url: str) -> None:
    assert make(tmp_path, env={"OBS_WS_URL": url}).load().settings.obs_ws_url == url


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("http_port = 1\nlog_level = \n", "line 2"),
        ("\n\nhttp_port = 99999\n", "line 3: http_port"),
        ('sounds = true\nnonsense = "x"\n', "line 2: nonsense"),
        ('# x\n[[hotkeys]]\nkeys = "<f9>"\n', "line 2: hotkeys.0.action"),
        ("clip_lengths = [15, -1]\n", "line 1: clip_lengths.1"),
        ("replay_buffer_seconds = nan\n", "line 1: replay_buffer_seconds"),
        ('obs_ws_password = "secret"\n', "line 1: obs_ws_password is a secret"),
    ],
)
def test_a_malformed_config_says_the_line(tmp_path: Path, text: str, place: str) -> None:
    with pytest.raises(Refused) as caught:
        make(tmp_path, text).load()
    assert caught.value.code == "invalid_settings"
    assert place in caught.value.message
    assert '"secret"' not in caught.value.message


def test_a_password_is_taken_as_it_is_and_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    password = make(tmp_path, "\ufeffhttp_port = 1", env={"OBS_WS_PASSWORD": "[1]"}).load().settings.obs_ws_password
    assert password is not None
    assert password.get_secret_value() == "[1]"


def test_a_bad_variable_is_named(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="HTTP_PORT in the environment"):
        make(tmp_path, env={"HTTP_PORT": "many"}).load()


def test_writing_keeps_comments_and_other_settings(tmp_path: Path) -> None:
    file = make(tmp_path, "# my settings\nsounds = false # quiet\n")
    loaded = file.write("clip_lengths", [10, 20])
    assert loaded.settings.clip_lengths == [10.0, 20.0]
    text = (tmp_path / "config.toml").read_text()
    assert "# my settings" in text
    assert "# quiet" in text
    assert file.load().settings.sounds is False
    file.write("sounds", None)
    assert file.load().settings.sounds is True


@pytest.mark.parametrize("value", [0, "text", [], [-1.0]])
def test_a_bad_value_is_refused_and_nothing_is_written(tmp_path: Path, value: Any) -> None:
    file = make(tmp_path, "sounds = false\n")
    with pytest.raises(Refused):
        file.write("clip_lengths", value)
    assert (tmp_path / "config.toml").read_text() == "sounds = false\n"


def test_hotkeys_survive_a_round_trip(tmp_path: Path) -> None:
    file = make(tmp_path)
    file.write("hotkeys", [{"keys": "<f8>", "action": "clip.save", "arguments": {"seconds": 10}}])
    assert file.load().settings.hotkeys[0].arguments == {"seconds": 10}


def test_a_setting_from_the_environment_cannot_be_changed_in_the_file(tmp_path: Path) -> None:
    with pytest.raises(Conflict) as caught:
        make(tmp_path, env={"HTTP_PORT": "1"}).write("http_port", 2)
    assert caught.value.code == "setting_overridden"


def test_a_folder_that_cannot_be_written_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(Failed) as caught:
        SettingsFile(tmp_path / "file" / "config.toml", {}, {}).write("sounds", value=False)
    assert caught.value.code == "not_writable"
