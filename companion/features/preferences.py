"""Settings in force: read, changed while running, and OBS's address and password derived from them."""

import asyncio
import enum
import json
import logging
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, JsonValue, SecretStr, ValidationError

from companion.adapters.folders import make_folder
from companion.adapters.obs.config import LOOPBACK, ObsCredentials, credentials, find_config
from companion.adapters.secrets import SecretName, Secrets
from companion.adapters.settings_file import Loaded, SettingsFile, SettingSource
from companion.domain.events import ClipLengthsChanged, SettingsChanged
from companion.domain.settings import Settings, pc_only, refuse_phone
from companion.domain.steps import ActionStep, Step, check_all, check_nesting, refuse_agreement
from companion.kernel.actions import Caller, Registry, Scope, action
from companion.kernel.bus import Bus
from companion.kernel.errors import CompanionError, NotFound, Refused
from companion.kernel.logs import write_logs_as

log = logging.getLogger(__name__)

NEEDS_RESTART = {"database_url", "ffmpeg_path", "http_port"}
"""Settings that are read once, at the start."""
WITH_STEPS = {"hotkeys", "voice_phrases", "quicklaunch", "quickstop"}
"""Settings of actions that are done later."""

Name = Annotated[str, Field(max_length=100, description="The setting's name, such as clip_lengths")]


class Setting(BaseModel):
    """One setting: its value (never a secret's), where that comes from, and what it means.

    `choices` are all values that it can have, where those can be counted. `pc_only`: no phone may change it. `note`
    says what else a change of it meant.
    """

    name: str
    value: JsonValue
    source: str
    default: JsonValue
    help: str
    choices: list[str] = []
    restart_needed: bool = False
    pc_only: bool = False
    note: str = ""


class Preferences:
    """Holds the settings in force; everything that needs them calls `current`."""

    def __init__(
        self, file: SettingsFile, loaded: Loaded, secrets: Secrets, bus: Bus, registry: Callable[[], Registry]
    ) -> None:
        self._file = file
        self._loaded = loaded
        self._secrets = secrets
        self._bus = bus
        self._registry = registry
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

    async def _may_change(self, caller: Caller, values: dict[str, Any]) -> str:
        """Refuses steps with themselves or an agreement in them; a phone also what is the PC's, or what it may not."""
        name, value = values["name"], values["value"]
        if name not in Settings.model_fields:
            return ""
        steps, outer = _steps_in(name, value), f"studio.{name}"
        if caller.device is None:
            refuse_agreement(steps)
            await check_nesting(steps, self._registry(), outer)
        else:
            refuse_phone(caller, name, value)
            await check_all(steps, self._registry(), caller, outer)
        return f"to {_told(name, value, steps)}"

    @action("settings.set", scope=Scope.ADMIN, http="PUT /api/settings/{name}", guard=_may_change)
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
        note = ""
        if name == SecretName.OBS_PASSWORD:
            if value is not None and not isinstance(value, str):
                raise Refused("invalid_settings", "A password is text.", "Put it in quotes.")
            await self._secrets.store(SecretName.OBS_PASSWORD, value or None)
            self._bus.publish(SettingsChanged({name: None}))
        else:
            if name == "session_dir" and isinstance(value, str) and value:
                await asyncio.to_thread(make_folder, Path(value), "SESSION_DIR")  # the next clip goes there
            async with self._writing:
                loaded = await asyncio.to_thread(self._file.write, name, _from_text(value))
                note = await self._forget_password(loaded)
                self._loaded = loaded
            if name in ("log_level", "log_format"):
                write_logs_as(loaded.settings.log_level, loaded.settings.log_format)
            shown = self._loaded.settings.model_dump(mode="json")[name]
            self._bus.publish(SettingsChanged({name: shown}))
            if name == "clip_lengths":
                self._tell_lengths()
        return (await self._describe(name)).model_copy(update={"note": note})

    async def _forget_password(self, loaded: Loaded) -> str:
        """Forget the stored password before `loaded` has OBS on another computer, which must not get it; says so."""
        before = self._loaded
        if _computer(loaded) == _computer(before) or not self._secrets.has(SecretName.OBS_PASSWORD):
            return ""
        try:
            await self._secrets.store(SecretName.OBS_PASSWORD, None)
        except CompanionError:
            known = before.sources["obs_ws_url"] is SettingSource.CONFIG
            await asyncio.to_thread(self._file.write, "obs_ws_url", before.settings.obs_ws_url if known else None)
            raise
        log.warning("OBS is on another computer now: its stored password was forgotten")
        return "The stored OBS password was for another computer and was forgotten. Enter the new one's."

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
            pc_only=(mark := pc_only(name)) is not None and not mark.values,
        )


def _choices(kind: Any) -> list[str]:
    """The values of an enumeration; empty for all else."""
    return [item.value for item in kind] if isinstance(kind, type) and issubclass(kind, enum.StrEnum) else []


def _computer(loaded: Loaded) -> str:
    """The computer that OBS is on."""
    host = urlsplit(loaded.settings.obs_ws_url).hostname or ""
    return "this one" if host in LOOPBACK else host


def _steps_in(name: str, value: JsonValue) -> list[tuple[str, Step]]:
    """The steps that a setting is about to have, each with its place; none where it could not have that value."""
    try:
        settings = Settings.model_validate({} if value is None else {name: _from_text(value)})
    except (ValidationError, Refused):
        return []
    steps: list[Step] = []
    if name == "hotkeys":
        steps += [ActionStep(action=hotkey.action, arguments=hotkey.arguments) for hotkey in settings.hotkeys]
    elif name == "voice_phrases":
        steps += [ActionStep(action=phrase.action, arguments=phrase.sample) for phrase in settings.voice_phrases]
    elif name in ("quicklaunch", "quickstop"):
        steps += settings.quicklaunch if name == "quicklaunch" else settings.quickstop
    return [(f"{name}, {number}", step) for number, step in enumerate(steps, 1)]


def _told(name: str, value: JsonValue, steps: list[tuple[str, Step]]) -> str:
    """What the audit log tells of a new value: nothing of a secret, and of steps their actions alone."""
    if value is None:
        return "its default"
    if name in list(SecretName):
        return "another one"
    if name in WITH_STEPS:
        return ", ".join(step.action for _, step in steps if isinstance(step, ActionStep)) or "no actions"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return re.sub(r"//[^/@]*@", "//…@", text)  # an address may hold a password


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
