"""`companion`: run the daemon, or be a client of the running one."""

import asyncio
import contextlib
import sys
from typing import TYPE_CHECKING, Any

from companion import __version__
from companion.frontends.cli.hooks import Hooks
from companion.frontends.cli.main import main as run_command_line

if TYPE_CHECKING:
    from companion.domain.paths import Paths
    from companion.kernel.actions import Action


def main() -> int:
    """Run the command line of this process; returns its exit code."""
    return run_command_line(Hooks(__version__, _paths, _actions, _openapi, _run, _demo))


def _paths() -> "Paths":
    from companion.adapters.settings_file import find_paths

    return find_paths()


def _actions() -> "list[Action]":
    from companion import app

    return app.actions()


def _openapi() -> dict[str, Any]:
    from companion import app

    return app.openapi()


def _run(headless: bool) -> int:
    from companion import app
    from companion.frontends.cli.client import Daemon
    from companion.kernel.errors import CompanionError, Conflict

    try:
        app.run(headless=headless)
    except Conflict as error:
        if error.code == "already_running":
            with contextlib.suppress(CompanionError):
                Daemon.find(_paths(), __version__).call("POST", "/api/system/attention", body={})
        raise
    return 0


def _demo(once: bool, as_json: bool) -> int:
    from companion.demo import Demo
    from companion.frontends.cli.output import print_json, print_value, proof_code

    def say(line: str) -> None:
        print(line, file=sys.stderr if as_json else sys.stdout, flush=True)

    def show(made: dict[str, Any]) -> None:
        clip = made["clip"]
        if as_json:
            print_json(made)
            return
        print(f"\n{clip['path']}  {clip['seconds']:.3f} s, {clip['method']}")
        print_value(clip["receipt"]["checks"])

    made = asyncio.run(Demo(_paths().data / "demo", say).run(stay=not once, show=show))
    return proof_code(made["clip"]["receipt"])


if __name__ == "__main__":
    sys.exit(main())
