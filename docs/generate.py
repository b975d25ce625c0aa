"""Writes the pages that follow from the code: .env.sample and docs/reference.md. `--check` only compares."""

import dataclasses
import inspect
import json
import sys
import textwrap
from pathlib import Path

from companion.app import actions
from companion.domain import events
from companion.domain.settings import Settings, pc_only
from companion.kernel.actions import ActionInvoked
from companion.kernel.bus import Event
from companion.kernel.status import ComponentChanged

ROOT = Path(__file__).parent.parent


def env_sample() -> str:
    """Each setting with its help and default, in the form of a `.env` file."""
    lines = [
        "# Copy to .env, here or in the folder of config.toml (`companion doctor` names it), and change what you need.",
        "# The environment wins over this file, this file over config.toml. A .env in any other folder is not read.",
    ]
    lines += ["", "# One folder for settings, data, state, logs and clips, instead of the platform's folders."]
    lines += ["# (It counts in the environment and here, not in a .env beside config.toml, which it would move.)"]
    lines += ["#COMPANION_HOME=~/companion"]
    defaults = Settings().model_dump(mode="json")
    for name, field in Settings.model_fields.items():
        value = defaults[name]
        shown = "" if value is None else value if isinstance(value, str) else json.dumps(value)
        lines += ["", *textwrap.wrap(field.description or "", 110, initial_indent="# ", subsequent_indent="# ")]
        lines.append(f"#{name.upper()}={shown}")
    return "\n".join(lines) + "\n"


def reference() -> str:
    """All actions, events and settings as tables."""
    lines = ["# Reference", "", "Written by `make docs` from the code.", "", "## Actions", ""]
    lines += ["| action | scope | HTTP | arguments | what it does |", "|---|---|---|---|---|"]
    for item in sorted(actions(), key=lambda item: item.name):
        arguments = ", ".join(f"`{name}`" for name in item.arguments.model_fields) or "none"
        confirm = " (asks first)" if item.confirm else " (asks first, if a step does)" if item.may_ask else ""
        lines.append(
            f"| `{item.name}` | {item.scope.name.lower()}{confirm} | `{item.http}` | {arguments} | {item.help} |"
        )
    lines += ["", "## Events", "", "| event | fields | meaning |", "|---|---|---|"]
    kinds = [
        kind for _, kind in inspect.getmembers(events, inspect.isclass) if issubclass(kind, Event) and kind is not Event
    ]
    for kind in sorted([*kinds, ActionInvoked, ComponentChanged], key=lambda kind: kind.__name__):
        names = ", ".join(f"`{field.name}`" for field in dataclasses.fields(kind)) or "none"
        summary = inspect.cleandoc(kind.__doc__ or "").split("\n\n")[0].replace("\n", " ")
        lines.append(f"| `{kind.__name__}` | {names} | {summary} |")
    lines += ["", "## Settings", "", "Marked with PC: changed on the PC alone, never from a phone.", ""]
    lines += ["| setting | default | | meaning |", "|---|---|---|---|"]
    defaults = Settings().model_dump(mode="json")
    for name, field in Settings.model_fields.items():
        mark = pc_only(name)
        pc = "" if mark is None else " ".join(["PC", *(f"(`{value}`)" for value in mark.values)])
        lines.append(f"| `{name}` | `{json.dumps(defaults[name])}` | {pc} | {field.description} |")
    return "\n".join(lines) + "\n"


def main() -> int:
    """Write the pages, or with `--check` tell which ones are not in step."""
    pages = {ROOT / ".env.sample": env_sample(), ROOT / "docs" / "reference.md": reference()}
    stale = [path for path, text in pages.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    if "--check" in sys.argv:
        for path in stale:
            sys.stderr.write(f"{path.relative_to(ROOT)} is not in step with the code: run `make docs`.\n")
        return 1 if stale else 0
    for path in stale:
        path.write_text(pages[path], encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
