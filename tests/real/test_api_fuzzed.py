"""schemathesis over the whole API of the real daemon: nothing breaks, and every answer is one that was described."""

import asyncio
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.real.companion import Companion

pytestmark = [pytest.mark.real, pytest.mark.slow]

EXAMPLES = {"with the token": 4, "a paired phone": 2, "without a token": 2, "a stranger in the LAN": 1}
"""Of each operation, by door: whoever has no key is refused before anything is looked at."""
HOOKS = Path(__file__).with_name("fuzzed_by.py")
CONFIG = f"""\
hooks = {json.dumps(str(HOOKS))}
# Without OBS many requests are answered 503, two 502: `absence_is_named` looks at which, and by what code.
[checks.not_a_server_error]
expected-statuses = ["2xx", "4xx", "502", "503"]
"""
CHECKS = (
    "not_a_server_error",
    "absence_is_named",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "response_headers_conformance",
)
STRANGERS = ("without a token", "a stranger in the LAN")
LEFT_OUT = ("system.quit", "events.socket", "events.stream")
"""What ends the daemon, or never ends itself."""


@pytest.mark.timeout(300)
@pytest.mark.parametrize("door", EXAMPLES)
async def test_nothing_breaks_and_nothing_is_undescribed(tmp_path: Path, door: str) -> None:
    settings = {
        "LAN_MODE": "https",
        "LAN_PORT": "0",
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        "HF_ENDPOINT": "http://127.0.0.1:9",  # nothing leaves this computer; a download is tried for 15 s
    }
    daemon = Companion(tmp_path / "pc", None, settings)
    await daemon.start()
    try:
        lan = await daemon.until(lambda found: found["state"] == "listening", "/api/lan")
        schema = tmp_path / "openapi.json"
        schema.write_text(json.dumps(await daemon.get("/api/openapi.json")))
        (tmp_path / "schemathesis.toml").write_text(CONFIG)
        port = json.loads(daemon.paths.daemon_file.read_text())["port"]
        more = ["--url", f"http://127.0.0.1:{port}"]
        if door == "with the token":
            more += ["--header", f"Authorization: Bearer {daemon.paths.token_file.read_text().strip()}"]
        environment = dict(os.environ)
        if "token" not in door:
            url, authority = f"https://127.0.0.1:{lan['port']}", str(daemon.paths.data / "lan" / "authority.crt")
            more = ["--url", url, "--tls-verify", authority]
            more += ["--header", f"Origin: {url}", "--header", "X-Companion: 1"]
            if door == "a paired phone":
                token = daemon.paths.token_file.read_text().strip()
                environment["FUZZED_PHONE"] = f"{url} http://127.0.0.1:{port} {token} {authority}"
        # Of who has no key, nothing may be answered that needs one.
        checks = [*CHECKS, "ignored_auth"] if door in STRANGERS else CHECKS
        for operation in LEFT_OUT:
            more += ["--exclude-operation-id", operation]
        ran = await asyncio.to_thread(
            subprocess.run,
            [
                str(Path(sys.executable).with_name("schemathesis")),
                *("--config-file", str(tmp_path / "schemathesis.toml"), "run", str(schema)),
                *("--checks", ",".join(checks), "--phases", "examples,fuzzing"),
                *("--max-examples", str(EXAMPLES[door])),
                *("--request-timeout", "30"),
                *("--continue-on-failure", "--suppress-health-check", "all", "--warnings", "off", *more),
            ],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=240,
        )
        assert ran.returncode == 0, ran.stdout[-6000:] + ran.stderr[-1000:]
        counts = re.search(r"Selected: (\d+)/(\d+)\s+Tested: (\d+)", ran.stdout)
        assert counts is not None, ran.stdout
        selected, described, tested = map(int, counts.groups())
        assert (selected, tested) == (described - len(LEFT_OUT), selected), ran.stdout[-3000:]
        assert (await daemon.get("/health"))["status"] == "ok"
        assert "Traceback" not in daemon.log, daemon.log[-3000:]
    finally:
        await daemon.stop()
