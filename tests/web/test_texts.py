"""The app's words for what the daemon has: settings, what can be put on a key, states and errors, in every language."""

import ast
import itertools
import re
from collections.abc import Iterator
from typing import Any

import pytest

import hatch_build
from companion import app
from companion.domain.events import ObsState, ReplayState
from companion.domain.settings import Settings
from companion.kernel.actions import Action

SOURCES = hatch_build.WEB / "src"
HIDDEN = {"wait", "confirmed"}
"""What the app gives by itself, or not at all."""


def found(pattern: str, source: str) -> str:
    match = re.search(pattern, source, re.DOTALL)
    assert match, pattern
    return match[1]


def keys(language: str, page: str, block: str) -> set[str]:
    """The names in the block `PAGE.BLOCK` of a language's texts."""
    source = (SOURCES / "i18n" / f"{language}.ts").read_text()
    return set(
        re.findall(r'\b([a-z][a-z_]*): "', found(rf"\n  {page}: {{\n.*?\n    {block}: {{\n(.*?)\n    }},\n", source))
    )


def words(language: str, block: str) -> set[str]:
    """The names in a block of a language's texts on actions."""
    source = (SOURCES / "i18n" / f"actions.{language}.ts").read_text()
    return {
        name.strip('"')
        for name in re.findall(r'([a-z][a-z_]*|"[a-z_.]+"): "', found(rf"\n  {block}: {{\n(.*?)\n  }},\n", source))
    }


def offered() -> list[Action]:
    """The actions that the app offers for keys, macros, hotkeys and phrases."""
    left_out = re.compile(found(r"const LEFT_OUT = /(.*?)/;", (SOURCES / "deck" / "catalogue.ts").read_text()))
    return [item for item in app.actions() if item.http_method != "GET" and not left_out.search(item.name)]


def choices(schema: Any) -> Iterator[str]:
    """Every value of an enumeration anywhere in a JSON schema."""
    if isinstance(schema, dict):
        yield from schema.get("enum", [])
        for part in schema.values():
            yield from choices(part)


@pytest.mark.parametrize(("language", "block"), [("en", "names"), ("de", "names"), ("de", "help")])
def test_every_setting_has_words_of_its_own(language: str, block: str) -> None:
    assert keys(language, "settings", block) == set(Settings.model_fields)


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_action_for_a_key_has_words_for_its_group_its_arguments_and_their_choices(language: str) -> None:
    labels, chosen = words(language, "arguments"), words(language, "choices")
    assert {item.name.split(".")[0] for item in offered()} <= words(language, "groups")
    for item in offered():
        for name in item.arguments.model_fields.keys() - HIDDEN:
            assert {name, f"{item.name}.{name}"} & labels, f"{item.name}.{name}"
        assert set(choices(item.arguments.model_json_schema())) <= chosen, item.name


def calls() -> Iterator[ast.Call]:
    """Every call in the companion's sources."""
    for file in (hatch_build.ROOT / "companion").rglob("*.py"):
        yield from (node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Call))


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_state_on_the_board_has_a_word(language: str) -> None:
    """As far as a state is a plain word where it is told; others are errors' codes."""
    told = {*ObsState, *ReplayState}
    for call in calls():
        for state, health in itertools.pairwise(call.args):
            if isinstance(state, ast.Constant) and ast.unparse(health).startswith("Health."):
                told.add(state.value)
    assert len(told) > 30
    assert told <= keys(language, "status", "states")


def test_errors_that_the_app_tells_in_its_own_words_are_always_told_in_the_same() -> None:
    source = (SOURCES / "i18n" / "said.de.ts").read_text()
    said: dict[str, set[object]] = {code: set() for code in re.findall(r"^  ([a-z_]+): {", source, re.MULTILINE)}
    assert len(said) > 30
    for call in calls():
        match call.args:
            case [ast.Constant(code), text, *_] if code in said:
                said[str(code)].add(text.value if isinstance(text, ast.Constant) else None)
    assert {code: texts for code, texts in said.items() if len(texts) != 1 or None in texts} == {}
