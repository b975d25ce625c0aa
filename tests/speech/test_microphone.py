"""The test microphone gives what was said into it, at the time it tells."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from tests.speech.microphone import SpokenMicrophone, located
from tests.speech.speaker import RATE, speak

pytestmark = pytest.mark.real


@pytest.fixture
async def microphone() -> AsyncIterator[SpokenMicrophone]:
    async with SpokenMicrophone() as microphone:
        yield microphone


async def test_what_is_said_is_heard_when_it_is_said(microphone: SpokenMicrophone) -> None:
    spoken = speak("clip that amazing play")
    began = time.time()
    hearing = asyncio.ensure_future(microphone.record(5.0))
    await asyncio.sleep(0.5)
    said = await microphone.play(spoken)
    heard = await hearing
    place = located(spoken.pcm, heard)
    part = heard[round(place * RATE) :][: len(spoken.pcm)].astype(float)
    alike = (part * spoken.pcm).sum() / ((part**2).sum() * (spoken.pcm.astype(float) ** 2).sum()) ** 0.5
    assert alike > 0.95
    assert abs(said.began - (began + place)) < 0.2  # the recorder's own start takes its time
    assert [word.text for word in said.words] == ["clip", "that", "amazing", "play"]


async def test_an_unplugged_microphone_is_gone_until_it_is_back(microphone: SpokenMicrophone) -> None:
    await microphone.unplug()
    with pytest.raises(asyncio.IncompleteReadError):
        await microphone.record(0.2)
    await microphone.plug()
    assert len(await microphone.record(0.2)) == round(0.2 * RATE)
