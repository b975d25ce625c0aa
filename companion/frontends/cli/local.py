"""The commands that are not an action's: the daemon itself, looking at it, and work that needs no daemon."""

import dataclasses
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from companion.frontends.cli.hooks import Hooks, JsonFlag
from companion.frontends.cli.output import as_text, format_age, print_json, print_table, proof_code
from companion.frontends.cli.target import require_free

HEALTH_MARKS = {"ok": ("●", "green"), "attention": ("●", "yellow"), "failed": ("●", "red"), "off": ("○", "dim")}


class LocalCommands:
    """The commands of the first level."""

    def __init__(self, hooks: Hooks) -> None:
        self._hooks = hooks

    def add_to(self, app: typer.Typer) -> None:
        for function in (
            self.run,
            self.status,
            self.doctor,
            self.actions,
            self.openapi,
            self.docs,
            self.open,
            self.pair,
            self.demo,
            self.transcribe,
            self.version,
        ):
            app.command()(function)

    def run(
        self,
        headless: Annotated[bool, typer.Option("--headless", help="Without tray, hotkeys and notifications.")] = False,
        as_json: JsonFlag = False,
    ) -> int:
        """Run the companion until it is told to stop."""
        return self._hooks.run(headless)

    def status(self, as_json: JsonFlag = False) -> None:
        """Show what every part of the running companion says of itself."""
        found = self._hooks.daemon().call("GET", "/api/status")
        print_json(found) if as_json else _print_status(found)

    def doctor(self, as_json: JsonFlag = False) -> int:
        """Check all that the companion needs, and say how to mend what is missing."""
        from companion.frontends.cli.doctor import examine, print_checks

        checks = examine(self._hooks.paths(), self._hooks.version)
        if as_json:
            print_json([check.as_json() for check in checks])
        else:
            print_checks(checks)
        return 1 if any(check.result == "fail" for check in checks) else 0

    def actions(self, as_json: JsonFlag = False) -> None:
        """List all that can be done, and at which door."""
        rows = _describe_actions(self._hooks)
        if as_json:
            print_json(rows)
            return
        print_table(
            [
                {
                    "action": row["name"],
                    "scope": row["scope"],
                    "command": row["command"],
                    "http": row["http"],
                    "arguments": [argument["name"] for argument in row["arguments"]],
                    "meaning": row["help"],
                }
                for row in rows
            ]
        )

    def openapi(self, as_json: JsonFlag = False) -> None:
        """Print the OpenAPI document of the local API."""
        print_json(self._hooks.openapi())

    def docs(
        self,
        open_browser: Annotated[bool, typer.Option("--open/--no-open", help="Open it in the browser.")] = True,
        as_json: JsonFlag = False,
    ) -> None:
        """Open the API's documentation in the browser, by a link that works once within a minute."""
        import webbrowser

        daemon = self._hooks.daemon()
        url = f"http://127.0.0.1:{daemon.port}{daemon.call('POST', '/api/docs/ticket')['path']}"
        opened = open_browser and webbrowser.open(url)
        if as_json:
            print_json({"url": url, "opened": opened})
        elif not opened:
            print(url)

    def open(
        self,
        open_browser: Annotated[bool, typer.Option("--open/--no-open", help="Open it in the browser.")] = True,
        as_json: JsonFlag = False,
    ) -> None:
        """Open the dashboard in the browser, by a link that works once within a minute."""
        import webbrowser

        url = self._hooks.daemon().call("POST", "/api/dashboard/ticket")["url"]
        opened = open_browser and webbrowser.open(url)
        if as_json:
            print_json({"url": url, "opened": opened})
        elif not opened:
            print(url)

    def pair(
        self,
        scope: Annotated[str | None, typer.Option("--scope", help="view, control or admin; else asked.")] = None,
        as_json: JsonFlag = False,
    ) -> int:
        """Pair a phone: show a QR code, then allow or deny the phone that scans it."""
        from companion.frontends.cli import phones

        return phones.pair(self._hooks, scope=scope, as_json=as_json)

    def demo(
        self,
        once: Annotated[bool, typer.Option("--once", help="End after the first clip.")] = False,
        as_json: JsonFlag = False,
    ) -> int:
        """Start a private OBS with a test picture, save a clip of it and show the proof."""
        return self._hooks.demo(once, as_json)

    def transcribe(
        self,
        file: Annotated[Path, typer.Argument(help="The sound or video file.", show_default=False)],
        model: Annotated[
            str | None, typer.Option("--model", help="A model's name, or its folder; else as set.")
        ] = None,
        language: Annotated[str | None, typer.Option("--language", help="A code such as en; else as set.")] = None,
        translate: Annotated[bool, typer.Option("--translate", help="Write it in English.")] = False,
        as_json: JsonFlag = False,
    ) -> None:
        """Write down what is said in a file, with each word's time; needs no running companion."""
        from companion.frontends.cli.transcribing import print_segments, transcribe_file

        found = transcribe_file(file, model, language, translate=translate, show=not as_json)
        print_json(found) if as_json else print_segments(found)

    def version(self, as_json: JsonFlag = False) -> None:
        """Print the version."""
        if as_json:
            print_json({"version": self._hooks.version})
        else:
            print(self._hooks.version)


def cut(
    file: Annotated[Path, typer.Argument(help="The video to cut from; it is not changed.", show_default=False)],
    start: Annotated[float, typer.Option("--start", help="The first second that belongs to the clip.")],
    end: Annotated[float, typer.Option("--end", help="The first second that does not.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The clip to write: .mp4 or .mkv.")],
    force: Annotated[bool, typer.Option("--force", help="Replace the output when it exists.")] = False,
    as_json: JsonFlag = False,
) -> int:
    """Cut exactly these seconds out of any video, and prove it; needs no running companion."""
    from companion.frontends.cli.cutting import cut_and_prove, print_proof

    if not force:
        require_free(output, "Choose another --output, or add --force.")
    proof = cut_and_prove(file, start, end, output, show=not as_json)
    if as_json:
        print_json(proof)
    else:
        print_proof(proof)
    return proof_code(proof["receipt"])


def beside_actions(hooks: Hooks) -> tuple[tuple[str, str, Callable[..., Any]], ...]:
    """Local commands under an action's noun, (noun, verb, function); they win over an action's own."""
    from companion.frontends.cli import phones

    return ("clip", "cut", cut), ("device", "revoke", phones.revoke(hooks))


def _print_status(found: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table.grid(padding=(0, 2))
    for part in found["components"]:
        mark, style = HEALTH_MARKS.get(part["health"], ("?", ""))
        table.add_row(
            as_text(mark, style),
            as_text(part["name"], "bold"),
            as_text(part["state"].replace("_", " "), style),
            as_text(format_age(part["since"]), "dim"),
            as_text(part["detail"] + (f"\n→ {part['remedy']}" if part["remedy"] else "")),
        )
    console = Console(width=None if sys.stdout.isatty() else 200, highlight=False)
    console.print(f"FluxBoard Companion {found['version']}", style="bold")
    console.print(table)


def _describe_actions(hooks: Hooks) -> list[dict[str, Any]]:
    from companion.frontends.cli.outline import outlines

    return [
        {
            "name": action.name,
            "scope": action.scope,
            "confirm": action.confirm,
            "http": action.http,
            "command": " ".join(("companion", *action.command)),
            "arguments": [dataclasses.asdict(argument) for argument in action.arguments],
            "help": action.help,
        }
        for action in outlines(hooks)
    ]
