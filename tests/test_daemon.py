"""The whole daemon without a real OBS: bad starts, bad requests, and a buffer that stalls on a protocol-true server."""

import asyncio
import contextlib
import json
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from companion.kernel.errors import CompanionError, Refused, Unavailable
from tests.fakes.obs_model import ObsModel
from tests.fakes.obs_server import ObsServer
from tests.media import cached_video, frame_numbers
from tests.privileged import bound_by_rights
from tests.real.companion import Companion

pytestmark = pytest.mark.slow


@contextlib.asynccontextmanager
async def running(home: Path, server: ObsServer | None = None, **environment: str) -> AsyncIterator[Companion]:
    """A daemon, on `server` where one is given."""
    where = {"OBS_WS_URL": server.url if server else "ws://127.0.0.1:9", "OBS_WS_PASSWORD": "unused"}
    companion = Companion(home, None, where | environment, migrated=False)
    await companion.start()
    try:
        yield companion
    finally:
        await companion.stop()


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("sounds = false\nclip_lengths = [15, 30\n", "line 2"),
        ("sounds = false\nclip_lengths = 15, 30\n\n", "line 2"),
        ('# mine\n\nreplay_buffer_seconds = "long"\n', "line 3"),
        ("# mine\n\n\nsound = false\n", "line 4"),
    ],
    ids=["not closed", "not TOML", "a wrong value", "an unknown name"],
)
async def test_a_malformed_config_is_refused_with_its_line(tmp_path: Path, text: str, line: str) -> None:
    companion = Companion(tmp_path / "home")
    companion.paths.config.mkdir(parents=True)
    companion.paths.config_file.write_text(text)
    ended = await companion.cli("run", "--headless")
    assert ended.returncode == 2, ended.stdout + ended.stderr
    assert str(companion.paths.config_file) in ended.stderr
    assert line in ended.stderr
    assert "invalid_settings" in ended.stderr
    assert companion.paths.config_file.read_text() == text
    assert not companion.paths.database_file.exists(), "nothing was begun"


@pytest.mark.parametrize(("shut", "code"), [("logs", 7), ("config", 2)])
async def test_a_folder_that_may_not_be_used_is_a_clear_error(tmp_path: Path, shut: str, code: int) -> None:
    companion = Companion(tmp_path / "home")
    companion.paths.config.mkdir(parents=True)
    (companion.paths.config / ".env").write_text("LOG_LEVEL=warn\n")
    folder = companion.home / shut
    folder.mkdir(exist_ok=True)
    folder.chmod(0)
    argv = bound_by_rights(sys.executable, "-m", "companion", "run", "--headless")
    ended = await asyncio.to_thread(
        subprocess.run, argv, env=companion.environment, cwd=companion.home, capture_output=True, text=True, timeout=60
    )
    assert ended.returncode == code, ended.stderr
    assert "Traceback" not in ended.stderr
    assert str(folder) in ended.stderr
    assert ("not_writable" if shut == "logs" else "invalid_settings") in ended.stderr


@pytest.mark.parametrize("damage", ["other file", "torn page"])
async def test_a_damaged_database_is_refused_and_left_as_it_is(tmp_path: Path, damage: str) -> None:
    async with running(tmp_path / "home") as companion:
        pass
    file = companion.paths.database_file
    with contextlib.closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = bytearray(file.read_bytes())
    if damage == "other file":
        content = bytearray(b"This was a shopping list.\n" * 500)
    else:
        content[4096:8192] = b"\xa5" * 4096
    file.write_bytes(content)
    ended = await companion.cli("run", "--headless")
    assert ended.returncode == 7, ended.stdout + ended.stderr
    assert "database_damaged" in ended.stderr
    assert str(file) in ended.stderr
    assert file.read_bytes() == bytes(content)


def database_is(state: str) -> Callable[[Any], bool]:
    return lambda status: ("database", state) in [(part["name"], part["state"]) for part in status["components"]]


async def test_a_database_that_is_gone_meanwhile_is_said_to_be_and_used_again(tmp_path: Path) -> None:
    async with running(tmp_path / "home") as companion:
        await companion.post("/api/sessions", title="Before")
        folder = companion.paths.database_file.parent
        away = folder.rename(folder.with_name("away"))
        await companion.until(database_is("database_unreachable"), "/api/status")
        for path in ("/api/clips", "/api/sessions"):
            with pytest.raises(Unavailable) as caught:
                await companion.get(path)
            assert caught.value.code == "database_unreachable"
        if folder.exists():  # what else belongs there was written meanwhile
            shutil.rmtree(folder)
        away.rename(folder)
        await companion.until(database_is("open"), "/api/status")
        assert [session["title"] for session in (await companion.get("/api/sessions"))["items"]] == ["Before"]


NAN, INFINITY = float("nan"), float("inf")
BAD_SECONDS: list[Any] = [0, -1, 1e9, "NaN", "inf", "text", "", None, [5], {}]


async def test_bad_arguments_are_refused_at_every_door_and_leave_no_row(tmp_path: Path) -> None:
    async with running(tmp_path / "home") as companion:
        bodies = [{"seconds": value} for value in BAD_SECONDS]
        bodies += [{"after": -1}, {"after": "NaN"}, {"after": 1e9}, {"title": "x" * 201}, {"title": 5}]
        bodies += [{"second": 5}, {"seconds": 5, "file": "../../etc/passwd"}]
        for body in bodies:
            with pytest.raises(CompanionError) as caught:
                await companion.post("/api/clips", **body)
            assert (type(caught.value), caught.value.code) == (Refused, "invalid_arguments"), body
        for number in (NAN, INFINITY):  # words that no JSON has
            with pytest.raises(CompanionError) as caught:
                await companion.post("/api/clips", seconds=number)
            assert (type(caught.value), caught.value.code) == (Refused, "invalid_json")
        for given in ("0", "-1", "nan", "1e9", "text"):
            result = await companion.cli("clip", "save", f"--seconds={given}", "--json")
            assert result.returncode == 2, given
            assert json.loads(result.stdout)["error"]["code"] == "invalid_arguments", given
        result = await companion.cli("clip", "save", "--second", "5", "--json")
        assert result.returncode == 2
        assert "--second" in json.loads(result.stdout)["error"]["message"]
        for address in ("/api/clips/0", "/api/clips/text", "/api/clips/..%2F..%2Fetc%2Fpasswd"):
            with pytest.raises(CompanionError) as caught:
                await companion.get(address)
            assert caught.value.status in (400, 404), address
        assert (await companion.get("/api/clips"))["total"] == 0


class LookedAt(ObsModel):
    """Knows when it was asked how its buffer does (Unix seconds)."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.looks: list[float] = []

    def GetOutputStatus(self, data: dict[str, Any]) -> dict[str, Any]:
        self.looks.append(time.time())
        return super().GetOutputStatus(data)


@contextlib.asynccontextmanager
async def on_fake(tmp_path: Path) -> AsyncIterator[tuple[Companion, LookedAt]]:
    """A daemon on a modelled OBS whose buffer records."""
    recordings = tmp_path / "recordings"
    recordings.mkdir()
    model = LookedAt(recordings)
    async with ObsServer(model) as server, running(tmp_path / "home", server) as companion:
        await companion.until_reach(2)
        yield companion, model


async def test_a_stalled_buffer_is_shown_within_five_looks_and_refuses_clips(tmp_path: Path) -> None:
    async with on_fake(tmp_path) as (companion, model):
        model.replay.stalled, stalled_at = True, time.time()
        told = await companion.until(lambda status: part(status, "replay")["state"] == "stalled", "/api/status")
        told_at = part(told, "replay")["since"]
        assert len([at for at in model.looks if stalled_at <= at <= told_at]) <= 5, "it looks once a second"
        shown = await companion.cli("status", "--json")
        assert shown.returncode == 0
        replay = part(json.loads(shown.stdout), "replay")
        assert replay["state"] == "stalled"
        assert replay["remedy"]
        refused = await companion.cli("clip", "save", "--seconds", "2", "--json")
        assert refused.returncode == 6
        assert json.loads(refused.stdout)["error"]["code"] == "replay_stalled"
        with pytest.raises(Unavailable) as caught:
            await companion.save(2)
        assert (caught.value.code, bool(caught.value.remedy)) == ("replay_stalled", True)
        assert (await companion.get("/api/clips"))["total"] == 0
        model.replay.stalled = False
        await companion.until(lambda status: part(status, "replay")["state"] == "recording", "/api/status")


async def test_a_file_that_cannot_be_opened_for_two_seconds_is_waited_for(tmp_path: Path) -> None:
    async with on_fake(tmp_path) as (companion, model):
        accepted = await companion.post("/api/clips", seconds=3)
        await companion.until_row("saving")
        await companion.until(lambda status: model.saves == 1, "/api/status")
        held = Path(model.last_replay)
        copy = held.with_suffix(".moving")
        await asyncio.to_thread(shutil.copyfile, cached_video(".mkv", seconds=10), copy)
        await asyncio.sleep(2)
        assert (await companion.get(f"/api/clips/{accepted['id']}"))["state"] == "saving"
        copy.replace(held)
        clip = await companion.until_finished(accepted["id"])
        assert clip["state"] == "ready", clip
        assert clip["receipt"]["ok"]
        shown = frame_numbers(Path(clip["path"]))
        assert shown == list(range(shown[0], shown[0] + len(shown)))
        assert len(shown) / 30 == pytest.approx(3, abs=0.05)


def part(status: Any, name: str) -> Any:
    """What a component says of itself in /api/status."""
    return next(component for component in status["components"] if component["name"] == name)
