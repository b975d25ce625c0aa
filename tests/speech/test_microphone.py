"""The test microphone gives what was said into it, at the time it tells."""

import asyncio
import time
from pathlib import Path

import pytest

from tests.sound_server import sound_server
from tests.speech.microphone import SpokenMicrophone, located
from tests.speech.speaker import RATE, speak

pytestmark = pytest.mark.real

SECONDS = 12.0
"""Longer than a player takes to start and to play."""


async def test_what_is_said_is_heard_when_it_is_said(tmp_path: Path) -> None:
    spoken = speak("clip that amazing play")
    with sound_server(tmp_path) as server:
        server.plug_in("spoken", microphone=False)
        async with SpokenMicrophone(server.environment, "spoken") as microphone:
            began = time.time()
            hearing = asyncio.ensure_future(microphone.record(SECONDS))
            await asyncio.sleep(0.5)
            said = await microphone.play(spoken)
            heard = await hearing
            ended = time.time()
    place = located(spoken.pcm, heard)
    part = heard[round(place * RATE) :][: len(spoken.pcm)].astype(float)
    alike = (part * spoken.pcm).sum() / ((part**2).sum() * (spoken.pcm.astype(float) ** 2).sum()) ** 0.5
    assert alike > 0.95
    assert began - 0.1 < said.began - place < ended - SECONDS + 0.1, "when the recorder began"
    assert [word.text for word in said.words] == ["clip", "that", "amazing", "play"]
