"""What the command line has to know of an action, as plain values: read from a file, since to import all actions takes
a second, and a moment that is to be saved does not wait.

The file is made by the first command that needs it, and made again when the program's own files are others.
"""

import dataclasses
import json
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import companion

if TYPE_CHECKING:
    from companion.frontends.cli.hooks import Hooks
    from companion.kernel.actions import Action

SOURCES = ("*.py", "domain/*.py", "features/**/*.py", "frontends/cli/*.py", "kernel/*.py")
"""Below the package: where actions and what they take are written."""


@dataclasses.dataclass(frozen=True)
class Argument:
    """One argument of an action, for people and for the command line."""

    name: str
    positional: bool
    required: bool
    several: bool
    type: str
    """What may be typed: `number`, `ready|failed`, `date-time`."""
    default: Any
    help: str


@dataclasses.dataclass(frozen=True)
class Outline:
    """An action's name, scope, path and arguments; `file` says that it answers a file.

    `confirm` says that a person is asked first, `may_ask` that one may be, for what it contains.
    """

    name: str
    scope: str
    confirm: bool
    may_ask: bool
    http: str
    help: str
    file: bool
    arguments: tuple[Argument, ...]

    @property
    def http_method(self) -> str:
        return self.http.split(" ", 1)[0]

    @property
    def http_path(self) -> str:
        return self.http.split(" ", 1)[1]

    @property
    def path_arguments(self) -> tuple[str, ...]:
        """The arguments that are part of the HTTP path, in its order."""
        return tuple(re.findall(r"{(\w+)}", self.http_path))

    @property
    def command(self) -> tuple[str, str]:
        """The two words of its command: `session.end_all` is `session end-all`."""
        noun, _, rest = self.name.partition(".")
        return noun.replace("_", "-"), rest.replace(".", "-").replace("_", "-")

    @property
    def waits(self) -> bool:
        """Whether it can answer at its end instead of at its acceptance; a person at a prompt wants the end."""
        return any(argument.name == "wait" and argument.type == "boolean" for argument in self.arguments)


def outlines(hooks: "Hooks") -> list[Outline]:
    """All actions, from the kept file where that is of this very program."""
    file = hooks.paths().state / "commands.json"
    stamp = _stamp(hooks.version)
    try:
        kept = json.loads(file.read_bytes())
        if kept["stamp"] == stamp:
            return [_from_json(values) for values in kept["actions"]]
    except (OSError, ValueError, KeyError, TypeError):
        pass  # the first time, or written by another version
    made = [outline(action) for action in hooks.actions()]
    _keep(file, {"stamp": stamp, "actions": [dataclasses.asdict(one) for one in made]})
    return made


def outline(action: "Action") -> Outline:
    """What the command line has to know of `action`."""
    from companion.kernel.actions import FileAnswer

    return Outline(
        action.name,
        action.scope.name.lower(),
        action.confirm,
        action.may_ask,
        action.http,
        action.help,
        action.answer_type is FileAnswer,
        tuple(_arguments(action)),
    )


def _arguments(action: "Action") -> list[Argument]:
    """Those by position first, and of them those of the path, in its order."""
    schema = action.arguments.model_json_schema()
    path = action.path_arguments
    found = []
    for name, field in action.arguments.model_fields.items():
        values = schema["properties"][name]
        found.append(
            Argument(
                name,
                positional=name in path or field.is_required() or values.get("x-positional") is True,
                required=field.is_required(),
                several=name in action.list_arguments,
                type=_type_name(values, schema.get("$defs", {})),
                default=values.get("default"),
                help=field.description or "",
            )
        )
    return sorted(found, key=lambda one: (not one.positional, path.index(one.name) if one.name in path else len(path)))


def _type_name(schema: dict[str, Any], named: dict[str, Any]) -> str:
    if "$ref" in schema:
        return _type_name(named[schema["$ref"].rsplit("/", 1)[-1]], named)
    if "anyOf" in schema:
        return "|".join(dict.fromkeys(_type_name(kind, named) for kind in schema["anyOf"] if kind != {"type": "null"}))
    if "enum" in schema:
        return "|".join(map(str, schema["enum"]))
    if schema.get("type") == "array":
        return _type_name(schema.get("items", {}), named)
    return str(schema.get("format") or schema.get("type") or "value")


def _from_json(values: dict[str, Any]) -> Outline:
    return Outline(**{**values, "arguments": tuple(Argument(**one) for one in values["arguments"])})


def _stamp(version: str) -> str:
    """Another one when the program's files were changed: it is not only run as installed."""
    package = Path(companion.__file__).parent
    return f"{version} {sum(_changed(package.glob(pattern)) for pattern in SOURCES)}"


def _changed(files: Iterable[Path]) -> int:
    return sum(file.stat().st_mtime_ns for file in files)


def _keep(file: Path, content: dict[str, Any]) -> None:
    """Write the file whole, or not at all: without it the next command is slower."""
    draft = file.with_name(f"{file.name}.{os.getpid()}.tmp")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(json.dumps(content), "utf-8")
        draft.replace(file)
    except OSError:
        return
