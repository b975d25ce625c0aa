"""The commands that the command line carries out by itself, with or without a daemon."""

import asyncio
import os
import re
import signal

import pytest

from companion.domain.paths import Paths
from tests.frontends.command_line import Cli
from tests.frontends.shelf import Doors
from tests.privileged import bound_by_rights


class TestLocalCommands:
    async def test_status(self, doors: Doors, cli: Cli) -> None:
        ran = await cli.here("status", "--json")
        assert [c["name"] for c in ran.json["components"]] == ["obs", "http"]
        plain = (await cli.here("status")).out
        assert re.search(r"obs +not running", plain)
        assert "→ Start OBS." in plain

    async def test_a_terminal_gets_colours_and_its_own_width(self, doors: Doors, cli: Cli) -> None:
        ran = await cli.on_terminal("status", columns=60)
        assert "\x1b[" in ran.out
        plain = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", ran.out)
        assert max(len(line) for line in plain.splitlines()) <= 60

    async def test_actions_and_openapi_need_no_daemon(self, cli: Cli) -> None:
        rows = (await cli.here("actions", "--json")).json
        put = next(row for row in rows if row["name"] == "item.put")
        assert (put["command"], put["http"], put["scope"]) == ("companion item put", "POST /api/items", "control")
        assert [a["name"] for a in put["arguments"] if a["positional"]] == ["title"]
        assert "item.tag_all" in (await cli.here("actions")).out
        assert (await cli.here("openapi")).json["openapi"] == "3.1.0"

    async def test_help_is_there_for_everything(self, cli: Cli) -> None:
        bare = await cli()
        assert bare.code == 0
        for word in ("run", "status", "doctor", "actions", "item", "trouble"):
            assert re.search(rf"\b{word}\b", bare.out)
        group = await cli.here("item")
        assert (group.code, "tag-all" in group.out) == (0, True)
        one = await cli.here("item", "list", "--help")
        for text in ("Only things of this kind.", "BOOK|GAME", "--limit", "100", "--json"):
            assert text in one.out

    async def test_version(self, cli: Cli) -> None:
        assert (await cli.here("version")).out == "1.2.3\n"
        assert (await cli.here("version", "--json")).json == {"version": "1.2.3"}

    async def test_demo_passes_its_options_and_code_on(self, cli: Cli) -> None:
        ran = await cli("demo", "--once", "--json")
        assert (ran.code, ran.out) == (7, "demo once=True json=True\n")

    async def test_docs_gives_a_link_that_works(self, doors: Doors, cli: Cli) -> None:
        import aiohttp

        url = (await cli.here("docs", "--no-open")).out.strip()
        async with (
            aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as browser,
            browser.get(url) as page,
        ):
            assert (page.status, page.content_type) == (200, "text/html")

    async def test_run_serves_until_it_is_interrupted(self, cli: Cli) -> None:
        process = await asyncio.create_subprocess_exec(
            *cli.argv, "run", "--headless", env=cli.environment, stdout=asyncio.subprocess.PIPE
        )
        assert process.stdout is not None
        line = await asyncio.wait_for(process.stdout.readline(), 30)
        assert line.endswith(b"headless\n")
        assert (await cli.here("status")).code == 0
        process.send_signal(signal.SIGINT)
        assert await asyncio.wait_for(process.wait(), 20) == 130
        assert (await cli.here("status")).code == 6

    async def test_a_closed_pipe_is_quiet(self, doors: Doors, cli: Cli) -> None:
        for n in range(50):
            await doors.shelf.put(f"{n}", 0.01)
        read, write = os.pipe()
        process = await asyncio.create_subprocess_exec(
            *cli.argv, "item", "list", "--json", env=cli.environment, stdout=write, stderr=asyncio.subprocess.PIPE
        )
        os.close(write)
        os.close(read)
        _, err = await asyncio.wait_for(process.communicate(), 30)
        assert (process.returncode, err) == (141, b"")


@pytest.mark.slow
class TestDoctor:
    async def test_every_check_has_a_result_and_what_is_wrong_a_remedy(self, doors: Doors, cli: Cli) -> None:
        ran = await cli("doctor", "--json")
        checks = {check["name"]: check for check in ran.json}
        assert {"python", "settings", "config folder", "token", "ffmpeg", "obs", "keyring", "companion"} <= set(checks)
        assert all(check["result"] == "ok" or check["remedy"] for check in ran.json)
        assert checks["companion: obs"]["remedy"] == "Start OBS."
        assert doors.token not in ran.out
        assert (await cli("doctor")).code == ran.code == 0

    async def test_it_finds_what_is_wrong(self, cli: Cli) -> None:
        paths = Paths.find({"COMPANION_HOME": str(cli.home)})
        paths.config.mkdir(parents=True)
        paths.config_file.write_text("http_port = 3123\nthis is no toml\n")
        paths.data.write_text("a file where the folder should be")
        paths.token_file.write_text("x")
        paths.token_file.chmod(0o644)
        cli.environment["FFMPEG_PATH"] = "/no/such/ffmpeg"
        ran = await cli("doctor", "--json")
        failed = {check["name"]: check["detail"] for check in ran.json if check["result"] == "fail"}
        assert ran.code == 1
        assert set(failed) == {"settings", "data folder", "token", "ffmpeg"}
        assert "line 2" in failed["settings"]
        assert {path.name for path in paths.state.iterdir()} == {"commands.json", "token"}

    async def test_it_finds_folders_that_may_not_be_entered(self, cli: Cli) -> None:
        shut = cli.home / "shut"
        shut.mkdir(mode=0)
        cli.argv = bound_by_rights(*cli.argv)
        (cli.home / "config").mkdir()
        (cli.home / "config" / "config.toml").write_text(f"session_dir = '{shut}/clips'\n")
        (cli.home / "state").chmod(0)
        ran = await cli("doctor", "--json")
        failed = {check["name"]: check["detail"] for check in ran.json if check["result"] == "fail"}
        assert ran.code == 1
        assert set(failed) == {"clips folder", "state folder", "token"}
        assert all("Permission denied" in detail for detail in failed.values())

    async def test_no_program_is_run_that_only_the_current_folder_names(self, cli: Cli) -> None:
        """A downloaded folder may hold a `.env`; only one beside our own settings may name the ffmpeg."""
        ran_it, program = cli.home / "ran", cli.home / "ffmpeg"
        program.write_text(f"#!/bin/sh\ntouch {ran_it}\necho ffmpeg version 9\n")
        program.chmod(0o755)
        (cli.home / ".env").write_text(f"FFMPEG_PATH={program}\nLOG_LEVEL=nonsense\n")
        checks = {check["name"]: check["result"] for check in (await cli("doctor", "--json")).json}
        assert checks["settings"] == checks["ffmpeg"] == "ok"
        assert not ran_it.exists()
        (cli.home / "config").mkdir()
        (cli.home / "config" / ".env").write_text(f"FFMPEG_PATH={program}\n")
        await cli("doctor", "--json")
        assert ran_it.exists(), "the streamer's own counts"
