"""The studio through the doors of a whole daemon: HTTP and command line, on a protocol-true server."""

import asyncio
import http.client
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from companion.adapters.database import Database
from companion.adapters.transcript_store import TranscriptStore
from companion.domain.speech import Final, Word
from companion.kernel.bus import Bus
from companion.kernel.errors import Failed, NotFound, Refused
from companion.kernel.status import StatusBoard
from tests.fakes.obs_server import ObsServer
from tests.real.companion import Companion

pytestmark = pytest.mark.slow


@pytest.fixture
async def server() -> AsyncIterator[ObsServer]:
    async with ObsServer() as running:
        yield running


@pytest.fixture
async def companion(server: ObsServer, tmp_path: Path) -> AsyncIterator[Companion]:
    daemon = Companion(tmp_path / "home", None, {"OBS_WS_URL": server.url, "OBS_WS_PASSWORD": "unused"})
    await daemon.start()
    try:
        await daemon.until(lambda studio: studio["connected"] and len(studio["scenes"]) == 2, "/api/studio")
        yield daemon
    finally:
        await daemon.stop()


async def test_the_studio_over_http_and_by_command(companion: Companion, server: ObsServer) -> None:
    studio = await companion.get("/api/studio")
    assert [scene["name"] for scene in studio["scenes"]] == ["Game", "Pause"]
    await companion.post("/api/studio/scene", name="Pause")
    assert server.model.scene == "Pause"
    with pytest.raises(NotFound) as missing:
        await companion.post("/api/studio/scene", name="Nowhere")
    assert missing.value.code == "scene_not_found"
    switched = await companion.cli("scene", "switch", "Game")
    assert (switched.returncode, server.model.scene) == (0, "Game")
    unknown = await companion.cli("scene", "switch", "Nowhere", "--json")
    assert unknown.returncode == 3
    error = json.loads(unknown.stdout or unknown.stderr)["error"]
    assert (error["code"], error["remedy"]) == ("scene_not_found", "There are: Game, Pause.")


async def test_a_macro_is_made_and_run_by_command(companion: Companion, server: ObsServer) -> None:
    steps = ('{"action": "scene.switch", "arguments": {"name": "Pause"}}', '{"wait": 0.1}')
    made = await companion.cli("macro", "save", "Break", *steps, "--json")
    assert made.returncode == 0, made.stdout + made.stderr
    ran = await companion.cli("macro", "run", str(json.loads(made.stdout)["id"]))
    assert (ran.returncode, server.model.scene) == (0, "Pause")
    refused = await companion.cli("macro", "save", "Bad", "not a step")
    assert refused.returncode == Refused.exit_code


async def test_what_is_said_and_what_hears_it_by_command(companion: Companion, tmp_path: Path) -> None:
    async def told(*command: str) -> Any:
        ended = await companion.cli(*command, "--json")
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return json.loads(ended.stdout)

    database = Database(companion.paths.database_file, StatusBoard(Bus()))
    await database.open()
    words = (Word(0.0, 0.4, "Hello", 0.9), Word(0.5, 0.9, "boss.", 0.9))
    final = Final(1, 0.0, 0.9, "Hello boss.", words, "en", 0.9)
    said = await TranscriptStore(database, Bus()).add(session_id=None, began=1_777_636_800.0, final=final)
    await database.close()
    assert [one["text"] for one in (await told("transcript", "show"))["items"]] == ["Hello boss."]
    [hit] = (await told("transcript", "search", "bosss "))["items"]
    assert (hit["segment"]["id"], hit["marked"]) == (said.id, [1])
    file = tmp_path / "said.srt"
    since = ("--since", "2026-05-01T12:00:00Z")
    assert (await told("transcript", "export", *since, "--output", str(file)))["path"] == str(file)
    assert file.read_text() == "1\n00:00:00,000 --> 00:00:01,000\nHello boss.\n\n"
    assert (await told("transcript", "mark", str(said.id)))["title"] == "Hello boss."
    assert {one["name"] for one in await told("models", "list")} > {"tiny", "large-v3-turbo"}
    assert (await told("microphone", "show"))["state"] == "waiting"
    none = await companion.cli("models", "use", "nowhere", "--json")
    assert json.loads(none.stdout or none.stderr)["error"]["code"] == "model_not_found"
    plain = await companion.cli("transcript", "search", "boss")
    assert (plain.returncode, "Hello boss." in plain.stdout) == (0, True), plain.stdout


async def test_a_step_that_fails_is_a_failure_of_the_command(companion: Companion, server: ObsServer) -> None:
    gone = {"action": "scene.switch", "arguments": {"name": "Gone"}}
    await companion.put("/api/settings/quicklaunch", value=[gone, {"wait": 1}])
    ran = await companion.cli("studio", "quicklaunch", "--json")
    error = json.loads(ran.stdout or ran.stderr)["error"]
    assert (ran.returncode, error["code"]) == (Failed.exit_code, "step_failed")
    assert error["message"].startswith("Step 1 (scene.switch): ")
    assert [step["outcome"] for step in error["details"]["steps"]] == ["failed", "skipped"]
    macro = await companion.post("/api/macros", name="Start", steps=[{"action": "studio.quicklaunch"}, {"wait": 1}])
    ran = await companion.cli("macro", "run", str(macro["id"]))
    assert ran.returncode == Failed.exit_code, ran.stdout


async def test_what_asks_first_asks_at_the_command_line(companion: Companion, server: ObsServer) -> None:
    server.model.start_output(server.model.stream)
    for command in (("stream", "stop"), ("studio", "quickstop"), ("collection", "switch", "Other")):
        refused = await companion.cli(*command, "--json")
        assert refused.returncode == Refused.exit_code
        assert json.loads(refused.stdout or refused.stderr)["error"]["code"] == "confirmation_needed"
    assert server.model.stream.active
    stopped = await companion.cli("stream", "stop", "--yes")
    assert stopped.returncode == 0, stopped.stderr
    assert not server.model.stream.active


async def test_a_live_picture_is_served_with_what_lets_it_be_asked_for_again(companion: Companion) -> None:
    status, headers, body = await asyncio.to_thread(_get, companion, "/api/studio/picture?width=320")
    assert (status, headers["Content-Type"]) == (200, "image/jpeg"), body
    assert body
    again = {"If-None-Match": headers["ETag"]}
    status, _, body = await asyncio.to_thread(_get, companion, "/api/studio/picture?width=320", again)
    assert status in (200, 304)
    pictures = companion.paths.pictures
    assert len(list(pictures.iterdir())) == 1
    await companion.stop()
    assert not pictures.exists()


async def test_macros_and_the_deck_are_kept_over_a_restart(companion: Companion, server: ObsServer) -> None:
    steps: list[dict[str, Any]] = [{"action": "scene.switch", "arguments": {"name": "Pause"}}, {"wait": 0.1}]
    macro = await companion.post("/api/macros", name="Break", steps=steps)
    button = {"label": "Break", "action": "macro.run", "arguments": {"id": macro["id"]}}
    await companion.put("/api/deck", pages=[{"name": "Mine", "buttons": [button]}])
    await companion.stop()
    await companion.start()
    await companion.until(lambda studio: studio["connected"], "/api/studio")
    deck = await companion.get("/api/deck")
    assert (deck["arranged"], deck["pages"][0]["buttons"][0]["label"]) == (True, "Break")
    assert (await companion.post(f"/api/macros/{macro['id']}/run", wait=True))["name"] == "Break"
    assert server.model.scene == "Pause"


def _get(companion: Companion, path: str, more: dict[str, str] | None = None) -> tuple[int, Any, bytes]:
    port = json.loads(companion.paths.daemon_file.read_text())["port"]
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        token = companion.paths.token_file.read_text().strip()
        connection.request("GET", path, headers={"Authorization": f"Bearer {token}", **(more or {})})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()
