"""What is printed for people, on a terminal: nothing that commands it, times and names readable, at any width."""

import json
import re
import sys
import time
from typing import Any

import pytest

from tests.frontends.command_line import Cli
from tests.frontends.phones import LanDoor, Phone
from tests.frontends.shelf import Doors

pytestmark = pytest.mark.slow

PRINT = "import json, sys; from companion.frontends.cli.output import print_value; print_value(json.loads(sys.argv[1]))"
CLIPBOARD = "\x1b]52;c;c3RvbGVu\x07"
CLEAR = "\x1b[2J\x1b[H\x9b2J"
COLOURS = re.compile(r"\x1b\[[\d;]*m")
AT = time.mktime((2026, 11, 23, 7, 5, 9, 0, 0, -1))


async def printed(cli: Cli, value: Any, columns: int) -> str:
    """What a person sees of `value` on a terminal that is so wide."""
    cli.argv = [sys.executable, "-c", PRINT]
    ran = await cli.on_terminal(json.dumps(value), columns=columns)
    assert ran.code == 0, ran.out
    text = COLOURS.sub("", ran.out).replace("\r\n", "\n")
    assert "\x1b" not in text
    assert all(len(line.rstrip()) <= columns for line in text.splitlines()), text
    return text


async def test_no_title_commands_the_terminal(doors: Doors, cli: Cli) -> None:
    title = f"one {CLIPBOARD}{CLEAR}\u202e 日本 👩‍🚀"
    for command in (
        ("item", "put", title, "--tags", CLEAR, "--no-wait"),
        ("item", "list"),
        ("item", "get", "1"),
        ("item", "get", "1", "--json"),
        ("item", "tag-all", CLIPBOARD),
        ("item", "list", "--kind", CLIPBOARD),
    ):
        ran = await cli.on_terminal(*command, columns=200)
        left = COLOURS.sub("", ran.out)
        assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202e]", left), (command, left)
    assert (await cli.here("item", "get", "1", "--json")).json["title"] == title
    assert r"one \x1b]52;c;c3RvbGVu\x07\x1b[2J\x1b[H\x9b2J\u202e 日本 👩‍🚀" in (await cli.here("item", "list")).out


async def test_what_a_stranger_asks_for_is_noted_without_its_commands(door: LanDoor) -> None:
    await Phone(door).get("/api/%1b]52;c;c3RvbGVu%07%9b")
    await door.until_noted("unauthorized")
    [entry] = [entry for entry in (await door.do("audit.list")).items if entry.kind == "denied"]
    assert entry.what.startswith(r"GET /api/\x1b]52;c;c3RvbGVu\x07")
    assert entry.what.isprintable()


def denied(number: int) -> dict[str, Any]:
    return {
        "id": number,
        "at": AT,
        "kind": "denied",
        "actor": "Living room tablet",
        "door": "phone",
        "address": "192.168.178.101",
        "what": "GET /api/clips/17/file",
        "outcome": "one_time_password_needed",
    }


@pytest.mark.parametrize("columns", [60, 80, 120])
async def test_the_record_tells_what_came_of_what_and_when_at_any_width(cli: Cli, columns: int) -> None:
    text = await printed(cli, {"items": [denied(7), denied(12345)], "total": 2}, columns)
    heads = text.splitlines()[0].split()
    assert {"id", "what", "outcome"} <= set(heads)
    if columns >= 80:
        assert {"at", "actor"} <= set(heads)
        assert "2026-11-23 07:05:09" in text
    if columns >= 120:
        assert {"actor", "address"} <= set(heads)
    assert "1.79" not in text


@pytest.mark.parametrize("columns", [80, 120])
async def test_devices_are_told_with_their_scope_and_when_they_were_here(cli: Cli, columns: int) -> None:
    phone = {
        "id": 3,
        "name": "Phone",
        "scope": "admin",
        "created_at": AT,
        "last_seen_at": AT + 60,
        "last_address": "192.168.178.101",
        "online": True,
        "revoked_at": None,
        "revoked_reason": "",
    }
    text = await printed(cli, [phone], columns)
    assert {"id", "name", "scope", "online", "last", "seen"} <= set(text.splitlines()[0].split())
    assert "2026-11-23 07:06:09" in text


async def test_what_was_found_is_what_was_said(cli: Cli) -> None:
    said = {"id": 5, "session_id": 1, "started_at": AT, "ended_at": AT + 2.5, "text": "that was close " * 5}
    hit = {"segment": said, "marked": [[0, 4]], "before": "x " * 50, "after": "y " * 50, "clip_id": None}
    text = await printed(cli, {"items": [hit], "total": 1}, 80)
    assert {"id", "text", "started"} <= set(text.splitlines()[0].split())
    assert "that was close" in text
    assert "2026-11-23 07:05:09" in text


async def test_macros_are_told_with_their_steps(cli: Cli) -> None:
    macro = {
        "id": 1,
        "name": "Break",
        "steps": [{"action": "scene.switch", "arguments": {"name": "BRB"}}, {"wait": 2.5}],
        "confirm": [],
        "running": False,
    }
    assert "scene.switch, wait 2.5" in await printed(cli, [macro], 80)
