"""What the command line keeps of the actions: true, made anew when it is of another program, and never in the way."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from companion import app
from companion.domain.paths import Paths
from companion.frontends.cli.hooks import Hooks
from companion.frontends.cli.outline import Outline, outline, outlines
from companion.kernel.actions import Action, declared
from tests.frontends.shelf import Shelf


def unasked() -> Any:
    raise AssertionError("it was asked for, though it is known")


@pytest.fixture
def hooks(tmp_path: Path) -> Hooks:
    paths = Paths.find({"COMPANION_HOME": str(tmp_path)})
    return Hooks("1.2.3", lambda: paths, app.actions, unasked, unasked, unasked)


def made_anew(hooks: Hooks, **changes: Any) -> bool:
    """Whether the actions themselves are asked for."""
    asked = []

    def actions() -> list[Action]:
        asked.append(True)
        return app.actions()

    outlines(dataclasses.replace(hooks, actions=actions, **changes))
    return bool(asked)


def test_what_is_kept_is_what_the_actions_say(hooks: Hooks) -> None:
    said = [outline(action) for action in app.actions()]
    assert outlines(hooks) == said
    assert outlines(dataclasses.replace(hooks, actions=unasked)) == said
    assert len({one.command for one in said}) == len(said) > 20


def test_another_program_makes_its_own(hooks: Hooks) -> None:
    outlines(hooks)
    assert made_anew(hooks, version="1.2.4")
    assert not made_anew(hooks, version="1.2.4")


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"stamp": 1}', b"\xff\xfe"])
def test_a_damaged_file_is_made_anew(hooks: Hooks, content: bytes) -> None:
    outlines(hooks)
    [file] = hooks.paths().state.iterdir()
    file.write_bytes(content)
    assert made_anew(hooks)
    assert not made_anew(hooks)


def test_a_folder_that_cannot_be_written_is_no_obstacle(hooks: Hooks) -> None:
    hooks.paths().state.write_text("a file where the folder should be")
    assert made_anew(hooks)
    assert made_anew(hooks)


def test_arguments_are_outlined_for_the_command_line() -> None:
    found = {one.name: one for one in map(outline, declared(Shelf))}
    put = found["item.put"]
    assert isinstance(put, Outline)
    assert put.arguments[0].name == "title"
    by_name = {argument.name: argument for argument in put.arguments}
    assert (by_name["kind"].type, by_name["tags"].several, by_name["seconds"].default) == ("book|game", True, 0.05)
    assert (put.waits, found["item.get"].waits) == (True, False)
    assert found["item.file"].file
    assert found["item.delete"].path_arguments == ("id",)
