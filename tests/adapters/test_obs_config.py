"""OBS's own configuration files, as its versions write them on each platform."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from companion.adapters.obs.config import ObsOwnConfig, config_folders, credentials, find_config

GLOBAL_INI = """[General]
FirstRun=true
ServerPassword=of another section

[OBSWebSocket]
FirstLoad=false
ServerEnabled={enabled}
ServerPort={port}
AlertsEnabled=false
AuthRequired={auth}
ServerPassword={password}

[Basic]
Profile=Untitled
ServerPort=1
"""


def write_ini(folder: Path, **values: Any) -> Path:
    filled = {"enabled": "true", "port": "4460", "auth": "true", "password": "ini secret"} | values
    path = folder / "global.ini"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\ufeff" + GLOBAL_INI.format(**filled), encoding="utf-8")
    return path


def write_json(folder: Path, **values: Any) -> Path:
    filled = {
        "alerts_enabled": False,
        "auth_required": True,
        "first_load": False,
        "server_enabled": True,
        "server_password": "json secret",
        "server_port": 4470,
    } | values
    path = folder / "plugin_config" / "obs-websocket" / "config.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(filled, indent=4), encoding="utf-8")
    return path


def make_older(path: Path) -> None:
    os.utime(path, (1_000_000_000, 1_000_000_000))


@pytest.mark.parametrize(
    ("platform", "environment", "folder"),
    [
        ("linux", {}, ".config/obs-studio"),
        ("linux", {}, ".var/app/com.obsproject.Studio/config/obs-studio"),
        ("linux", {}, "snap/obs-studio/current/.config/obs-studio"),
        ("linux", {"XDG_CONFIG_HOME": "HOME/elsewhere"}, "elsewhere/obs-studio"),
        ("win32", {"APPDATA": "HOME/Roaming"}, "Roaming/obs-studio"),
        ("win32", {}, "AppData/Roaming/obs-studio"),
        ("darwin", {}, "Library/Application Support/obs-studio"),
    ],
)
@pytest.mark.parametrize("write", [write_ini, write_json])
def test_each_platform_keeps_it_in_its_place(
    tmp_path: Path, platform: str, environment: dict[str, str], folder: str, write: Any
) -> None:
    filled = {name: value.replace("HOME", str(tmp_path)) for name, value in environment.items()}
    assert find_config(filled, tmp_path, platform) is None
    path = write(tmp_path / folder)
    found = find_config(filled, tmp_path, platform)
    assert found is not None
    assert (found.path, found.enabled) == (path, True)
    assert (found.port, found.password) in [(4460, "ini secret"), (4470, "json secret")]


def test_xdg_config_home_replaces_the_usual_folder(tmp_path: Path) -> None:
    folders = config_folders({"XDG_CONFIG_HOME": "/elsewhere"}, tmp_path, "linux")
    assert folders[0] == Path("/elsewhere/obs-studio")
    assert tmp_path / ".config" / "obs-studio" not in folders


def read(folder: Path) -> ObsOwnConfig:
    found = find_config({"XDG_CONFIG_HOME": str(folder.parent)}, Path("/nobody"), "linux")
    assert found is not None
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "obs-studio"


def test_of_both_files_the_one_written_last_counts(folder: Path) -> None:
    ini, newer = write_ini(folder), write_json(folder)
    make_older(ini)
    assert read(folder).password == "json secret"
    make_older(newer)
    write_ini(folder, password="changed in the old version")
    assert read(folder).password == "changed in the old version"


def test_a_damaged_newer_file_does_not_hide_the_older_one(folder: Path) -> None:
    write_ini(folder)
    path = write_json(folder)
    for damage in ("", "{", "[]", '"text"', "{}"):
        path.write_text(damage)
        assert read(folder).password == "ini secret"
    path.write_bytes(b"\xff\xfe\x00")
    assert read(folder).password == "ini secret"


def test_of_several_installations_the_enabled_and_newest_counts(tmp_path: Path) -> None:
    native = write_ini(tmp_path / ".config" / "obs-studio", password="native")
    flatpak = tmp_path / ".var" / "app" / "com.obsproject.Studio" / "config" / "obs-studio"
    path = write_json(flatpak, server_password="flatpak")

    def password() -> str | None:
        found = find_config({}, tmp_path, "linux")
        assert found is not None
        return found.password

    make_older(native)
    assert password() == "flatpak"
    make_older(path)
    os.utime(native)
    assert password() == "native"
    write_ini(native.parent, password="native", enabled="false")
    assert password() == "flatpak"


@pytest.mark.parametrize("secret", ["plain", "with = and ; and # and [x]", "q\"u'otes", "ünïcödé", "100%"])
def test_passwords_are_taken_as_they_are(folder: Path, secret: str) -> None:
    write_ini(folder, password=secret)
    assert read(folder).password == secret
    make_older(folder / "global.ini")
    write_json(folder, server_password=secret)
    assert read(folder).password == secret


@pytest.mark.parametrize(
    ("written", "meant"), [(r"back\\slash", "back\\slash"), (r"two\\\\", "two\\\\"), (r"\\name", "\\name")]
)
def test_the_ini_files_escapes_are_undone(folder: Path, written: str, meant: str) -> None:
    write_ini(folder, password=written)
    assert read(folder).password == meant


@pytest.mark.parametrize(("value", "meant"), [("true", True), ("1", True), ("false", False), ("0", False), ("", False)])
def test_truth_in_the_ini_file(folder: Path, value: str, meant: bool) -> None:
    write_ini(folder, enabled=value)
    assert read(folder).enabled is meant


def test_without_authentication_there_is_no_password(folder: Path) -> None:
    write_ini(folder, auth="false")
    assert read(folder).password is None
    make_older(folder / "global.ini")
    write_json(folder, auth_required=False)
    assert read(folder).password is None


@pytest.mark.parametrize("port", ["0", "65536", "-1", "text", ""])
def test_an_impossible_port_becomes_the_usual_one(folder: Path, port: str) -> None:
    write_ini(folder, port=port)
    assert read(folder).port == 4455


def test_an_obs_that_never_ran_its_server_says_nothing(folder: Path) -> None:
    folder.mkdir()
    (folder / "global.ini").write_text("[General]\nFirstRun=true\n")
    assert find_config({"XDG_CONFIG_HOME": str(folder.parent)}, Path("/nobody"), "linux") is None


def test_a_folder_instead_of_the_file_is_no_crash(folder: Path) -> None:
    (folder / "global.ini").mkdir(parents=True)
    assert find_config({"XDG_CONFIG_HOME": str(folder.parent)}, Path("/nobody"), "linux") is None


OWN = ObsOwnConfig(Path("global.ini"), enabled=True, port=4460, password="own")


def test_with_nothing_set_obs_own_port_and_password_serve() -> None:
    found = credentials(OWN, url=None, password=None, origin="")
    assert (found.url, found.password) == ("ws://127.0.0.1:4460", "own")
    assert found.found_in == "OBS's own configuration"


def test_what_is_set_wins() -> None:
    found = credentials(OWN, url="ws://127.0.0.1:9", password="mine", origin="the keyring")
    assert (found.url, found.password, found.found_in) == ("ws://127.0.0.1:9", "mine", "the keyring")


@pytest.mark.parametrize("url", ["ws://192.168.0.5:4460", "wss://obs.example", "ws://127.0.0.1.example:4460"])
def test_obs_own_password_is_never_offered_to_another_computer(url: str) -> None:
    assert credentials(OWN, url=url, password=None, origin="").password is None
    assert credentials(OWN, url=url, password="mine", origin="", may_be_old=True).obs_password is None


def test_what_may_be_old_has_obss_own_password_beside_it() -> None:
    kept = credentials(OWN, url=None, password="mine", origin="the keyring", may_be_old=True)
    assert (kept.password, kept.obs_password) == ("mine", OWN.password)
    assert credentials(OWN, url=None, password="mine", origin="the environment").obs_password is None
    assert credentials(OWN, url=None, password=OWN.password, origin="the keyring", may_be_old=True).obs_password is None
    assert str(OWN.password) not in repr(kept)


def test_without_any_configuration_the_usual_port_is_tried() -> None:
    found = credentials(None, url=None, password=None, origin="")
    assert (found.url, found.password, found.server_enabled) == ("ws://127.0.0.1:4455", None, True)


def test_a_server_switched_off_is_known_for_its_own_address_only() -> None:
    off = ObsOwnConfig(Path("global.ini"), enabled=False, port=4460, password="own")
    assert not credentials(off, url=None, password=None, origin="").server_enabled
    assert credentials(off, url="ws://127.0.0.1:4999", password=None, origin="").server_enabled
    assert credentials(off, url="ws://192.168.0.5:4460", password=None, origin="").server_enabled


def test_no_password_is_in_any_text() -> None:
    assert "own" not in repr(OWN)
    assert "own" not in repr(credentials(OWN, url=None, password=None, origin="")).replace("OBS's own", "")
