"""One command for each action: `clip.save` becomes `companion clip save`, its arguments options and positions.

What stands in the action's HTTP path, has no default, or is declared with `json_schema_extra={"x-positional": True}` is
written by its place; all else is an option. Values go to the daemon as they were typed, which checks them: so a wrong
one is the same error at every door.
"""

import contextlib
import inspect
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from companion.frontends.cli import progress
from companion.frontends.cli.began import began_at
from companion.frontends.cli.client import ANSWER_SECONDS, Daemon, fill
from companion.frontends.cli.hooks import Hooks, JsonFlag
from companion.frontends.cli.outline import Argument, Outline
from companion.frontends.cli.output import print_json, print_value, proof_code
from companion.frontends.cli.target import not_writable, require_free
from companion.kernel.errors import CompanionError, Refused
from companion.kernel.printable import printable

CHUNK = 256 * 1024
PLAIN = re.compile(r"[\w-]+")
"""What can stand in a path as it is; anything else is checked before it becomes part of one."""


def command(action: Outline, hooks: Hooks) -> Callable[..., int]:
    """A function whose signature typer turns into the command line of `action`."""

    def run(**given: Any) -> int:
        as_json: bool = given.pop("as_json")
        target: Path | None = given.pop("target_file", None)
        agreed: bool = given.pop("agreed", False)
        arguments = {name: value for name, value in given.items() if value is not None and value != []}
        if action.waits:
            arguments.setdefault("wait", True)
        if not all(PLAIN.fullmatch(arguments[name]) for name in action.path_arguments):
            _check(action, arguments, hooks)
        daemon = hooks.daemon()
        if action.confirm and not agreed:
            _ask(action, arguments, as_json=as_json)
            agreed = True
        if action.file:
            answer = _fetch(daemon, action, arguments, target)
        else:
            answer = _call(daemon, action, arguments, agreed=agreed, as_json=as_json)
        print_json(answer) if as_json else print_value(answer)
        return proof_code(answer.get("receipt")) if action.waits else 0

    parameters = _parameters(action)
    run.__name__ = action.name.replace(".", "_")
    run.__doc__ = action.help
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return run


def _parameters(action: Outline) -> list[inspect.Parameter]:
    found = [_parameter(action, argument) for argument in action.arguments]
    if action.file:
        found.append(_own("target_file", Path | None, typer.Option("--output", "-o", help="Where to write it."), None))
    if action.may_ask:
        found.append(_own("agreed", bool, typer.Option("--yes", "-y", help="Do not ask first."), default=False))
    found.append(inspect.Parameter("as_json", inspect.Parameter.KEYWORD_ONLY, annotation=JsonFlag, default=False))
    return found


def _parameter(action: Outline, argument: Argument) -> inspect.Parameter:
    name, several = argument.name, argument.several
    if argument.positional:
        info = typer.Argument(help=argument.help, metavar=name.upper(), show_default=False)
        kind: Any = list[str] if several else str
        required = argument.required
        return _own(name, kind if required else kind | None, info, inspect.Parameter.empty if required else None)
    option = "--" + name.replace("_", "-")
    if argument.type == "boolean":
        is_on = True if name == "wait" else bool(argument.default)
        both = f"{option}/--no-{option.removeprefix('--')}"
        info = typer.Option(both, help=argument.help, show_default=option.removeprefix("--") if is_on else False)
        return _own(name, bool | None, info, None)
    default = argument.default
    shown = False if default in (None, [], "") else ", ".join(map(str, default if several else [default]))
    info = typer.Option(option, help=argument.help, metavar=argument.type.upper(), show_default=shown)
    return _own(name, list[str] | None if several else str | None, info, None)


def _own(name: str, kind: Any, info: Any, default: Any) -> inspect.Parameter:
    annotation = Annotated[kind, info]
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=default)


def _check(action: Outline, arguments: dict[str, Any], hooks: Hooks) -> None:
    """Raises Refused `invalid_arguments` as the daemon would; slow, as it needs the action itself."""
    from companion.kernel.actions import validated

    [declared] = [one for one in hooks.actions() if one.name == action.name]
    validated(declared, arguments)


def _ask(action: Outline, arguments: dict[str, Any], *, as_json: bool, inside: CompanionError | None = None) -> None:
    """Have the person agree, to it or to what the daemon says is `inside`; without one, refuse rather than guess."""
    if as_json or not sys.stdin.isatty():
        message = inside.message if inside else f"{action.name} asks before it acts."
        details = inside.details if inside else {"actions": [action.name]}
        raise Refused("confirmation_needed", message, "Add --yes if you mean it.", **details)
    what = printable(" ".join(str(value) for value in arguments.values()))
    question = f"{action.help.rstrip('.')}: {what}?" if what else action.help
    if not typer.confirm(f"{inside.message} Do it?" if inside else question, err=True):
        raise Refused("not_confirmed", "Nothing was done.")


def _call(daemon: Daemon, action: Outline, arguments: dict[str, Any], *, agreed: bool, as_json: bool) -> Any:
    path = fill(action.http_path, {name: arguments[name] for name in action.path_arguments})
    rest = {name: value for name, value in arguments.items() if name not in action.path_arguments}
    if agreed:
        rest["confirmed"] = True
    waiting = arguments.get("wait") is True
    given = {"query": rest} if action.http_method in ("GET", "DELETE") else {"body": rest}
    try:
        with progress.following(daemon, wanted=waiting and not as_json):
            seconds = None if waiting else ANSWER_SECONDS
            return daemon.call(action.http_method, path, **given, seconds=seconds, asked_at=began_at())
    except Refused as error:
        if error.code != "confirmation_needed" or agreed:
            raise
        _ask(action, arguments, as_json=as_json, inside=error)
    return _call(daemon, action, arguments, agreed=True, as_json=as_json)


def _fetch(daemon: Daemon, action: Outline, arguments: dict[str, Any], target: Path | None) -> dict[str, Any]:
    """Write the file that the action answers; whole or not at all, and never over another."""
    path = fill(action.http_path, {name: arguments.pop(name) for name in action.path_arguments})
    with daemon.open(action.http_method, path, query=arguments) as response:
        file = target or Path(response.headers.get_filename() or "file")
        require_free(file, "Choose another name with --output.")
        draft = file.with_name(file.name + ".part")
        try:
            with draft.open("wb") as out:
                while chunk := response.read(CHUNK):
                    out.write(chunk)
            draft.rename(file)
        except OSError as error:
            if isinstance(error, ConnectionError | TimeoutError):
                raise
            raise not_writable(file, error) from error
        finally:
            with contextlib.suppress(OSError):
                draft.unlink()
    return {"path": str(file.absolute()), "size_bytes": file.stat().st_size}
