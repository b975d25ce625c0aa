"""A second network host pairs with the real daemon by address, over TLS with the pinned authority.

The host is a network namespace of this machine with its own end of a cable, so nothing reaches it by loopback.
"""

import asyncio
import contextlib
import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from companion.domain.pairing import WRONG_CODES
from companion.frontends.http.limits import FREE_TRIES
from tests.privileged import as_root
from tests.real.companion import Companion

pytestmark = pytest.mark.real

PHONE = Path(__file__).parent / "lan_phone.py"


class Cable:
    """A namespace `name` at the end of a cable; `plug_in` gives both ends their addresses."""

    def __init__(self) -> None:
        number = os.getpid() % 60_000
        self.name = f"phone{number}"
        self._ends = (f"pc{number}", f"ph{number}")
        self.here = f"10.{77 + number // 250 % 100}.{number % 250}.1"
        self._there = self.here[:-1] + "2"

    def __enter__(self) -> "Cable":
        _ip("netns", "add", self.name)
        _ip("link", "add", self._ends[0], "type", "veth", "peer", "name", self._ends[1], "netns", self.name)
        return self

    def plug_in(self) -> None:
        _ip("addr", "add", f"{self.here}/24", "dev", self._ends[0])
        _ip("link", "set", self._ends[0], "up")
        _ip("-n", self.name, "addr", "add", f"{self._there}/24", "dev", self._ends[1])
        _ip("-n", self.name, "link", "set", self._ends[1], "up")

    def __exit__(self, *_: object) -> None:
        _ip("netns", "del", self.name)


def _ip(*arguments: str) -> None:
    subprocess.run(as_root("ip", *arguments), check=True, timeout=10)


@pytest.fixture
def cable() -> Iterator[Cable]:
    with Cable() as laid:
        yield laid


@pytest.fixture
async def daemon(tmp_path: Path) -> AsyncIterator[Companion]:
    settings = {"LAN_MODE": "https", "LAN_PORT": "0", "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}
    companion = Companion(tmp_path / "pc", None, settings)
    await companion.start()
    try:
        yield companion
    finally:
        await companion.stop()


class Phone:
    """The program `lan_phone` on the other host."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def ask(self, path: str = "", method: str = "GET", body: Any = None, **more: Any) -> Any:
        assert self._process.stdin is not None
        request = {"path": path, "method": method, "body": body, **more}
        self._process.stdin.write(json.dumps(request).encode() + b"\n")
        return await self.answer()

    async def answer(self) -> Any:
        assert self._process.stdout is not None
        async with asyncio.timeout(30):
            return json.loads(await self._process.stdout.readline())


@contextlib.asynccontextmanager
async def phone_at(cable: Cable, port: int, authority: Path) -> AsyncIterator[Phone]:
    process = await asyncio.create_subprocess_exec(
        *as_root("ip", "netns", "exec", cable.name, sys.executable, str(PHONE), cable.here, str(port), str(authority)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=2**22,
    )
    try:
        yield Phone(process)
    finally:
        process.terminate()
        await process.wait()


class Terminal:
    """`companion ARGUMENTS` at a terminal: what it prints, and a person's keys."""

    def __init__(self, daemon: Companion, *arguments: str) -> None:
        self._master, slave = pty.openpty()
        argv = [sys.executable, "-m", "companion", *arguments]
        self.process = subprocess.Popen(
            argv, env=daemon.environment, stdin=slave, stdout=slave, stderr=slave, cwd=daemon.home
        )
        os.close(slave)
        os.set_blocking(self._master, False)
        self.shown = ""

    async def until(self, pattern: str) -> "re.Match[str]":
        async with asyncio.timeout(60):
            while (found := re.search(pattern, self.shown)) is None:
                with contextlib.suppress(BlockingIOError, OSError):
                    self.shown += os.read(self._master, 65536).decode(errors="replace")
                await asyncio.sleep(0.05)
        return found

    def type(self, text: str) -> None:
        os.write(self._master, text.encode())

    async def ended(self) -> int:
        return await asyncio.to_thread(self.process.wait, 30)


async def test_a_second_host_pairs_over_tls_and_is_refused_everything_before(daemon: Companion, cable: Cable) -> None:
    lan = await daemon.until(lambda found: found["state"] == "listening", "/api/lan")
    assert not any(cable.here in url for url in lan["urls"])
    cable.plug_in()  # the PC joins another network while the companion runs
    url = f"https://{cable.here}:{lan['port']}"
    lan = await daemon.until(lambda found: url in found["urls"], "/api/lan")
    authority = daemon.paths.data / "lan" / "authority.crt"
    assert (authority.with_suffix(".key").stat().st_mode & 0o777) == 0o600
    async with phone_at(cable, lan["port"], authority) as phone:
        assert (await phone.ask("/", stranger=True))["error"] == "SSLCertVerificationError"
        for version in ("TLSv1", "TLSv1_1"):
            refused = await phone.ask("/", only=version)
            assert refused["error"] in ("SSLEOFError", "ConnectionResetError"), (version, refused)  # by the server
        assert (await phone.ask("/", only="TLSv1_2"))["tls"] == "TLSv1.2"
        loopback = json.loads(daemon.paths.daemon_file.read_text())["port"]
        assert (await phone.ask(connect=loopback))["error"] == "ConnectionRefusedError"
        for path in ("/api/clips", "/api/settings", "/api/status", "/health", "/ws", "/api/events", "/auth/me", "/x"):
            answer = await phone.ask(path)
            assert answer["status"] in (401, 403), (path, answer)
        for path in (
            "/api/clips",
            "/api/pairing",
            "/api/system/quit",
            "/auth/step_up",
            "/auth/leave",
            "/api/events/alive",
        ):
            assert (await phone.ask(path, "POST", {}))["status"] == 401, path
        assert (await phone.ask("/auth/pair", "POST", {"code": "12345678", "name": "P"}))["status"] == 403
        trust = await phone.ask("/trust")
        assert (trust["status"], lan["fingerprint"].replace(":", ":<wbr>") in trust["body"]) == (200, True)
        assert trust["tls"] in ("TLSv1.2", "TLSv1.3")

        terminal = Terminal(daemon, "pair")
        code = (await terminal.until(r"the code (\d{4} \d{4})"))[1]
        asked = await phone.ask("/auth/pair", "POST", {"code": code, "name": "Kitchen phone"})
        assert asked["status"] == 201, asked
        number = (await terminal.until(r"Kitchen phone at \S+ asks to be paired\.\s+Does it show the number (\d\d)\?"))[
            1
        ]
        assert number == asked["body"]["number"]
        assert (await phone.ask("/auth/pair"))["body"]["state"] == "waiting"
        assert (await phone.ask("/api/clips"))["status"] == 401
        terminal.type("y\n")
        await terminal.until("What may it do")
        terminal.type("control\n")
        assert await terminal.ended() == 0, terminal.shown

        assert (await phone.ask("/auth/pair"))["body"]["state"] == "allowed"
        me = (await phone.ask("/auth/me"))["body"]
        assert (me["name"], me["scope"], me["door"]) == ("Kitchen phone", "control", "phone")
        assert (await phone.ask("/api/clips"))["status"] == 200
        assert (await phone.ask("/api/settings"))["status"] == 403
        assert (await phone.ask("/auth/refresh", "POST"))["status"] == 204
        stream = await phone.ask("/api/events")
        assert stream["status"] == 200
        assert '"type": "Snapshot"' in stream["first"]
        (device,) = await daemon.get("/api/devices")
        assert (device["online"], device["last_address"]) == (True, cable.here[:-1] + "2")

        revoked = await daemon.cli("devices", "revoke", "--all", "--yes")
        assert revoked.returncode == 0, revoked.stderr
        assert await phone.answer() == {"closed": True}
        assert (await phone.ask("/api/clips"))["body"]["error"]["code"] == "device_revoked"
        assert (await phone.ask("/auth/refresh", "POST"))["status"] == 401
    await daemon.until(lambda page: any(entry["what"] == "device.revoke_all" for entry in page["items"]), "/api/audit")
    assert "Traceback" not in daemon.log


async def test_the_terminal_tells_that_a_code_is_locked_and_the_qr_code_still_pairs(daemon: Companion) -> None:
    await daemon.until(lambda found: found["state"] == "listening", "/api/lan")
    terminal = Terminal(daemon, "pair")
    code = (await terminal.until(r"the code (\d{4} \d{4})"))[1].replace(" ", "")
    secret = (await daemon.get("/api/pairing/code"))["url"].partition("#pair=")[2]
    url = f"https://127.0.0.1:{(await daemon.get('/api/lan'))['port']}"

    async def ask(address: str, **proof: str) -> tuple[int, str]:
        own = aiohttp.TCPConnector(ssl=False, local_addr=(address, 0))
        headers = {"Origin": url, "X-Companion": "1"}
        async with (
            aiohttp.ClientSession(connector=own) as http,
            http.post(f"{url}/auth/pair", json={"name": "Kitchen phone", **proof}, headers=headers) as answer,
        ):
            return answer.status, (await answer.json()).get("error", {}).get("code", "")

    for n in range(WRONG_CODES):
        # More than one stranger: of one address fewer codes are looked at.
        found = await ask(f"127.0.3.{1 + n // FREE_TRIES}", code=f"{(int(code) + n + 1) % 10**8:08}")
        assert found == (403, "pairing_wrong")
    await terminal.until("Scan the QR code, or run `companion pair` again")
    assert await ask("127.0.0.1", code=code) == (403, "pairing_code_locked")
    assert await ask("127.0.0.1", secret=secret) == (201, "")
    await terminal.until("Kitchen phone at .* asks to be paired")
    terminal.type("n\n")
    assert await terminal.ended() != 0


async def test_it_survives_a_restart_and_says_when_its_certificate_cannot_be_read(
    daemon: Companion, cable: Cable
) -> None:
    cable.plug_in()
    url = cable.here
    lan = await daemon.until(lambda found: any(url in one for one in found["urls"]), "/api/lan")
    authority = daemon.paths.data / "lan" / "authority.crt"
    offer = await daemon.post("/api/pairing")
    daemon.environment["LAN_PORT"] = str(lan["port"])
    async with phone_at(cable, lan["port"], authority) as phone:
        secret = offer["url"].partition("#pair=")[2]
        asked = await phone.ask("/auth/pair", "POST", {"secret": secret, "name": "P"})
        await daemon.post(f"/api/pairing/requests/{asked['body']['id']}/allow", scope="view")
        assert (await phone.ask("/auth/pair"))["body"]["state"] == "allowed"
        assert (await phone.ask("/api/clips"))["status"] == 200
        daemon.kill()
        await daemon.start()
        await daemon.until(lambda found: found["state"] == "listening", "/api/lan")
        assert (await phone.ask("/api/clips"))["status"] == 200, "a crash pairs nobody anew"
        assert (await phone.ask("/auth/refresh", "POST"))["status"] == 204
        await daemon.stop()
        (daemon.paths.data / "lan" / "authority.key").write_bytes(b"damaged")
        kept = authority.read_bytes()
        await daemon.start()
        found = await daemon.until(lambda lan: lan["state"] == "certificate_unreadable", "/api/lan")
        assert "authority.key" in found["detail"]
        assert "phones then have to trust a new authority" in found["remedy"]
        assert authority.read_bytes() == kept, "what phones trust is never replaced unasked"
        assert "error" in await phone.ask("/")
        assert (await daemon.get("/health"))["status"] == "ok"
