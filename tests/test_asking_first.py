"""What asks first asks at every door, and in whatever it stands: each such action that there is, at each of them."""

import asyncio
import contextlib
import functools
import json
import shutil
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from companion import app
from companion.adapters.database import Database
from companion.adapters.desktop.session import Session
from companion.adapters.transcript_store import TranscriptStore
from companion.domain.events import ConfirmationAsked, SegmentTranscribed, VoiceCommandHeard
from companion.domain.paths import Paths
from companion.domain.phrases import VoicePhrase
from companion.domain.settings import Hotkey, Settings
from companion.domain.steps import ActionStep
from companion.features.macros import Macros
from companion.features.quick import Quick
from companion.features.voice import VoiceCommands
from companion.frontends.cli.hooks import Hooks
from companion.frontends.cli.main import main
from companion.frontends.cli.outline import outline
from companion.frontends.hotkeys import Hotkeys
from companion.frontends.http.server import HttpServer
from companion.kernel.actions import Action, Caller, Registry, Scope, declared
from companion.kernel.bus import Bus
from companion.kernel.errors import CompanionError, Conflict, Refused
from companion.kernel.service import Service
from companion.kernel.status import StatusBoard
from tests.frontends.test_hotkeys import Pedal
from tests.obs_link import until

ASKING = [item for item in app.actions() if item.confirm]
each = pytest.mark.parametrize("item", ASKING, ids=lambda item: item.name)
PC = Caller("http", Scope.ADMIN, "test")
AGREED = Caller("http", Scope.ADMIN, "test", agreed=True)


DONE: list[str] = []
"""Which actions were reached in the test that runs."""


def noting(method: Callable[..., Any], name: str) -> Callable[..., Any]:
    """A method that is declared as `method`, and only notes that it was reached."""

    @functools.wraps(method)
    async def note(*_: Any, **__: Any) -> None:
        DONE.append(name)
        raise Conflict("reached", f"{name} was reached.")

    return note


def noter(kind: type) -> type:
    return type(kind.__name__, (), {one.method: noting(getattr(kind, one.method), one.name) for one in declared(kind)})


NOTERS = [noter(kind) for kind in app.FEATURES if kind not in (Macros, Quick)]


class Rig:
    """Every action of the app: each is declared as it is, and those that ask first only note that they were reached."""

    def __init__(self, database: Database, bus: Bus) -> None:
        self.done = DONE
        self.done.clear()
        self.bus = bus
        self.settings = Settings(quicklaunch=[], quickstop=[ActionStep(action="camera.stop")])
        self.transcript = TranscriptStore(database, bus)
        self.macros = Macros(database, bus, lambda: self.registry)
        quick = Quick(bus, lambda: self.settings, lambda: self.registry)
        features: list[object] = [self.macros, quick]
        features += [kind() for kind in NOTERS]
        for kept, method in ((self.macros, "delete"), (quick, "stop")):
            name = next(one.name for one in declared(type(kept)) if one.method == method)
            setattr(kept, method, noting(getattr(kept, method), name))
        self.registry = Registry(bus, features)

    def set(self, **values: Any) -> None:
        self.settings = self.settings.model_copy(update=values)

    @contextlib.asynccontextmanager
    async def running(self, service: Service) -> AsyncIterator[None]:
        ready = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            task = group.create_task(service.run(ready.set))
            await ready.wait()
            yield
            task.cancel()

    async def until_done(self, item: Action) -> None:
        await until(lambda: bool(self.done), 20, lambda: item.name)
        assert self.done == [item.name]


@pytest.fixture
async def rig(tmp_path: Path, migrated: Path) -> AsyncIterator[Rig]:
    bus = Bus()
    shutil.copy(migrated, tmp_path / "companion.db")
    database = Database(tmp_path / "companion.db", StatusBoard(bus))
    await database.open()
    yield Rig(database, bus)
    await database.close()


def some(item: Action) -> dict[str, Any]:
    """Arguments that `item` takes."""
    schema = item.arguments.model_json_schema()
    values = {"integer": 1, "string": "x.png"}
    return {name: values[schema["properties"][name]["type"]] for name in schema.get("required", ())}


def step(item: Action) -> ActionStep:
    return ActionStep(action=item.name, arguments=some(item))


@each
async def test_the_registry_itself_refuses_it(rig: Rig, item: Action) -> None:
    with pytest.raises(Refused) as refused:
        await rig.registry.invoke(item.name, some(item), PC)
    assert (refused.value.code, refused.value.details) == ("confirmation_needed", {"actions": [item.name]})
    assert rig.done == []
    with pytest.raises(Refused) as stored:
        await rig.registry.invoke(item.name, some(item) | {"confirmed": True}, PC)
    assert stored.value.code == "invalid_arguments", "it is no argument"
    with pytest.raises(Conflict):
        await rig.registry.invoke(item.name, some(item), AGREED)
    assert rig.done == [item.name]


@each
async def test_whatever_it_is_inside_of_asks(rig: Rig, item: Action) -> None:
    """Through macros, quick starts and stops; and one agreement is enough for all of it."""

    async def refused(name: str, **arguments: Any) -> None:
        with pytest.raises(Refused) as asked:
            await rig.registry.invoke(name, arguments, PC)
        assert asked.value.code == "confirmation_needed"
        assert item.name in asked.value.details["actions"]
        assert rig.done == []

    async def done(name: str, **arguments: Any) -> None:
        with contextlib.suppress(CompanionError):
            await rig.registry.invoke(name, arguments, AGREED)
        assert rig.done == [item.name]
        rig.done.clear()

    async with rig.running(rig.macros):
        for number, steps in enumerate(([step(item)], [ActionStep(action="studio.quicklaunch")]), 1):
            values = {"name": f"M{number}", "steps": [one.model_dump() for one in steps]}
            macro = await rig.registry.invoke("macro.save", values, PC)
            assert macro.id == number
        rig.set(quicklaunch=[step(item)])
        for macro in await rig.registry.invoke("macro.list", {}, PC):
            assert macro.confirm == [item.name]
            await refused("macro.run", id=macro.id, wait=True)
            await done("macro.run", id=macro.id, wait=True)
        rig.set(quicklaunch=[ActionStep(action="macro.run", arguments={"id": 1, "wait": True})])
        await refused("studio.quicklaunch")
        await done("studio.quicklaunch")
        if item.name != "studio.quickstop":
            rig.set(quickstop=[step(item)])
            with pytest.raises(Refused) as asked:
                await rig.registry.invoke("studio.quickstop", {}, PC)
            assert asked.value.details["actions"] == sorted([item.name, "studio.quickstop"])


@each
async def test_over_http_it_needs_the_word_of_the_program(rig: Rig, tmp_path: Path, item: Action) -> None:
    async with served(rig, tmp_path) as (url, token):
        given = some(item)
        path = url + item.http_path.format(**given)
        rest = {name: value for name, value in given.items() if name not in item.path_arguments}
        where = "params" if item.http_method == "DELETE" else "json"
        async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as http:
            for said, code in (
                ({}, "confirmation_needed"),
                ({"confirmed": "false"}, "confirmation_needed"),
                ({"confirmed": "perhaps"}, "invalid_arguments"),
                ({"confirmed": "true"}, "reached"),
            ):
                more: dict[str, Any] = {where: rest | said}
                async with http.request(item.http_method, path, **more) as answer:
                    assert (await answer.json())["error"]["code"] == code
                assert rig.done == ([item.name] if code == "reached" else [])


@each
async def test_the_command_line_asks(
    rig: Rig, tmp_path: Path, item: Action, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a terminal it refuses; `--yes` is the answer."""
    hooks = Hooks("1.2.3", lambda: Paths.find({"COMPANION_HOME": str(tmp_path)}), app.actions, dict, int, demo)
    command = [*outline(item).command, *map(str, some(item).values())]
    async with served(rig, tmp_path):
        for more, code in ([], "confirmation_needed"), (["--yes"], "reached"):
            await asyncio.to_thread(main, hooks, [*command, *more, "--json"])
            assert json.loads(capsys.readouterr().out)["error"]["code"] == code
            assert rig.done == ([item.name] if code == "reached" else [])


def demo(once: bool, as_json: bool) -> int:
    raise NotImplementedError


@each
async def test_a_hotkey_is_pressed_twice(rig: Rig, item: Action) -> None:
    pedal, asked = Pedal(), rig.bus.subscribe(ConfirmationAsked)
    rig.set(hotkeys=[Hotkey(keys="<f7>", action=item.name, arguments=some(item))])
    board, session = StatusBoard(rig.bus), Session("", wayland=False)
    async with rig.running(Hotkeys(rig.registry, rig.bus, board, lambda: rig.settings, pedal, session)):
        await pedal.press("<f7>", 100.0)
        assert (await asked.get()).event == ConfirmationAsked("<f7>", item.name, 3.0)
        assert rig.done == []
        await pedal.press("<f7>", 101.0)
        await rig.until_done(item)


@pytest.mark.parametrize("item", [item for item in ASKING if item.scope <= Scope.CONTROL], ids=lambda item: item.name)
async def test_a_command_is_said_twice(rig: Rig, item: Action) -> None:
    rig.set(voice_on=True, voice_phrases=[VoicePhrase(phrase="do it now", action=item.name, arguments=some(item))])
    heard = rig.bus.subscribe(VoiceCommandHeard)
    board, transcript = StatusBoard(rig.bus), rig.transcript
    voice = VoiceCommands(rig.bus, board, lambda: rig.settings, lambda: rig.registry, transcript)
    async with rig.running(voice):
        for ago, outcome in ((4.0, "confirmation_asked"), (0.2, "reached")):
            rig.bus.publish(said("do it now", ago))
            event = (await heard.get()).event
            assert isinstance(event, VoiceCommandHeard)
            assert event.outcome == outcome
            assert rig.done == ([item.name] if outcome == "reached" else [])


def said(text: str, ago: float) -> SegmentTranscribed:
    start = time.time() - ago - 0.9
    words = [
        {"start_at": start + 0.3 * at, "end_at": start + 0.3 * (at + 1), "text": word, "confidence": 0.9}
        for at, word in enumerate(text.split())
    ]
    return SegmentTranscribed({"id": 1, "started_at": start, "ended_at": start + 0.9, "text": text, "words": words})


@contextlib.asynccontextmanager
async def served(rig: Rig, home: Path) -> AsyncIterator[tuple[str, str]]:
    """The HTTP server's address and its token."""
    paths = Paths.find({"COMPANION_HOME": str(home)})
    server = HttpServer(rig.registry, rig.bus, StatusBoard(rig.bus), port=0, paths=paths, version="1.2.3")
    async with rig.running(server):
        yield f"http://127.0.0.1:{server.port}", paths.token_file.read_text().strip()
