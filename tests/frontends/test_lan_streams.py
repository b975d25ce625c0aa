"""A phone that reads the stream of events has to show that it is awake."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from companion.domain.events import SceneChanged
from companion.frontends.http import live
from tests.frontends.phones import LanDoor, Phone, lan_door

pytestmark = pytest.mark.slow


@pytest.fixture
async def door(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[LanDoor]:
    monkeypatch.setattr(live, "HEARTBEAT_SECONDS", 0.2)
    monkeypatch.setattr(live, "ANSWER_SECONDS", 3.0)
    async with lan_door(tmp_path) as found:
        yield found


async def heartbeat(stream: aiohttp.ClientResponse) -> int:
    """The number that the next heartbeat of `stream` names."""
    while True:
        block = (await stream.content.readuntil(b"\n\n")).decode()
        if block.startswith(":"):
            return int(block.removeprefix(":"))


async def answer(phone: Phone, stream: int) -> None:
    assert (await phone.post("/api/events/alive", {"stream": stream})).status == 204


async def test_one_that_sleeps_is_offline_though_its_system_takes_what_comes(door: LanDoor) -> None:
    asleep, awake = await door.paired(), await door.paired(name="Awake")
    async with asleep.stream() as silent, awake.stream() as stream, asyncio.timeout(30):
        assert door.server.online() == {asleep.device, awake.device}
        while door.server.online() != {awake.device}:
            await answer(awake, await heartbeat(stream))
        with contextlib.suppress(aiohttp.ClientError):
            await silent.content.read()  # to its end
        door.bus.publish(SceneChanged("still told"))
        await stream.content.readuntil(b"still told")
        await answer(awake, await heartbeat(stream))


async def test_heartbeats_come_among_many_events_too(door: LanDoor) -> None:
    phone, going = await door.paired(), True

    async def chatter() -> None:
        while going:
            door.bus.publish(SceneChanged("x"))
            await asyncio.sleep(0.01)

    async with phone.stream() as stream, asyncio.timeout(30), asyncio.TaskGroup() as group:
        group.create_task(chatter())
        for _ in range(3):
            await answer(phone, await heartbeat(stream))
        going = False


async def test_nobody_answers_for_another(door: LanDoor) -> None:
    phone, other = await door.paired(), await door.paired(name="Other")
    async with phone.stream() as stream, asyncio.timeout(30):
        number = await heartbeat(stream)
        for who, named in ((other, number), (phone, number + 1), (phone, 0)):
            answered = await who.post("/api/events/alive", {"stream": named})
            assert (answered.status, answered.code) == (404, "no_such_stream")
        assert (await phone.post("/api/events/alive", {"stream": "1"})).code == "invalid_arguments"
