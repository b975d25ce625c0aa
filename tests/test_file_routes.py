"""No request reaches a file that it does not name: paths' tricks at every route that answers with a file, over HTTP."""

import asyncio
import contextlib
import json
import os
import ssl
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from companion.app import actions
from companion.kernel.actions import Action, FileAnswer
from tests.fakes.obs_model import ObsModel
from tests.fakes.obs_server import ObsServer
from tests.real.companion import Companion
from tests.test_daemon_phones import ENVIRONMENT, paired

pytestmark = pytest.mark.slow

SECRET = b"only the streamer may read this"
GOOD = b"\x89PNG a screenshot"
NAMES = [action.name for action in actions() if action.answer_type is FileAnswer]
"""Every action that answers with a file, those too that come one day."""
PAGES = ["/assets/", "/icon-32.png/", "/overlay/captions/", "/trust/", "/trust/authority.crt/", "/"]
"""What is before a file's name, or might be taken for it, where no action answers."""


def tricks(secret: Path) -> list[str]:
    """What may stand for a file's name in an address, escaped, and as it must not even be sent."""
    there = os.path.relpath(secret, secret.parent / "sessions" / "Screenshots")
    found = []
    for path in (there, str(secret), f"link.png/../{there}"):
        escaped = quote(path, safe="")
        found += [
            path,
            escaped,
            quote(escaped),
            escaped.replace("%2F", "%5C"),
            escaped.replace(".", "%2E"),
            f"{escaped}%00",
        ]
    found += ["..", "..%2f", "..%5c", "..%c0%af..%c0%afsecret.png", "....//secret.png", "file:%2f%2f%2fetc%2fpasswd"]
    found += ["link.png", "linked%2fsecret.png", "linked/secret.png", "secret.png", "C:%5csecret.png", "a.png:x.png"]
    found += ["a%00b.png", "a%0d%0ab.png", "%ff.png", "~%2f.bashrc", "con.png"]
    found += [f"{'a' * 200}.png", f"{quote('😀' * 200)}.png", f"{'a' * 5000}.js", "..%2f" * 30 + "etc%2fpasswd"]
    return found


class Door:
    """One of the companion's doors, and the bytes that are written to it."""

    def __init__(self, url: str, key: str) -> None:
        scheme, _, self._host = url.partition("://")
        self._trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if scheme == "https" else None
        if self._trusting:
            self._trusting.check_hostname, self._trusting.verify_mode = False, ssl.CERT_NONE
        self._head = f"Host: {self._host}\r\nOrigin: {url}\r\nX-Companion: 1\r\nConnection: close\r\n{key}\r\n"

    async def ask(self, method: str, target: str, body: str = "") -> tuple[int, bytes]:
        host, _, port = self._host.rpartition(":")
        async with asyncio.timeout(30):
            reader, writer = await asyncio.open_connection(host.strip("[]"), int(port), ssl=self._trusting)
            with contextlib.closing(writer):
                length = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n" if body else ""
                writer.write(f"{method} {target} HTTP/1.1\r\n{self._head}{length}\r\n{body}".encode())
                answer = await reader.read()
        return int(answer.split(b" ", 2)[1]), answer


@contextlib.asynccontextmanager
async def doors(home: Path) -> AsyncIterator[tuple[Companion, dict[str, Door]]]:
    async with ObsServer(ObsModel(home)) as server:
        sessions = home / "sessions"
        environment = ENVIRONMENT | {
            "OBS_WS_URL": server.url,
            "OBS_WS_PASSWORD": "unused",
            "SESSION_DIR": str(sessions),
        }
        companion = Companion(home / "pc", None, environment)
        await companion.start()
        try:
            lan = await companion.until(lambda found: found["state"] == "listening", "/api/lan")
            port = json.loads(companion.paths.daemon_file.read_text())["port"]
            token = companion.paths.token_file.read_text().strip()
            async with paired(companion, "control") as phone:
                url = f"https://127.0.0.1:{lan['port']}"
                yield (
                    companion,
                    {
                        "on the PC": Door(f"http://127.0.0.1:{port}", f"Authorization: Bearer {token}"),
                        "a paired phone": Door(url, f"Cookie: {phone.cookies}"),
                    },
                )
        finally:
            await companion.stop()


def requests_of(action: Action, trick: str) -> Iterator[tuple[str, str, str]]:
    """Method, target and body: the trick in place of each part of the path, and as each argument."""
    fields = action.arguments.model_fields
    in_path = [name for name in fields if f"{{{name}}}" in action.http_path]
    plain = action.http_path
    for name in in_path:
        plain = plain.replace(f"{{{name}}}", "1")
        yield action.http_method, action.http_path.replace(f"{{{name}}}", trick), ""
    for name in fields.keys() - set(in_path):
        if action.http_method == "GET":
            yield "GET", f"{plain}?{name}={quote(trick, safe='%')}", ""
        else:
            yield action.http_method, plain, json.dumps({name: trick})


async def test_no_file_from_elsewhere_is_had_and_nothing_breaks(tmp_path: Path) -> None:
    secret = tmp_path / "secret.png"
    secret.write_bytes(SECRET)
    shots = tmp_path / "sessions" / "Screenshots"
    shots.mkdir(parents=True)
    (shots / "good.png").write_bytes(GOOD)
    (shots / "link.png").symlink_to(secret)
    (shots / "linked").symlink_to(tmp_path)
    registered = {action.name: action for action in actions()}
    async with doors(tmp_path) as (companion, found):
        for name, door in found.items():
            status, answer = await door.ask("GET", "/api/screenshots/good.png")
            assert (status, answer.endswith(GOOD)) == (200, True), f"{name} gets what it may have"
        asked = [("GET", page + trick, "") for page in PAGES for trick in tricks(secret)]
        for action in NAMES:
            asked += [request for trick in tricks(secret) for request in requests_of(registered[action], trick)]
        wrong = []
        for name, door in found.items():
            for method, target, body in asked:
                status, answer = await door.ask(method, target, body)
                if status >= 500 or SECRET in answer or b"root:" in answer:
                    wrong.append((name, method, target[:200], status))
        assert wrong == []
        assert "Traceback" not in companion.log
