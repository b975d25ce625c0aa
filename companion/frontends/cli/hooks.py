"""What the commands share: what the app lends them, each part a function, so that a quick one pays for nothing else."""

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from companion.domain.paths import Paths
from companion.frontends.cli.client import Daemon

if TYPE_CHECKING:
    from companion.kernel.actions import Action

JsonFlag = Annotated[bool, typer.Option("--json", help="Print JSON, errors too.")]


@dataclasses.dataclass(frozen=True)
class Hooks:
    """What the app lends to the command line; nothing of it is called before it is needed."""

    version: str
    paths: Callable[[], Paths]
    actions: "Callable[[], list[Action]]"
    openapi: Callable[[], dict[str, Any]]
    """The OpenAPI document, made without a daemon."""
    run: Callable[[bool], int]
    """Be the daemon, headless or not, until it is told to stop."""
    demo: Callable[[bool, bool], int]
    """Show it all on a private OBS: once or until Ctrl-C, printing JSON or not."""

    def daemon(self) -> Daemon:
        """The running daemon; raises Unavailable `not_running`."""
        return Daemon.find(self.paths(), self.version)
