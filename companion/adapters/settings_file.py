"""Where settings come from: the environment, `.env`, config.toml and the defaults; the earlier wins.

`.env` is ours only where the program or its settings lie: one in the current folder may be anybody's, and settings name
programs to run.
"""

import dataclasses
import enum
import io
import json
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dotenv import dotenv_values
from pydantic import BaseModel, ValidationError

from companion.domain.paths import Paths
from companion.domain.settings import Settings
from companion.kernel.errors import Conflict, Failed, Refused

SECRET = {"obs_ws_password"}
"""Settings that are never written to config.toml; the preferences keep them in the keyring."""
CHECKOUT = Path(__file__).parents[2]
"""Where the program lies; a checkout of its source when pyproject.toml is there."""


class SettingSource(enum.StrEnum):
    """Where a setting's value comes from."""

    ENVIRONMENT = "environment"
    DOTENV = ".env"
    CONFIG = "config.toml"
    DEFAULT = "default"


@dataclasses.dataclass(frozen=True)
class Loaded:
    """Settings with the source of each."""

    settings: Settings
    sources: dict[str, SettingSource]


def find_paths() -> Paths:
    """The folders of this installation, by COMPANION_HOME or the platform's rules."""
    return Paths.find(_checkout_dotenv() | _environment())


def read_environment() -> tuple[dict[str, str], dict[str, str]]:
    """The process's environment, and what `.env` adds: the one beside config.toml, else the checkout's."""
    return _environment(), _checkout_dotenv() | _read_dotenv(find_paths().config)


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if value}


def _checkout_dotenv() -> dict[str, str]:
    return _read_dotenv(CHECKOUT) if (CHECKOUT / "pyproject.toml").is_file() else {}


def _read_dotenv(folder: Path) -> dict[str, str]:
    """What `.env` in `folder` sets; empty values count as not set. Raises Refused `invalid_settings`."""
    file = folder / ".env"
    try:
        # A folder of that name may hold an environment of Python's.
        text = "" if file.is_dir() else file.read_text(encoding="utf-8-sig")
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(file, error) from error
    return {name: value for name, value in dotenv_values(stream=io.StringIO(text)).items() if value}


class SettingsFile:
    """Reads all sources, and writes config.toml."""

    def __init__(self, config_file: Path, environment: Mapping[str, str], dotenv: Mapping[str, str]) -> None:
        self._file = config_file
        self._outer = ((SettingSource.ENVIRONMENT, environment), (SettingSource.DOTENV, dotenv))

    def load(self) -> Loaded:
        """The settings in force; raises Refused `invalid_settings`, with the line where config.toml is wrong."""
        return self._merge(self._read())

    def write(self, name: str, value: Any) -> Loaded:
        """Set `name` in config.toml (None: back to the default), keeping its comments; returns what is in force."""
        for source, values in self._outer:
            if name.upper() in values:
                raise Conflict(
                    "setting_overridden",
                    f"{name} is set by the {source} ({name.upper()}), which wins over config.toml.",
                    f"Change {name.upper()} there.",
                )
        plain = {key: item for key, item in self._read().items() if key != name}
        if value is not None:
            plain[name] = value
        loaded = self._merge(plain)
        self._save(name, None if value is None else _plain(getattr(loaded.settings, name)))
        return loaded

    def _save(self, name: str, value: Any) -> None:
        import tomlkit

        text = self._file.read_text(encoding="utf-8-sig") if self._file.exists() else ""
        document = tomlkit.parse(text)
        document.pop(name, None)
        if value is not None:
            document[name] = value
        temporary = self._file.with_suffix(".tmp")
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            temporary.write_text(tomlkit.dumps(document), encoding="utf-8")
            temporary.replace(self._file)
        except OSError as error:
            raise Failed(
                "not_writable", f"{self._file} cannot be written: {error.strerror}.", "Check the rights of its folder."
            ) from error

    def _read(self) -> dict[str, Any]:
        text = ""
        try:
            text = self._file.read_text(encoding="utf-8-sig")
            values = tomllib.loads(text)
        except (FileNotFoundError, NotADirectoryError):
            return {}
        except (OSError, UnicodeDecodeError) as error:
            raise _unreadable(self._file, error) from error
        except tomllib.TOMLDecodeError as error:
            problem = str(error).replace("at end of document", f"at line {len(text.splitlines())}, the end")
            raise self._refused(f"is not valid TOML: {problem}") from error
        for name in values:
            if name in SECRET:
                line = self._line_of(name)
                raise self._refused(f"line {line}: {name} is a secret; use `companion settings set {name}`")
        return values

    def _merge(self, from_file: dict[str, Any]) -> Loaded:
        values: dict[str, Any] = dict(from_file)
        sources = dict.fromkeys(Settings.model_fields, SettingSource.DEFAULT) | dict.fromkeys(
            values, SettingSource.CONFIG
        )
        for source, outer in reversed(self._outer):
            for name in Settings.model_fields:
                if name.upper() in outer:
                    values[name] = outer[name.upper()] if name in SECRET else _from_text(outer[name.upper()])
                    sources[name] = source
        try:
            return Loaded(Settings.model_validate(values), sources)
        except ValidationError as error:
            problem = error.errors(include_url=False, include_input=False)[0]
            name = str(problem["loc"][0])
            place = ".".join(str(part) for part in problem["loc"])
            if sources.get(name, SettingSource.CONFIG) is SettingSource.CONFIG:
                raise self._refused(f"line {self._line_of(name)}: {place}: {problem['msg']}") from None
            raise Refused(
                "invalid_settings",
                f"{name.upper()} in the {sources[name]}: {problem['msg']}.",
                "See .env.sample for what it may be.",
            ) from None

    def _line_of(self, name: str) -> int:
        text = self._file.read_text(encoding="utf-8-sig") if self._file.exists() else ""
        found = re.search(rf"^\s*(\[\[?\s*)?[\"']?{re.escape(name)}\b", text, re.MULTILINE)
        return text.count("\n", 0, found.start() + len(found[0])) + 1 if found else 1

    def _refused(self, problem: str) -> Refused:
        return _refused(self._file, problem)


def _unreadable(file: Path, error: OSError | UnicodeDecodeError) -> Refused:
    if isinstance(error, OSError):
        return _refused(file, f"cannot be read: {error.strerror}")
    return _refused(file, "is not UTF-8 text, which your editor can save it as")


def _refused(file: Path, problem: str) -> Refused:
    return Refused("invalid_settings", f"{file} {problem}.", "Correct it, then start again.")


def _from_text(text: str) -> Any:
    """A variable's value: JSON for lists, plain text for everything else (numbers are read by the settings' types)."""
    if text.lstrip().startswith(("[", "{")):
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, Path | enum.Enum):
        return str(value)
    return value
