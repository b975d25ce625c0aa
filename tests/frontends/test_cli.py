"""The command line as a program of its own, against a serving daemon."""

import asyncio
import http.server
import json
import os
import re
import signal
import socket
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from companion.domain.paths import Paths
from companion.frontends.http import auth
from tests.frontends.command_line import Cli
from tests.frontends.shelf import BOOK, Doors
from tests.privileged import bound_by_rights

PAGE = b"<!doctype html><title>Router</title>"


async def test_actions_are_commands(doors: Doors, cli: Cli) -> None:
    put = await cli("item", "put", "Ünï", "--tags", "a", "--tags", "b c", "--kind", "game", "--json")
    assert put.code == 0
    assert (put.json["title"], put.json["tags"], put.json["kind"]) == ("Ünï", ["a", "b c"], "game")
    assert (await cli.here("item", "get", "1", "--json")).json == put.json
    assert (await cli.here("item", "edit", "1", "--title", "new", "--json")).json["tags"] == ["a", "b c"]
    assert (await cli.here("item", "list", "--tags", "a", "--json")).json[0]["title"] == "new"
    assert (await cli.here("item", "tag-all", "x", "y", "--json")).json == 1
    assert doors.shelf.items[1].tags == ["a", "b c", "x", "y"]
    deleted = await cli.here("item", "delete", "1", "--force", "--yes", "--json")
    assert (deleted.code, deleted.json) == (0, None)
    assert doors.shelf.items == {}
    assert doors.shelf.callers[0].name == "companion-cli/1.2.3"


async def test_an_argument_may_be_positional_and_left_out(doors: Doors, cli: Cli) -> None:
    for title in ("b", "a"):
        await cli.here("item", "put", title)
    assert [item["title"] for item in (await cli.here("item", "sort", "title", "--json")).json] == ["a", "b"]
    assert [item["title"] for item in (await cli.here("item", "sort", "--json")).json] == ["b", "a"]


async def test_answers_are_readable(doors: Doors, cli: Cli) -> None:
    shown = await cli.here("item", "put", "[red]one[/]", "--seconds", "0.2", "--no-wait")
    assert re.search(r"title +\[red\]one\[/\]", shown.out)
    assert re.search(r"size +300\.0 kB", shown.out)
    assert re.search(r"seconds +0\.2 s", shown.out)
    assert "\x1b" not in shown.out
    await cli.here("item", "put", "two", "--tags", "t", "--no-wait")
    listed = (await cli("item", "list")).out.splitlines()
    assert listed[0].split() == ["id", "title", "kind", "tags", "size", "seconds", "created"]
    assert [line.split()[0] for line in listed[1:]] == ["1", "2"]
    assert (await cli.here("item", "list", "--kind", "game")).out == "None.\n"
    assert (await cli.here("item", "delete", "1", "-y")).out == "Done.\n"


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        (("item", "put", "x", "--seconds", "0"), "seconds"),
        (("item", "put", "x", "--seconds", "-1"), "seconds"),
        (("item", "put", "x", "--seconds", "nan"), "seconds"),
        (("item", "put", "x", "--seconds", "1e9"), "seconds"),
        (("item", "put", "x", "--seconds", "many"), "seconds"),
        (("item", "put", "x", "--kind", "cow"), "kind"),
        (("item", "get", "../../etc/passwd"), "id"),
        (("item", "get", ""), "id"),
        (("item", "list", "--limit", "0"), "limit"),
    ],
)
async def test_wrong_values_are_refused_by_name(doors: Doors, cli: Cli, arguments: tuple[str, ...], field: str) -> None:
    ran = await cli.here(*arguments, "--json")
    assert (ran.code, ran.error) == (2, "invalid_arguments")
    assert ran.json["error"]["details"]["problems"][0]["field"] == field
    assert doors.shelf.items == {}


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",),
        ("item", "nonsense"),
        ("item", "put"),
        ("item", "put", "x", "--no", "1"),
        ("item", "get", "1", "2"),
    ],
)
async def test_a_wrong_command_line_is_a_usage_error(cli: Cli, arguments: tuple[str, ...]) -> None:
    ran = await cli.here(*arguments, "--json")
    assert (ran.code, ran.error) == (2, "usage")
    plain = await cli.here(*arguments)
    assert (plain.code, plain.out) == (2, "")
    assert "--help" in plain.err


@pytest.mark.parametrize(
    ("arguments", "code", "name"),
    [
        (("item", "get", "9"), 3, "no_such_item"),
        (("item", "delete", "1", "--yes"), 5, "item_is_tagged"),
        (("trouble", "make", "unavailable"), 6, "obs_not_running"),
        (("trouble", "make", "failed"), 7, "cut_failed"),
        (("trouble", "make", "bug"), 1, "internal_error"),
    ],
)
async def test_the_exit_code_tells_the_kind_of_error(
    doors: Doors, cli: Cli, arguments: tuple[str, ...], code: int, name: str
) -> None:
    await cli.here("item", "put", "x", "--tags", "t")
    as_json = await cli.here(*arguments, "--json")
    assert (as_json.code, as_json.error, as_json.err) == (code, name, "")
    plain = await cli.here(*arguments)
    assert (plain.code, plain.out) == (code, "")
    assert plain.err.startswith("Error: ")
    assert f"({name})" in plain.err


async def test_what_came_out_doubtful_is_a_failure_and_shown(doors: Doors, cli: Cli) -> None:
    doors.shelf.proved = False
    made = await cli.here("item", "put", "x", "--json")
    assert (made.code, made.json["receipt"]["ok"]) == (7, False)
    assert (await cli.here("item", "put", "x", "--no-wait", "--json")).code == 0
    assert (await cli.here("item", "get", "1", "--json")).code == 0, "looking at it is no failure"
    doors.shelf.proved = True
    assert (await cli.here("item", "put", "x", "--json")).code == 0


async def test_the_moment_of_a_command_is_its_start_however_long_python_takes(
    doors: Doors, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here also longer than either side believes: a busy computer may need that for Python alone."""
    monkeypatch.setattr(auth, "LONGEST_START_SECONDS", 60.0)
    first = cli.home / "first"  # when the program's first statement ran
    slow = f"""import time; open({str(first)!r}, "w").write(repr(time.time()))
import runpy; from companion.frontends.cli import began
began.LONGEST_START_SECONDS = 60.0
runpy.run_module({cli.argv[-1]!r}, run_name="__main__")
"""
    cli.argv = [sys.executable, "-c", slow]
    started = time.time()
    assert (await cli("item", "put", "x", "--no-wait")).code == 0
    asked_at = doors.shelf.callers[-1].asked_at
    assert asked_at is not None
    assert started - 0.02 < asked_at <= float(first.read_text())


@pytest.mark.slow
async def test_a_program_that_waited_before_it_became_the_command_says_nothing_of_its_start(
    doors: Doors, cli: Cli
) -> None:
    slow = f"import time; time.sleep(3.1); import runpy; runpy.run_module({cli.argv[-1]!r}, run_name='__main__')"
    cli.argv = [sys.executable, "-c", slow]
    assert (await cli("item", "put", "x", "--no-wait")).code == 0
    assert doors.shelf.callers[-1].asked_at is None


class TestConfirmation:
    async def test_without_a_person_it_refuses(self, doors: Doors, cli: Cli) -> None:
        await cli.here("item", "put", "x")
        assert (await cli.here("item", "delete", "1", "--json")).error == "confirmation_needed"
        assert (await cli.here("item", "delete", "1")).code == 2
        assert 1 in doors.shelf.items

    async def test_it_asks_a_person(self, doors: Doors, cli: Cli) -> None:
        await cli.here("item", "put", "x")
        no = await cli.on_terminal("item", "delete", "1", typed=b"n\n")
        assert "Throw a thing away: 1? [y/N]" in no.out
        assert (no.code, 1 in doors.shelf.items) == (2, True)
        yes = await cli.on_terminal("item", "delete", "1", typed=b"y\n")
        assert (yes.code, doors.shelf.items) == (0, {})

    async def test_what_it_contains_is_asked_about_when_the_daemon_says_so(self, doors: Doors, cli: Cli) -> None:
        await cli.here("item", "put", "x")
        refused = await cli.here("item", "tidy", "--json")
        assert (refused.error, refused.json["error"]["remedy"]) == ("confirmation_needed", "Add --yes if you mean it.")
        no = await cli.on_terminal("item", "tidy", typed=b"n\n")
        assert "item.tidy asks before it acts: it contains item.delete. Do it? [y/N]" in " ".join(no.out.split())
        assert (no.code, 1 in doors.shelf.items) == (2, True)
        yes = await cli.on_terminal("item", "tidy", typed=b"y\n")
        assert (yes.code, doors.shelf.items) == (0, {})
        assert (await cli.here("item", "tidy")).code == 0, "nothing is deleted, so nothing asks"
        await cli.here("item", "put", "x")
        assert (await cli.here("item", "tidy", "--yes")).code == 0
        assert doors.shelf.items == {}


class TestProgress:
    async def test_a_bar_is_shown_on_a_terminal_while_it_waits(self, doors: Doors, cli: Cli) -> None:
        ran = await cli.on_terminal("item", "put", "x", "--seconds", "3")
        assert ran.code == 0
        assert "Clip 1: cutting" in ran.out
        assert re.search(r"\b(20|40|60|80)%", ran.out)
        assert "\x1b[" in ran.out

    async def test_none_without_a_terminal_or_with_json(self, doors: Doors, cli: Cli) -> None:
        piped = await cli.here("item", "put", "x", "--seconds", "1")
        assert "cutting" not in piped.out + piped.err
        as_json = await cli.on_terminal("item", "put", "x", "--seconds", "1", "--json")
        assert json.loads(as_json.out)["id"] == 2

    async def test_ctrl_c_ends_it_quietly(self, doors: Doors, cli: Cli) -> None:
        process = await asyncio.create_subprocess_exec(
            *cli.argv,
            *("item", "put", "x", "--seconds", "60"),
            env=cli.environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        async with asyncio.timeout(20):
            while not doors.shelf.callers:
                await asyncio.sleep(0.02)
        process.send_signal(signal.SIGINT)
        out, err = await asyncio.wait_for(process.communicate(), 20)
        assert (process.returncode, out, err) == (130, b"", b"")


class TestFiles:
    async def test_a_file_is_fetched_whole_and_never_over_another(self, doors: Doors, cli: Cli) -> None:
        await cli.here("item", "put", "a/b:c")
        ran = await cli.here("item", "file", "1", "--json")
        assert ran.json == {"path": str(cli.home / "b:c.mp4"), "size_bytes": len(BOOK)}
        assert (cli.home / "b:c.mp4").read_bytes() == BOOK
        again = await cli.here("item", "file", "1", "--json")
        assert (again.code, again.error) == (5, "file_exists")
        other = await cli.here("item", "file", "1", "-o", "other.mp4", "--json")
        assert other.code == 0
        for out in ("no/such/folder.mp4", "other.mp4/file", f"{'x' * 253}", f"{'x' * 300}"):
            nowhere = await cli.here("item", "file", "1", "-o", out, "--json")
            assert (nowhere.code, nowhere.error) == (7, "not_writable"), out
        assert not list(cli.home.glob("**/*.part"))

    async def test_a_folder_that_may_not_be_entered_is_a_clear_error(self, doors: Doors, cli: Cli) -> None:
        await cli.here("item", "put", "x")
        (cli.home / "shut").mkdir(mode=0)
        cli.argv = bound_by_rights(*cli.argv)
        ran = await cli("item", "file", "1", "-o", "shut/file.mp4", "--json")
        assert (ran.code, ran.error) == (7, "not_writable")


class TestWithoutADaemon:
    def lies(self, home: Path, content: str) -> None:
        paths = Paths.find({"COMPANION_HOME": str(home)})
        paths.state.mkdir(parents=True, exist_ok=True)
        paths.token_file.write_text("t" * 43)
        paths.daemon_file.write_text(content)

    async def test_it_says_so(self, cli: Cli) -> None:
        for arguments in (("status",), ("item", "list"), ("item", "put", "x"), ("docs",)):
            ran = await cli.here(*arguments, "--json")
            assert (ran.code, ran.error) == (6, "not_running"), arguments
        plain = await cli.here("status")
        assert (plain.code, plain.out) == (6, "")
        assert "companion run" in plain.err

    async def test_a_stale_daemon_file_counts_as_none(self, cli: Cli) -> None:
        ended = await asyncio.create_subprocess_exec("true")
        await ended.wait()
        with socket.create_server(("127.0.0.1", 0)) as listening:
            port = listening.getsockname()[1]
            dead = json.dumps({"pid": ended.pid, "port": port})
            for content in (dead, "{", "[]", '{"pid": 1}', "", '{"pid": "x", "port": 1}'):
                self.lies(cli.home, content)
                assert (await cli.here("status", "--json")).error == "not_running", content
        self.lies(cli.home, json.dumps({"pid": os.getpid(), "port": port}))
        assert (await cli.here("status", "--json")).error == "not_running"

    @pytest.mark.parametrize(("status", "page"), [(200, PAGE), (302, b""), (404, PAGE)])
    async def test_another_program_at_the_port_is_not_the_daemon(self, cli: Cli, status: int, page: bytes) -> None:
        class Stranger(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(status)
                self.end_headers()
                self.wfile.write(page)

            def log_message(self, *_: Any) -> None:
                pass

        with http.server.HTTPServer(("127.0.0.1", 0), Stranger) as server:
            serving = threading.Thread(target=server.serve_forever)
            serving.start()
            self.lies(cli.home, json.dumps({"pid": os.getpid(), "port": server.server_port}))
            ran = await cli.here("status", "--json")
            server.shutdown()
            serving.join()
        assert (ran.code, ran.error) == (6, "not_running")

    async def test_one_that_goes_in_the_middle_is_a_clear_error(self, cli: Cli) -> None:
        async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.close()

        async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            self.lies(cli.home, json.dumps({"pid": os.getpid(), "port": port}))
            ran = await cli.here("status", "--json")
        assert (ran.code, ran.error) == (6, "connection_lost")


@pytest.mark.parametrize("arguments", [("status",), ("item", "put", "x"), ("item", "list")])
async def test_quick_commands_load_no_heavy_libraries(doors: Doors, cli: Cli, arguments: tuple[str, ...]) -> None:
    program = cli.argv[-1]
    cli.argv = [sys.executable, "-X", "importtime", "-m", program]
    ran = await cli(*arguments, "--json")
    assert ran.code == 0
    loaded = {line.split("|")[-1].strip() for line in ran.err.splitlines()}
    assert "typer" in loaded
    heavy = {"aiohttp", "rich.console", "sqlmodel", "companion.kernel.actions"}
    assert loaded & heavy == set()
