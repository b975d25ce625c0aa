"""The command line: local commands at once, everything else derived from the actions when it is asked for.

`companion` is a client of the running daemon; only `run` is the daemon.
"""

import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

import typer
from typer.core import TyperGroup

from companion.frontends.cli import local
from companion.frontends.cli.hooks import Hooks
from companion.frontends.cli.output import print_error
from companion.kernel.errors import CompanionError, Refused

INTERRUPTED = 130
BROKEN_PIPE = 141
COMPLETION = "_COMPANION_COMPLETE"
"""Set by a shell that asks for completions; typer then prints them and exits."""


def main(hooks: Hooks, arguments: Sequence[str] | None = None) -> int:
    """Run one command line (default: this process's) and return its exit code, by the kind of error."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    as_json = "--json" in given
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        code = _run(hooks, given)
        sys.stdout.flush()
        return code
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except SystemExit:
        if COMPLETION in os.environ:
            raise
        return BROKEN_PIPE  # how typer answers a reader that has gone
    except BrokenPipeError:
        # Python would complain again when it flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except CompanionError as error:
        print_error(error, as_json=as_json)
        return error.exit_code
    except typer.TyperException as error:
        print_error(_usage(error), as_json=as_json)
        return Refused.exit_code


def _run(hooks: Hooks, given: list[str]) -> int:
    result = typer.main.get_command(build(hooks)).main(
        given or ["--help"], prog_name="companion", standalone_mode=False
    )
    return result if isinstance(result, int) else 0


def build(hooks: Hooks) -> typer.Typer:
    """The whole command line; the actions are looked up only when a command is not one of the local ones."""

    class Group(TyperGroup):
        """The local commands, and beneath them one group for each noun of the actions."""

        def list_commands(self, ctx: Any) -> list[str]:
            self._derive()
            return super().list_commands(ctx)

        def get_command(self, ctx: Any, cmd_name: str) -> Any:
            if cmd_name not in self.commands:
                self._derive()
            # `companion devices revoke` reads better than `device revoke`: both are right.
            return super().get_command(ctx, cmd_name) or super().get_command(ctx, cmd_name.removesuffix("s"))

        def _derive(self) -> None:
            for noun, group in _nouns(hooks).items():
                self.commands.setdefault(noun, typer.main.get_command(group))

    app = typer.Typer(
        cls=Group,
        help="FluxBoard Companion: turns 'that just happened' into an exact, proved clip.",
        no_args_is_help=False,
        add_completion=True,
        pretty_exceptions_enable=False,
    )
    local.LocalCommands(hooks).add_to(app)
    return app


def _nouns(hooks: Hooks) -> dict[str, typer.Typer]:
    """One command group for each noun, with the local commands that belong there."""
    from companion.frontends.cli import derive
    from companion.frontends.cli.outline import outlines

    commands = [(*action.command, derive.command(action, hooks)) for action in outlines(hooks)]
    verbs: dict[str, dict[str, Callable[..., Any]]] = {}
    for noun, verb, function in (*commands, *local.beside_actions(hooks)):
        verbs.setdefault(noun, {})[verb] = function
    groups: dict[str, typer.Typer] = {}
    for noun, functions in verbs.items():
        text = f"{noun.capitalize()}: {', '.join(functions)}."
        group = typer.Typer(
            name=noun, help=text, callback=_show_help, invoke_without_command=True, add_completion=False
        )
        for verb, function in functions.items():
            group.command(verb)(function)
        groups[noun] = group
    return groups


def _show_help(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        print(context.get_help())


def _usage(error: typer.TyperException) -> CompanionError:
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "companion"
    message = error.format_message()
    return Refused("usage", message if message.endswith(("?", ".")) else f"{message}.", f"See `{path} --help`.")
