"""The command line over the shelf, as a program: `python -m tests.frontends.cli_program ARGUMENTS`."""

import asyncio
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from companion.domain.paths import Paths
from companion.frontends.cli.hooks import Hooks
from companion.frontends.cli.main import main

if TYPE_CHECKING:
    from companion.kernel.actions import Action


def actions() -> "list[Action]":
    from companion.kernel.actions import declared
    from tests.frontends.shelf import Shelf

    return declared(Shelf)


def openapi() -> dict[str, Any]:
    from companion.frontends.http.openapi import document

    return document(actions(), "1.2.3")


def run(headless: bool) -> int:
    from tests.frontends.shelf import serving

    async def serve() -> None:
        async with serving(Path(os.environ["COMPANION_HOME"])) as doors:
            print(f"serving {doors.url} {'headless' if headless else ''}", flush=True)
            await asyncio.Event().wait()

    asyncio.run(serve())
    return 0


def demo(once: bool, as_json: bool) -> int:
    print(f"demo once={once} json={as_json}")
    return 7


def hooks(environment: Mapping[str, str]) -> Hooks:
    """What the shelf lends to the command line."""
    return Hooks("1.2.3", lambda: Paths.find(environment), actions, openapi, run, demo)


if __name__ == "__main__":
    sys.exit(main(hooks(os.environ)))
