"""The whole daemon hears a spoken microphone: words at their moments and on the page, and none lost to a killed part.

With SCREENSHOTS set to a folder (docs/screens), a picture of the page is put there.
"""

import asyncio
import os
import re
import signal
import time
from collections.abc import AsyncIterator, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.real.companion import Companion
from tests.real.dashboard import come_in
from tests.sound_server import SoundServer, sound_server
from tests.speech.microphone import SaidAloud, SpokenMicrophone
from tests.speech.scoring import HeardWord, Score, percentile, plain
from tests.web.browser import window
from tests.web.conftest import built as built

pytestmark = [pytest.mark.real, pytest.mark.timeout(420)]

MODEL = Path(__file__).parents[1] / "speech_model"
SENTENCE = "save the last thirty seconds"
LONG = "you can see the boss fight was amazing and we are live now"
TALK = (
    "hello chat and welcome to the game",
    "we are back and the team is good",
    "you can see the next round now",
    "thanks for the raid it was amazing",
    "what is the next question",
)
"""Sentences that the small model hears to the word."""
WORD_SECONDS = 0.2
ASLEEP_SECONDS = 10
"""Longer than the daemon and its ears wait for sound, and than a pause that is not told."""
SHOTS = os.environ.get("SCREENSHOTS")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SoundServer]:
    with sound_server(tmp_path / "sound") as running:
        running.plug_in("spoken", microphone=False)
        yield running


@pytest.fixture
async def microphone(server: SoundServer) -> AsyncIterator[SpokenMicrophone]:
    async with SpokenMicrophone(server.environment, "spoken") as made:
        yield made


@pytest.fixture
async def companion(tmp_path: Path, server: SoundServer, microphone: SpokenMicrophone) -> AsyncIterator[Companion]:
    environment = {
        **{name: server.environment[name] for name in ("PULSE_SERVER", "XDG_RUNTIME_DIR")},
        "OBS_WS_URL": "ws://127.0.0.1:9",
        "OBS_WS_PASSWORD": "unused",
        "MICROPHONE": microphone.source,
        "LISTEN_WHEN": "always",
        "STT_MODEL": str(MODEL),
        "STT_LANGUAGE": "en",
    }
    daemon = Companion(tmp_path / "home", environment=environment)
    await daemon.start()
    try:
        await until_state(daemon, "listening")
        yield daemon
    finally:
        await daemon.stop()


async def until_state(daemon: Companion, state: str, seconds: float = 120.0, of: str = "/api/speech") -> None:
    deadline = time.monotonic() + seconds
    while (shown := await daemon.get(of))["state"] != state:
        assert time.monotonic() < deadline, f"not {state}: {shown}\n{daemon.log[-3000:]}"
        await asyncio.sleep(0.1)


async def segments_of(daemon: Companion, said: SaidAloud, seconds: float = 120.0) -> list[dict[str, Any]]:
    """What was written down of what was said, as soon as it is that, word by word; nothing of it twice."""
    start, end = said.words[0].start, said.words[-1].end
    deadline = time.monotonic() + seconds
    while True:
        shown = await daemon.get("/api/transcript")
        found = [item for item in shown["items"] if item["ended_at"] > start and item["started_at"] < end]
        found.sort(key=lambda item: float(item["started_at"]))
        if plain(" ".join(item["text"] for item in found)) == plain(said.spoken.text):
            assert all(one["ended_at"] <= following["started_at"] + 0.2 for one, following in pairwise(found)), found
            return found
        assert time.monotonic() < deadline, f"not just {said.spoken.text}: {shown}\n{daemon.log[-3000:]}"
        await asyncio.sleep(0.2)


def child_of(daemon: Companion, module: str) -> psutil.Process | None:
    children = psutil.Process(daemon.pid).children(recursive=True)
    return next((child for child in children if module in " ".join(child.cmdline())), None)


async def test_words_lie_at_their_moments_also_after_the_pc_slept(
    companion: Companion, server: SoundServer, microphone: SpokenMicrophone
) -> None:
    score = Score()

    async def say(sentence: str, microphone: SpokenMicrophone) -> None:
        said = await microphone.say(sentence)
        found = [word for item in await segments_of(companion, said) for word in item["words"]]
        score.add(said.words, [HeardWord(word["start_at"], word["end_at"], word["text"]) for word in found])

    for sentence in TALK:
        await say(sentence, microphone)
    await sleep(companion, server)
    shown = await companion.until(lambda shown: "the PC slept" in shown["detail"], "/api/microphone")
    told = re.match(r"For (\d+) s", shown["detail"])
    assert told
    assert ASLEEP_SECONDS <= int(told[1]) < ASLEEP_SECONDS + 10
    async with SpokenMicrophone(server.environment, "spoken") as awake:
        for sentence in TALK[:2]:
            await say(sentence, awake)
    starts = [*score.starts_off, *score.first_starts_off]
    assert len(starts) > score.spoken / 2
    assert percentile(starts, 0.95) <= WORD_SECONDS, sorted(starts)
    assert percentile(score.ends_off, 0.95) <= WORD_SECONDS, sorted(score.ends_off)
    shown = await companion.get("/api/microphone")
    assert (shown["state"], shown["gate"]) == ("listening", "open")


async def sleep(companion: Companion, server: SoundServer) -> None:
    """Have everything stand still, as the PC does while it sleeps; what is patient for so long finds its time over."""
    daemon = psutil.Process(companion.pid)
    processes = [daemon, *daemon.children(recursive=True)]
    server.suspend("spoken", suspended=True)
    server.freeze(frozen=True)
    for process in processes:
        process.suspend()
    await asyncio.sleep(ASLEEP_SECONDS)
    for process in processes:
        process.resume()
    server.freeze(frozen=False)
    server.suspend("spoken", suspended=False)


async def test_the_page_shows_the_words_as_they_come(
    companion: Companion, microphone: SpokenMicrophone, built: Path
) -> None:
    with window("") as page:
        await come_in(page, companion)
        page.prefer(theme="dark")
        await asyncio.to_thread(page.go, "transcript")
        await asyncio.to_thread(page.find, "main.page-transcript h1")
        seen: list[str] = []

        async def watch() -> None:
            while True:
                script = "return document.querySelector('.partial')?.textContent ?? ''"
                seen.append(str(await asyncio.to_thread(page.driver.execute_script, script)).strip())
                await asyncio.sleep(0.1)

        watching = asyncio.create_task(watch())
        for text in ("hello chat and welcome to the stream", "you can see the boss fight now", LONG):
            assert await segments_of(companion, await microphone.say(text))
        watching.cancel()
        await asyncio.wait([watching])
        assert grows(seen), f"the words come one after the other: {list(dict.fromkeys(seen))}"
        shown = [item["text"] for item in (await companion.get("/api/transcript"))["items"]]
        await asyncio.to_thread(page.find, ".said p", shown[-1])
        assert page.driver.execute_script("return document.querySelectorAll('.said p').length") == len(shown)
        if SHOTS:
            page.screenshot(Path(SHOTS) / "words-desktop-dark.webp")


def grows(seen: list[str]) -> bool:
    """Whether some partial text was followed by one that begins as it did and has more words."""
    texts = [text.split() for text in dict.fromkeys(seen) if text]
    return any(later[0] == earlier[0] and len(later) > len(earlier) for earlier, later in pairwise(texts))


async def test_what_is_said_while_the_recognizer_is_dead_is_heard(
    companion: Companion, microphone: SpokenMicrophone
) -> None:
    child = child_of(companion, "speech.worker")
    assert child is not None
    said = asyncio.ensure_future(microphone.say(SENTENCE))
    await asyncio.sleep(0.8)
    child.kill()
    assert await segments_of(companion, await said)
    await until_state(companion, "listening")


async def test_a_killed_daemon_loses_none_of_what_waited(companion: Companion, microphone: SpokenMicrophone) -> None:
    child = child_of(companion, "speech.worker")
    assert child is not None
    os.kill(child.pid, signal.SIGSTOP)  # recognition stands still, and the sound piles up
    said = await microphone.say(SENTENCE)
    deadline = time.monotonic() + 90
    while (await companion.get("/api/speech"))["on_disk_seconds"] < 25:
        assert time.monotonic() < deadline, await companion.get("/api/speech")
        await asyncio.sleep(0.5)
    assert (await companion.get("/api/transcript"))["items"] == []
    ear = child_of(companion, "microphone.worker")
    companion.kill()
    for orphan in (child, ear):
        assert orphan is not None
        await asyncio.to_thread(psutil.wait_procs, [orphan], 10)
        assert not orphan.is_running(), "both children end with the daemon"
    await companion.start()
    assert await segments_of(companion, said)


async def test_an_unplugged_microphone_and_a_killed_server_are_told_and_recovered_from(
    companion: Companion, server: SoundServer
) -> None:
    server.unplug("spoken")
    await until_state(companion, "missing", of="/api/microphone")
    await heard_again(companion, server)
    server.kill()
    deadline = time.monotonic() + 30
    while (await companion.get("/api/microphone"))["state"] == "listening":
        assert time.monotonic() < deadline
        await asyncio.sleep(0.1)
    server.start()
    await heard_again(companion, server)


async def heard_again(companion: Companion, server: SoundServer) -> None:
    """The microphone is plugged in, taken up by itself, and what is said into it written down."""
    server.plug_in("spoken", microphone=False)
    await until_state(companion, "listening", of="/api/microphone")
    async with SpokenMicrophone(server.environment, "spoken") as microphone:
        assert await segments_of(companion, await microphone.say(SENTENCE))
