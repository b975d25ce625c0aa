"""schemathesis over the whole API of the real daemon: nothing breaks, and every answer is one that was described."""

import asyncio
import dataclasses
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fakes.obs_desk import ObsDesk
from tests.fakes.obs_server import ObsServer
from tests.media import cached_video
from tests.real.companion import Companion

pytestmark = [pytest.mark.real, pytest.mark.slow]


@dataclasses.dataclass(frozen=True)
class Door:
    """Where it is knocked, as whom, and how: `phases` are schemathesis's, with so many `examples` of each operation."""

    phases: str
    examples: int = 1
    phone: str = ""
    in_the_lan: bool = False
    has_key: bool = True
    left_out: tuple[str, ...] = ()


DOORS = {
    "with the token": Door("examples,fuzzing", 2),
    # What a phone of a lower scope is refused, `tests/test_daemon_doors.py` asks for.
    # Each argument at its bounds, beyond them, of other types, left out, and each method that there is not.
    "an administrator's phone": Door(
        "coverage", phone="admin", in_the_lan=True, left_out=("lan.switch", "models.download")
    ),
    # Who has no key is refused before anything is looked at.
    "without a token": Door("fuzzing", has_key=False),
    "a stranger in the LAN": Door("fuzzing", in_the_lan=True, has_key=False),
}
HOOKS = Path(__file__).with_name("fuzzed_by.py")
CONFIG = f"""\
hooks = {json.dumps(str(HOOKS))}
# A PC lacks this and that, which is answered 503, or 502 by a list of steps: `absence_is_named` looks at which.
[checks.not_a_server_error]
expected-statuses = ["2xx", "4xx", "502", "503"]
[phases.coverage]
unexpected-methods = ["PATCH"]  # one is enough: the router refuses them all alike
"""
CHECKS = (
    "not_a_server_error",
    "absence_is_named",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "response_headers_conformance",
)
LEFT_OUT = ("system.quit", "events.socket", "events.stream")
"""What ends the daemon, or never ends itself; `left_out` of a door, what shuts it, or is tried for 15 s each time."""
NAME = "0"
"""The name that schemathesis thinks of first: all that OBS has here bears it, so that requests come to something."""


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", DOORS)
async def test_nothing_breaks_and_nothing_is_undescribed(tmp_path: Path, name: str) -> None:
    (tmp_path / "recordings").mkdir()
    model = ObsDesk(tmp_path / "recordings", NAME)
    model.replay_source = cached_video(seconds=2, size=(160, 96), audio=("Game",))
    async with ObsServer(model) as obs:
        settings = {
            "LAN_MODE": "https",
            "LAN_PORT": "0",
            "OBS_WS_URL": obs.url,
            "OBS_WS_PASSWORD": "unused",
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
            "HF_ENDPOINT": "http://127.0.0.1:9",  # nothing leaves this computer; a download is tried for 15 s
        }
        daemon = Companion(tmp_path / "pc", None, settings)
        await daemon.start()
        try:
            await daemon.until(lambda found: found["connection"]["state"] == "connected", "/api/obs/status")
            await _try(daemon, DOORS[name], tmp_path)
            assert (await daemon.get("/health"))["status"] == "ok"
            assert "Traceback" not in daemon.log, daemon.log[-3000:]
        finally:
            await daemon.stop()
        if DOORS[name].phone == "admin":
            carried_out = {kind for kind, _ in obs.requests}
            assert carried_out >= {"SetCurrentProgramScene", "SetInputVolume", "SetSourceFilterEnabled", "StartRecord"}


async def _try(daemon: Companion, door: Door, folder: Path) -> None:
    """Run schemathesis, as a program of its own."""
    lan = await daemon.until(lambda found: found["state"] == "listening", "/api/lan")
    schema = folder / "openapi.json"
    schema.write_text(json.dumps(await daemon.get("/api/openapi.json")))
    (folder / "schemathesis.toml").write_text(CONFIG)
    port = json.loads(daemon.paths.daemon_file.read_text())["port"]
    token = daemon.paths.token_file.read_text().strip()
    environment = dict(os.environ)
    if door.in_the_lan:
        url, authority = f"https://127.0.0.1:{lan['port']}", str(daemon.paths.data / "lan" / "authority.crt")
        more = ["--url", url, "--tls-verify", authority, "--header", f"Origin: {url}", "--header", "X-Companion: 1"]
        if door.phone:
            environment["FUZZED_PHONE"] = f"{url} http://127.0.0.1:{port} {token} {authority} {door.phone}"
    else:
        more = ["--url", f"http://127.0.0.1:{port}"]
        if door.has_key:
            more += ["--header", f"Authorization: Bearer {token}"]
    # Of who has no key, nothing may be answered that needs one.
    checks = CHECKS if door.has_key else [*CHECKS, "ignored_auth"]
    left_out = [*LEFT_OUT, *door.left_out]
    for operation in left_out:
        more += ["--exclude-operation-id", operation]
    ran = await asyncio.to_thread(
        subprocess.run,
        [
            str(Path(sys.executable).with_name("schemathesis")),
            *("--config-file", str(folder / "schemathesis.toml"), "run", str(schema)),
            *("--checks", ",".join(checks), "--phases", door.phases),
            *("--max-examples", str(door.examples), "--request-timeout", "30"),
            *("--continue-on-failure", "--suppress-health-check", "all", "--warnings", "off", *more),
        ],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert ran.returncode == 0, ran.stdout[-6000:] + ran.stderr[-1000:]
    counts = re.search(r"Selected: (\d+)/(\d+)\s+Tested: (\d+)", ran.stdout)
    assert counts is not None, ran.stdout
    selected, described, tested = map(int, counts.groups())
    assert (selected, tested) == (described - len(left_out), selected), ran.stdout[-3000:]
