"""Speech models: which there are, bringing one that suits this PC, removing and choosing."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any

from pydantic import BaseModel, Field

from companion.adapters.speech.client import measure
from companion.adapters.speech.download import Download
from companion.adapters.speech.models import ModelStore, offered
from companion.domain.events import ModelProgressed
from companion.domain.settings import Settings, SttProvider, refuse_phone
from companion.domain.speech_models import BY_NAME, OFFERED
from companion.kernel.actions import Caller, Scope, action
from companion.kernel.bus import Bus
from companion.kernel.errors import CompanionError, Conflict
from companion.kernel.service import Ready, require_started

log = logging.getLogger(__name__)

TOLD_FRACTION = 0.01

Name = Annotated[str, Field(min_length=1, max_length=1000, description="The model's name, as listed")]
Chosen = Annotated[
    str | None,
    Field(
        min_length=1,
        max_length=1000,
        description="A model's name, or a folder's path; none: the best that is fast enough here",
        json_schema_extra={"x-positional": True},
    ),
]


class ModelInfo(BaseModel):
    """A speech model. `megabytes` is what it takes on the disk, `window_seconds` what it needs here for one window.

    The latter is measured, or reckoned from one that was; None where nothing was measured yet. `loaded` is how far its
    download is (0 to 1), None when none is going on; `problem` says why an installed one cannot be used.
    """

    name: str
    installed: bool
    in_use: bool
    recommended: bool
    english_only: bool
    megabytes: int
    window_seconds: float | None = None
    loaded: float | None = None
    problem: str = ""


class Models:
    """Actions on models, and the downloads that they began."""

    name = "models"
    essential = False

    def __init__(
        self,
        store: ModelStore,
        bus: Bus,
        settings: Callable[[], Settings],
        change: Callable[[str, Any], Awaitable[Any]],
        hub: str | None = None,
    ) -> None:
        """`change` changes a setting; `hub` is where models come from, None the usual place."""
        self._store = store
        self._bus = bus
        self._settings = settings
        self._change = change
        self._hub = hub
        self._tasks: asyncio.TaskGroup | None = None
        self._downloads: dict[str, asyncio.Task[str | CompanionError]] = {}
        self._loaded: dict[str, float] = {}
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def run(self, ready: Ready) -> None:
        """Carry the downloads, which outlive whoever asked for them."""
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            try:
                ready()
                await asyncio.Event().wait()
            finally:
                self._tasks = None
                for task in self._downloads.values():
                    task.cancel()  # what was loaded is kept for the next time

    @action("models.list", scope=Scope.VIEW, http="GET /api/models")
    async def page(self) -> list[ModelInfo]:
        """List the speech models that are installed, and those that can be downloaded."""
        names = dict.fromkeys(model.name for model in OFFERED)
        names |= dict.fromkeys(model.name for model in await asyncio.to_thread(self._store.installed))
        return await asyncio.to_thread(self._infos, list(names))

    @action("models.download", scope=Scope.ADMIN, http="POST /api/models")
    async def download(
        self,
        name: Annotated[
            str | None,
            Field(
                max_length=100,
                description="The model's name; none: one that suits this PC, as a short measurement shows",
                json_schema_extra={"x-positional": True},
            ),
        ] = None,
        wait: Annotated[bool, Field(description="Answer when it is there, not when it was begun")] = False,
    ) -> ModelInfo:
        """Download a speech model; one that broke off goes on where it was."""
        if name is not None:
            offered(name)
        key = name or ""
        if key not in self._downloads:
            require_started(self._tasks, "The download of models")
            assert self._tasks is not None
            self._downloads[key] = self._tasks.create_task(self._keep(key, name))
        if not wait:
            return await self._show(name or self._recommended())
        brought = await asyncio.shield(self._downloads[key])
        if isinstance(brought, CompanionError):
            raise brought
        return await self._show(brought)

    @action("models.remove", scope=Scope.ADMIN, http="DELETE /api/models/{name}", confirm=True)
    async def remove(self, name: Name) -> None:
        """Delete a speech model from this PC."""
        if self._settings().stt_model == name:
            raise Conflict(
                "model_in_use", f"The speech model {name} is the chosen one.", "`companion models use` chooses another."
            )
        if name in self._downloads or name in self._loaded:
            raise Conflict(
                "download_running", f"The speech model {name} is being downloaded.", "Wait until it is there."
            )
        await asyncio.to_thread(self._store.remove, name)

    async def _may_use(self, caller: Caller, values: dict[str, Any]) -> str:
        """A path on the PC is the PC's own to name."""
        refuse_phone(caller, "stt_model", values.get("name"))
        return ""

    @action("models.use", scope=Scope.ADMIN, http="PUT /api/models/use", guard=_may_use)
    async def use(self, name: Chosen = None) -> ModelInfo:
        """Choose the speech model: an installed one, a folder's path, or none for the best that is fast enough here."""
        folder = await asyncio.to_thread(
            self._store.find, name, self._settings().stt_language, self._settings().recognizer
        )
        await self._change("stt_model", name)
        return await self._show(folder.name)

    async def _keep(self, key: str, name: str | None) -> str | CompanionError:
        """Bring a model; which one came, or why none did."""
        try:
            return await (self._load(name) if name else self._bring_what_suits())
        except CompanionError as error:
            log.warning("download of a speech model: %s", error.message)
            return error
        finally:
            del self._downloads[key]

    async def _bring_what_suits(self) -> str:
        """Bring the model that suits this PC; where nothing is known of it, the smallest is measured first."""
        while True:
            name = await self._load(self._recommended())
            if not self._store.measured():
                await self._measure(name)
            if name == self._recommended():
                return name

    async def _measure(self, name: str) -> None:
        self._tell(name, "measuring", 0.0)
        try:
            await measure(self._store, name, SttProvider.WHISPER)  # as all that are offered
        except CompanionError as error:
            self._tell(name, "failed", 0.0, error)
            raise
        self._tell(name, "ready", 1.0)

    async def _load(self, name: str) -> str:
        async with self._turns[name]:  # what suits may be one that was also asked for by name
            if name in {model.name for model in await asyncio.to_thread(self._store.installed) if not model.problem}:
                return name
            download = Download(self._store.folder, name, offered(name), self._hub)
            try:
                self._tell(name, "downloading", 0.0)
                await download.run(lambda fraction: self._tell(name, "downloading", fraction))
            except CompanionError as error:
                self._tell(name, "failed", self._loaded.get(name, 0.0), error)
                raise
            finally:
                self._loaded.pop(name, None)
            self._tell(name, "ready", 1.0)
            return name

    def _tell(self, name: str, step: str, fraction: float, error: CompanionError | None = None) -> None:
        if step == "downloading":
            if 0 < fraction - self._loaded.get(name, -1.0) < TOLD_FRACTION:
                return
            self._loaded[name] = fraction
        message, remedy = (error.message, error.remedy) if error else ("", "")
        self._bus.publish(ModelProgressed(name, step, round(fraction, 3), message, remedy))

    def _recommended(self) -> str:
        return self._store.recommended(self._settings().stt_language)

    async def _show(self, name: str) -> ModelInfo:
        return (await asyncio.to_thread(self._infos, [name]))[0]

    def _infos(self, names: Sequence[str]) -> list[ModelInfo]:
        settings = self._settings()
        installed = {model.name: model for model in self._store.installed(settings.recognizer)}
        estimates, recommended = self._store.estimates(), self._recommended()
        try:
            used = self._store.find(settings.stt_model, settings.stt_language, settings.recognizer).name
        except CompanionError:
            used = ""
        return [
            ModelInfo(
                name=name,
                installed=name in installed,
                in_use=name == used,
                recommended=name == recommended,
                english_only=name in BY_NAME and BY_NAME[name].english_only,
                megabytes=round(installed[name].size_bytes / 1e6) if name in installed else _megabytes(name),
                window_seconds=estimates.get(name),
                loaded=self._loaded.get(name),
                problem=installed[name].problem if name in installed else "",
            )
            for name in names
        ]


def _megabytes(name: str) -> int:
    return BY_NAME[name].megabytes if name in BY_NAME else 0
