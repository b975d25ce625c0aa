"""Finds OBS's WebSocket port and password in OBS's own configuration, so that nothing needs to be typed.

OBS 28 to 30.1 keeps them in `global.ini`, section `OBSWebSocket`; later versions in
`plugin_config/obs-websocket/config.json`. Everything here blocks: call it in a thread.
"""

import dataclasses
import json
import logging
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

log = logging.getLogger(__name__)

DEFAULT_PORT = 4455
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclasses.dataclass(frozen=True)
class ObsOwnConfig:
    """What OBS's configuration says of its WebSocket server; no password when OBS asks for none."""

    path: Path
    enabled: bool
    port: int
    password: str | None = dataclasses.field(repr=False)


@dataclasses.dataclass(frozen=True)
class ObsCredentials:
    """Where to connect and with what; `found_in` names the password's origin in words for the streamer."""

    url: str = dataclasses.field(repr=False)  # it may hold a password as well
    password: str | None = dataclasses.field(repr=False)
    found_in: str
    server_enabled: bool = True
    """False when OBS's own configuration says that its WebSocket server is switched off."""
    obs_password: str | None = dataclasses.field(default=None, repr=False)
    """Another password that OBS's own configuration says, to be tried once where `password` is refused."""


def credentials(
    own: ObsOwnConfig | None, *, url: str | None, password: str | None, origin: str, may_be_old: bool = False
) -> ObsCredentials:
    """Join what was set (`password` came from `origin`, and may be out of date) with what OBS's own configuration says.

    OBS's own password is never offered to another computer: it belongs to the OBS on this one.
    """
    own_port = own.port if own else DEFAULT_PORT
    address = url or f"ws://127.0.0.1:{own_port}"
    local = urlsplit(address).hostname in LOOPBACK
    enabled = own.enabled if own and local and _port(address) == own_port else True
    if password is not None:
        second = own.password if may_be_old and own is not None and local and own.password != password else None
        return ObsCredentials(address, password, origin, enabled, second)
    if own is not None and local:
        return ObsCredentials(address, own.password, "OBS's own configuration", enabled)
    return ObsCredentials(address, None, "nowhere", enabled)


def find_config(environment: Mapping[str, str], home: Path, platform: str = sys.platform) -> ObsOwnConfig | None:
    """The configuration of the OBS on this computer, or None; of several the one in use: enabled, then newest."""
    configs = [_read_folder(folder) for folder in config_folders(environment, home, platform)]
    found = [config for config in configs if config is not None]
    return max(found, key=lambda config: (config.enabled, _modified(config.path)), default=None)


def config_folders(environment: Mapping[str, str], home: Path, platform: str = sys.platform) -> list[Path]:
    """Every folder where an OBS of this user may keep its configuration."""
    if platform == "win32":
        roaming = environment.get("APPDATA")
        return [(Path(roaming) if roaming else home / "AppData" / "Roaming") / "obs-studio"]
    if platform == "darwin":
        return [home / "Library" / "Application Support" / "obs-studio"]
    xdg = environment.get("XDG_CONFIG_HOME")
    return [
        (Path(xdg) if xdg else home / ".config") / "obs-studio",
        home / ".var" / "app" / "com.obsproject.Studio" / "config" / "obs-studio",
        home / "snap" / "obs-studio" / "current" / ".config" / "obs-studio",
    ]


def _read_folder(folder: Path) -> ObsOwnConfig | None:
    """What the folder says; both files speak only after a change of OBS's version: then the one written last counts."""
    configs = [
        _read(folder / "plugin_config" / "obs-websocket" / "config.json", _values_of_json),
        _read(folder / "global.ini", _values_of_ini),
    ]
    found = [config for config in configs if config is not None]
    return max(found, key=lambda config: _modified(config.path), default=None)


def _read(path: Path, parse: Callable[[str], dict[str, Any] | None]) -> ObsOwnConfig | None:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        log.warning("OBS's configuration %s cannot be read: %s", path, type(error).__name__)
        return None
    values = parse(text)
    if not values:
        return None
    port = values.get("port")
    password = values.get("password")
    return ObsOwnConfig(
        path=path,
        enabled=values.get("enabled") is True,
        port=port if isinstance(port, int) and 0 < port < 65536 else DEFAULT_PORT,
        password=password if isinstance(password, str) and password and values.get("auth") is not False else None,
    )


def _values_of_json(text: str) -> dict[str, Any] | None:
    try:
        values = json.loads(text)
    except ValueError:
        return None  # OBS is writing it just now, or it is damaged; an older file may still tell
    if not isinstance(values, dict):
        return None
    names = {"enabled": "server_enabled", "port": "server_port", "auth": "auth_required", "password": "server_password"}
    return {name: values[key] for name, key in names.items() if key in values}


def _values_of_ini(text: str) -> dict[str, Any]:
    """The section's values as OBS's own reader takes them: no quotes, `\\\\`, `\\n` and `\\r` escaped."""
    names = {"ServerEnabled": "enabled", "ServerPort": "port", "AuthRequired": "auth", "ServerPassword": "password"}
    values: dict[str, Any] = {}
    section = ""
    for raw in text.splitlines():
        line = raw.strip()
        if line.startswith("[") and line.endswith("]"):
            section = line[1:-1]
        elif section == "OBSWebSocket" and "=" in line and not line.startswith("#"):
            key, _, value = line.partition("=")
            if name := names.get(key.strip()):
                values[name] = _typed(name, value.strip())
    return values


def _typed(name: str, value: str) -> Any:
    if name == "password":
        unescaped = value.replace("\\\\", "\0").replace("\\n", "\n").replace("\\r", "\r")
        return unescaped.replace("\0", "\\")
    if name == "port":
        return int(value) if value.isdecimal() else None
    return value.lower() == "true" or (value.isdecimal() and int(value) != 0)


def _port(url: str) -> int:
    parts = urlsplit(url)
    return parts.port or (443 if parts.scheme == "wss" else 80)


def _modified(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
