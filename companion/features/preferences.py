"""Settings in force: read, changed while running, and OBS's address and password derived from them."""

import asyncio
import enum
import json
import logging
import os
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, Field, JsonValue, SecretStr

from companion.adapters.obs.config import ObsCredentials, credentials, find_config
from companion.adapters.secrets import SecretName, Secrets
from companion.adapters.settings_file import Loaded, SettingsFile, SettingSource
from companion.domain.events import ClipLengthsChanged, SettingsChanged
from companion.domain.settings import Settings
from companion.kernel.actions import Scope, action
from companion.kernel.bus import Bus
from companion.kernel.errors import NotFound, Refused

log = logging.getLogger(__name__)

NEEDS_RESTART = {"database_url", "ffmpeg_path", "http_port", "log_format", "log_level", "session_dir"}
"""Settings that are read once, at the start."""

Name = Annotated[str, Field(max_length=100, description="The setting's name, such as clip_lengths")]


class Setting(BaseModel):
    """One setting: its value (never a secret's), where that comes from, and what it means.

    `choices` are all values that it can have, where those can be counted.
    """

    name: str
    value: JsonValue
    source: str
    default: JsonValue
    help: str
    choices: list[str] = []
    restart_needed: bool = False


class Preferences:
    """Holds the settings in force; everything that needs them calls `current`."""

    def __init__(self, file: SettingsFile, loaded: Loaded, secrets: Secrets, bus: Bus) -> None:
        self._file = file
        self._loaded = loaded
        self._secrets = secrets
        self._bus = bus
        self._writing = asyncio.Lock()
        self._tell_lengths()

    def current(self) -> Settings:
        """The settings in force now."""
        return self._loaded.settings

    @action("settings.get", scope=Scope.ADMIN, http="GET /api/settings")
    async def show(
        self, name: Annotated[Name | None, Field(json_schema_extra={"x-positional": True})] = None
    ) -> list[Setting]:
        """Show all settings, or one."""
        if name is not None and name not in Settings.model_fields:
            raise _unknown(name)
        return [await self._describe(field) for field in Settings.model_fields if name in (None, field)]

    @action("settings.set", scope=Scope.ADMIN, http="PUT /api/settings/{name}")
    async def change(
        self,
        name: Name,
        value: Annotated[
            JsonValue,
            Field(
                description="The new value, as JSON or plain text; none is the default",
                json_schema_extra={"x-positional": True},
            ),
        ] = None,
    ) -> Setting:
        """Change a setting in config.toml; a password goes to the keyring."""
        if name not in Settings.model_fields:
            raise _unknown(name)
        if name == SecretName.OBS_PASSWORD:
            if value is not None and not isinstance(value, str):
                raise Refused("invalid_settings", "A password is text.", "Put it in quotes.")
            await self._secrets.store(SecretName.OBS_PASSWORD, value or None)
            self._bus.publish(SettingsChanged({name: None}))
        else:
            async with self._writing:
                self._loaded = await asyncio.to_thread(self._file.write, name, _from_text(value))
            shown = self._loaded.settings.model_dump(mode="json")[name]
            self._bus.publish(SettingsChanged({name: shown}))
            if name == "clip_lengths":
                self._tell_lengths()
        return await self._describe(name)

    async def obs_credentials(self) -> ObsCredentials:
        """Where OBS listens and with which password, found anew at each call."""
        settings, sources = self._loaded.settings, self._loaded.sources
        url = settings.obs_ws_url if sources["obs_ws_url"] is not SettingSource.DEFAULT else None
        password: str | None
        may_be_old = settings.obs_ws_password is None
        if settings.obs_ws_password is not None:
            password, origin = settings.obs_ws_password.get_secret_value(), f"the {sources['obs_ws_password']}"
        else:
            password, origin = await self._secrets.get(SecretName.OBS_PASSWORD), "the keyring"
        own = await asyncio.to_thread(find_config, os.environ, Path.home())
        return credentials(own, url=url, password=password, origin=origin, may_be_old=may_be_old)

    def _tell_lengths(self) -> None:
        self._bus.publish(ClipLengthsChanged(list(self.current().clip_lengths)))

    async def _describe(self, name: str) -> Setting:
        field = Settings.model_fields[name]
        value = getattr(self._loaded.settings, name)
        source = self._loaded.sources[name].value
        if name in list(SecretName):
            if not isinstance(value, SecretStr) and await self._secrets.get(SecretName(name)) is not None:
                value, source = SecretStr(""), "keyring"
            shown: Any = None if value is None else "(set)"
        else:
            shown = self._loaded.settings.model_dump(mode="json")[name]
        return Setting(
            name=name,
            value=shown,
            source=source,
            default=Settings().model_dump(mode="json")[name],
            help=field.description or "",
            choices=_choices(field.annotation),
            restart_needed=name in NEEDS_RESTART,
        )


def _choices(kind: Any) -> list[str]:
    """The values of an enumeration; empty for all else."""
    return [item.value for item in kind] if isinstance(kind, type) and issubclass(kind, enum.StrEnum) else []


def _unknown(name: str) -> NotFound:
    return NotFound("unknown_setting", f"There is no setting {name!r}.", "`companion settings get` lists all.")


def _from_text(value: Any) -> Any:
    """What a command line gives as text: JSON where it is a list, the text itself otherwise."""
    if isinstance(value, str) and value.lstrip().startswith(("[", "{")):
        try:
            return json.loads(value)
        except ValueError as error:
            raise Refused(
                "invalid_settings", f"That is no valid JSON: {error}.", "A list looks like this: [15, 30]."
            ) from None
    return value
