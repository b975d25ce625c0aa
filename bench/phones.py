"""How fast 100 paired phones hear of an event, how fast 50 of them are answered, and what that costs in memory.

The real daemon without OBS, its LAN door over TLS, a library of 10,000 clips, the phones in this process. Half of them
listen over the event stream, as iPhones do, half over the WebSocket. Each reads the newest clips once in a while, as
phones do: not all of them at the same moment.
"""

import asyncio
import dataclasses
import json
import random
import ssl
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import psutil

from bench.aims import judged
from bench.http import fill
from tests.real.companion import Companion

PHONES = 100
EVENTS = 100
READERS = 50
REQUESTS_A_SECOND = 200
SECONDS = 15
NO_KEYRING = "keyring.backends.fail.Keyring"


class Phone:
    """A paired phone at an address of its own."""

    def __init__(self, number: int, url: str, trust: ssl.SSLContext) -> None:
        self.session = aiohttp.ClientSession(
            url,
            connector=aiohttp.TCPConnector(local_addr=(f"127.0.1.{number + 1}", 0), ssl=trust),
            cookie_jar=aiohttp.CookieJar(unsafe=True),
            headers={"Origin": url, "X-Companion": "1"},
        )
        self.heard: dict[int, float] = {}

    async def pair(self, daemon: Companion) -> None:
        offer = await daemon.post("/api/pairing")
        body = {"secret": offer["url"].partition("#pair=")[2], "name": "Phone"}
        async with self.session.post("/auth/pair", json=body) as response:
            asked = await response.json()
        await daemon.post(f"/api/pairing/requests/{asked['id']}/allow", scope="control")
        async with self.session.get("/auth/pair") as response:
            assert (await response.json())["state"] == "allowed"

    async def events(self, ready: asyncio.Event, query: str = "") -> AsyncIterator[tuple[float, dict[str, Any]]]:
        """Each message of the daemon's events, and when it arrived (Unix seconds); `ready` tells that all will."""
        timeout = aiohttp.ClientTimeout(total=None)
        async with self.session.get(f"/api/events{query}", timeout=timeout) as response:
            while True:
                block = await response.content.readuntil(b"\n\n")
                now = time.time()
                if block.startswith(b":"):  # a heartbeat that wants an answer
                    async with self.session.post("/api/events/alive", json={"stream": int(block[1:])}) as answer:
                        assert answer.status == 204
                if b"data: " in block:
                    message = json.loads(block.split(b"data: ", 1)[1])
                    if message["type"] == "Snapshot":
                        ready.set()
                    yield now, message

    async def socket(self, ready: asyncio.Event) -> AsyncIterator[tuple[float, dict[str, Any]]]:
        """The same over a WebSocket."""
        async with self.session.ws_connect("/ws") as socket:
            async for text in socket:
                now, message = time.time(), text.json()
                if message["type"] == "Snapshot":
                    ready.set()
                yield now, message

    async def listen(self, ready: asyncio.Event, *, by_socket: bool) -> None:
        """Note when each mark arrived, beside the time that the daemon put on it."""
        async for now, message in self.socket(ready) if by_socket else self.events(ready):
            if message["type"] == "MarkSet":
                self.heard[message["id"]] = now - message["ts"]

    async def read(self, path: str) -> float:
        began = time.perf_counter()
        async with self.session.get(path) as response:
            await response.read()
            assert response.status == 200
        return time.perf_counter() - began


def p99(values: list[float]) -> float:
    return statistics.quantiles(values, n=100)[98] * 1000


@dataclasses.dataclass
class Measured:
    """Times in milliseconds."""

    events: int
    lost: int
    event_ms: float
    request_ms: float
    memory_mb: float


async def measure() -> Measured:
    with tempfile.TemporaryDirectory() as home:
        settings = {"LAN_MODE": "https", "LAN_PORT": "0", "LOG_LEVEL": "info", "PYTHON_KEYRING_BACKEND": NO_KEYRING}
        daemon = Companion(Path(home), None, settings)
        daemon.paths.data.mkdir(parents=True)
        await fill(daemon.paths.database_file)
        await daemon.start()
        try:
            lan = await daemon.until(lambda found: found["state"] == "listening", "/api/lan")
            trust = ssl.create_default_context(cafile=str(daemon.paths.data / "lan" / "authority.crt"))
            phones = [Phone(number, f"https://127.0.0.1:{lan['port']}", trust) for number in range(PHONES)]
            for phone in phones:
                await phone.pair(daemon)
            return await _with(daemon, phones)
        finally:
            await daemon.stop()


async def _with(daemon: Companion, phones: list[Phone]) -> Measured:
    listening = [asyncio.Event() for _ in phones]
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(phone.listen(ready, by_socket=number % 2 == 1))
            for number, (phone, ready) in enumerate(zip(phones, listening, strict=True))
        ]
        await asyncio.gather(*(ready.wait() for ready in listening))
        for _ in range(EVENTS):
            await daemon.post("/api/marks")
            await asyncio.sleep(0.05)
        await asyncio.sleep(1)
        ids = set().union(*(phone.heard for phone in phones))
        lost = sum(EVENTS - len(phone.heard) for phone in phones)
        last = [max(phone.heard.get(one, 9.0) for phone in phones) for one in ids]
        took: list[float] = []
        every = READERS / REQUESTS_A_SECOND
        chance = random.Random(1)

        async def reader(phone: Phone) -> None:
            await asyncio.sleep(chance.uniform(0, every))
            for _ in range(REQUESTS_A_SECOND * SECONDS // READERS):
                due = asyncio.get_running_loop().time() + every
                took.append(await phone.read("/api/clips"))
                await asyncio.sleep(max(due - asyncio.get_running_loop().time(), 0))

        for phone in phones[:READERS]:
            await phone.read("/api/clips")  # their connections stand, as those of an open page do
        await asyncio.gather(*(reader(phone) for phone in phones[:READERS]))
        memory = psutil.Process(daemon.pid).memory_info().rss / 1e6
        for task in tasks:
            task.cancel()
    for phone in phones:
        await phone.session.close()
    return Measured(EVENTS, lost, p99(last), p99(took), memory)


def main() -> None:
    """Print the table."""
    found = asyncio.run(measure())
    event = judged(f"{found.event_ms:.0f} ms", found.event_ms < 100)
    request = judged(f"{found.request_ms:.0f} ms", found.request_ms < 50)
    memory = judged(f"{found.memory_mb:.0f} MB", found.memory_mb < 150)
    print(f"| {PHONES} phones, over TLS | measured | wanted |")
    print("|---|---|---|")
    print(f"| event to the last phone, p99 of {found.events} | {event} | under 100 ms |")
    print(f"| events lost | {judged(str(found.lost), found.lost == 0)} | none |")
    print(f"| {READERS} phones list clips, {REQUESTS_A_SECOND} requests/s together, p99 | {request} | under 50 ms |")
    print(f"| resident memory of the daemon | {memory} | under 150 MB |")
