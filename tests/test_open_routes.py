"""What may be read without a token tells states, and nothing that is the streamer's own."""

import json
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from companion.frontends.cli.client import Daemon
from tests.fakes.obs_model import ObsModel
from tests.fakes.obs_server import ObsServer
from tests.test_daemon import running

pytestmark = pytest.mark.slow


async def test_open_answers_name_no_path_no_title_and_no_scene(tmp_path: Path) -> None:
    recordings = tmp_path / "private recordings"
    recordings.mkdir()
    model = ObsModel(recordings)
    model.scenes = [model.scene] = ["My bank account"]
    async with ObsServer(model) as server, running(tmp_path / "home", server) as companion:
        await companion.post("/api/sessions", title="Surprise for Anna")
        model.start_recording()
        known = await companion.until(lambda found: found["record"] and found["record"]["active"], "/api/obs/status")
        assert known["scene"] == {"scene": "My bank account"}, "with the token all of it is told"
        assert known["record"]["path"] == str(recordings / "recording.mkv")

        port = Daemon.find(companion.paths, "test").port
        told = {path: without_token(port, path) for path in ("/health", "/api/status", "/api/obs/status")}
        assert {part["name"] for part in told["/api/status"]["components"]} >= {"database", "sessions", "obs", "replay"}
        status = told["/api/obs/status"]
        assert (status["connection"]["state"], status["record"]["active"]) == ("connected", True)
        for path, answer in told.items():
            text = json.dumps(answer)
            for private in ("bank", "Anna", str(tmp_path), "private recordings", "companion.db"):
                assert private not in text, path


def without_token(port: int, path: str) -> Any:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}") as answer:
        return json.load(answer)
