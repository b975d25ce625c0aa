"""The page Transcript in a real browser, on a real server: it follows, finds, and makes clips of chosen words."""

import asyncio
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from companion import __version__
from companion.adapters.clip_store import ClipStore, subtitled_copy
from companion.adapters.database import Database
from companion.adapters.media.client import MediaWorker
from companion.adapters.obs.config import ObsCredentials
from companion.adapters.obs.footage import Footage
from companion.adapters.obs.link import ObsLink
from companion.adapters.transcript_store import TranscriptStore
from companion.domain.events import SpeechHeard
from companion.domain.models import Clip
from companion.domain.paths import Paths
from companion.domain.settings import Settings
from companion.domain.speech import Final, Word
from companion.domain.windows import Stretch
from companion.features.clips.past import PastClips
from companion.features.clips.pipeline import ClipPipeline
from companion.features.library import Library
from companion.features.sessions import Sessions
from companion.features.subtitles import Subtitles
from companion.features.transcripts import Transcripts
from companion.frontends.http.server import HttpServer
from companion.kernel.actions import Caller, Registry, Scope
from companion.kernel.bus import Bus
from companion.kernel.service import Service
from companion.kernel.status import StatusBoard
from tests.media import cached_video, frame_numbers
from tests.web.person import at_the_page

pytestmark = pytest.mark.real

FPS = 30
SECONDS = 12
WORDS = "[data-start]"

# Selects from the first to the last of two words, as a mouse does.
SELECT = """
const words = [...document.querySelectorAll('[data-start]')];
const [first, last] = [...arguments].map(text => words.find(word => word.textContent.trim() === text).firstChild);
getSelection().setBaseAndExtent(first, 0, last, last.textContent.trimEnd().length);
"""
CUES = """
const track = document.querySelector('dialog video')?.textTracks[0];
return track && track.cues ? [track.mode, ...[...track.cues].map(cue => cue.text)] : null;
"""

SOUNDS = """
const loaded = performance.getEntriesByType('resource').filter(entry => entry.name.endsWith('/sound'));
return loaded.map(entry => entry.responseStatus);
"""


async def nowhere() -> ObsCredentials:
    return ObsCredentials("ws://127.0.0.1:1", None, "nowhere")


class Evening:
    """A serving companion without OBS, which remembers a recording of 12 s that began an hour ago."""

    def __init__(
        self, http: HttpServer, transcript: TranscriptStore, registry: Registry, bus: Bus, sounds: Path
    ) -> None:
        self.began = round(time.time() - 3600)
        self.sounds = sounds
        self.bus = bus
        self._http = http
        self._transcript = transcript
        self._registry = registry

    @property
    def link(self) -> str:
        return self._http.dashboard_url("transcript")

    async def say(self, start: float, text: str) -> int:
        words = [Word(start + n * 0.4, start + n * 0.4 + 0.3, word, 0.9) for n, word in enumerate(text.split())]
        final = Final(1, start, words[-1].end, text, tuple(words), "en", 0.9)
        return (await self._transcript.add(session_id=None, began=self.began, final=final)).id

    def hear(self, start: float, text: str, until: float | None = None) -> None:
        self.bus.publish(SpeechHeard(1, self.began + start, until, text, []))

    async def clips(self) -> list[Clip]:
        page = await self._registry.invoke("clip.list", {}, Caller("test", Scope.ADMIN))
        return [
            await self._registry.invoke("clip.show", {"id": one.id}, Caller("test", Scope.ADMIN)) for one in page.items
        ]


@asynccontextmanager
async def serving(folder: Path) -> AsyncIterator[Evening]:
    bus = Bus()
    board = StatusBoard(bus)
    database = Database(folder / "companion.db", board)
    store = ClipStore(database, bus, lambda: folder / "clips")
    transcript = TranscriptStore(database, bus)
    media = MediaWorker(board, None)
    settings = Settings(disk_reserve_gb=0)
    footage = Footage(ObsLink(bus, board, nowhere), bus, folder / "recording.json")
    pipeline = ClipPipeline(store, footage, media, bus, board, lambda: settings)
    subtitles = Subtitles(store, transcript, bus, None)
    features = [
        PastClips(store, pipeline, transcript, lambda: settings, media, folder / "sounds"),
        Library(store, bus),
        Sessions(database, bus, board, lambda: settings),
        Transcripts(database, transcript, store, bus, folder / "exports"),
        subtitles,
    ]
    registry = Registry(bus, features)
    paths = Paths(*(folder / name for name in ("config", "data", "state", "logs", "videos")))
    http = HttpServer(registry, bus, board, port=0, paths=paths, version=__version__)
    services: list[Service] = [database, media, pipeline, subtitles, http]
    async with asyncio.TaskGroup() as group:
        tasks = []
        for service in services:
            ready = asyncio.Event()
            tasks.append(group.create_task(service.run(ready.set)))
            await ready.wait()
        evening = Evening(http, transcript, registry, bus, folder / "sounds")
        recording = folder / "Recording.mkv"
        shutil.copyfile(await asyncio.to_thread(cached_video, ".mkv", size=(320, 180), seconds=SECONDS), recording)
        await store.recordings.keep(recording, [Stretch(evening.began, 0.0, float(SECONDS))])
        try:
            yield evening
        finally:
            for task in reversed(tasks):
                task.cancel()
                await asyncio.wait([task])
            store.close()


@pytest.fixture
async def evening(tmp_path: Path, built: Path) -> AsyncIterator[Evening]:
    async with serving(tmp_path) as found:
        yield found


async def test_words_come_as_they_are_said_and_in_their_order(evening: Evening) -> None:
    await evening.say(1.0, "Hello chat.")
    async with at_the_page(evening.link) as person:
        await person.find(".said p", "Hello chat.")
        await evening.say(5.0, "The boss is next.")
        await person.find(".said p", "The boss is next.")
        await evening.say(3.0, "We are live <b>now</b>.")  # recognized late
        await person.find(".said p", "We are live <b>now</b>.")
        assert await person.reads(".said p") == ["Hello chat.", "We are live <b>now</b>.", "The boss is next."]

        async def partial() -> bool:
            evening.hear(8.0, "What a")  # told again, as the page may not watch yet
            return await person.reads(".partial") == ["What a"]

        await person.until(partial, "the words that are being said")
        await evening.say(8.0, "What a play!")
        await person.find(".said p", "What a play!")
        await person.until(lambda: _is(person.reads(".partial"), [""]), "the utterance is over")
        assert await person.errors() == []


async def test_words_of_which_nothing_comes_are_not_said_for_ever(evening: Evening) -> None:
    """As where the guards find that it was a hum: no segment takes their place."""
    async with at_the_page(evening.link) as person:

        async def partial() -> bool:
            evening.hear(8.0, "Thank you", until=time.time() - 60)
            return await person.reads(".partial") == ["Thank you"]

        await person.until(partial, "the words that are being said")
        await person.gone(".partial", "Thank you")


async def _is(reading: Any, wanted: Any) -> bool:
    return bool(await reading == wanted)


async def test_chosen_words_become_a_clip_of_exactly_them(evening: Evening) -> None:
    await evening.say(2.0, "Now the boss is here at last my friends")  # a word every 0.4 s, 0.3 s long
    async with at_the_page(evening.link) as person:
        await person.find(WORDS, "boss")
        await person.run(SELECT, "boss", "here")
        await person.find(".chosen", "boss is here")
        await person.click(".chosen button", "Make clip")
        await person.find(".toast", "on its way")

        async def made() -> bool:
            return [clip.state.value for clip in await evening.clips()] == ["ready"]

        await person.until(made, "the clip")
        [clip] = await evening.clips()
        assert clip.title == "boss is here"
        # From the middle of the silence before "boss" (2.75 s) to that after "here" (3.95 s).
        expected = [number for number in range(SECONDS * FPS) if 2.75 - 1e-6 <= number / FPS < 3.95 - 1e-6]
        assert await asyncio.to_thread(frame_numbers, Path(clip.path or "")) == expected


async def test_a_mistyped_search_leads_to_the_words_and_to_the_clip_that_has_them(
    evening: Evening, tmp_path: Path
) -> None:
    await evening.say(1.0, "Hello chat.")
    await evening.say(4.0, "The boss fight is next.")
    await evening.say(8.0, "Nice shot.")
    async with at_the_page(evening.link) as person:
        await person.find(WORDS, "Hello")
        await person.type("input[type=search]", "figth ")
        await person.find(".hits mark", "fight")
        assert await person.reads(".hits mark") == ["fight"]
        [shown] = await person.reads(".hits p")
        assert shown == "… Hello chat. The boss fight is next. Nice shot. …"
        await person.click(".hits button", "Hear it")
        await person.until(lambda: _is(person.run(SOUNDS), [206]), "its sound")
        await person.until(lambda: _is(asyncio.to_thread(lambda: list(evening.sounds.iterdir())), []), "none is kept")
        await person.click(".hits button", "Make clip")

        async def made() -> bool:
            return [clip.state.value for clip in await evening.clips()] == ["ready"]

        await person.until(made, "the clip")
        await person.type("input[type=search]", "figth  ")
        await person.click(".hits a", "Hear it")
        await person.find("dialog video")

        async def cues() -> bool:
            return bool(await person.run(CUES) == ["showing", "The boss fight is next."])

        await person.until(cues, "the words in the player")
        await person.click("dialog button[aria-label='Subtitles']")
        assert (await person.run(CUES))[0] == "hidden"
        fetched = await person.downloads_to(tmp_path / "fetched")
        await person.click("dialog button", "With words")
        await person.until(lambda: asyncio.to_thread(lambda: list(fetched.glob("*subtitled.mp4"))), "the copy")
        [copy] = fetched.glob("*")
        [clip] = await evening.clips()
        assert await asyncio.to_thread(frame_numbers, copy) == await asyncio.to_thread(
            frame_numbers, Path(clip.path or "")
        )
        assert copy.read_bytes() == subtitled_copy(Path(clip.path or "")).read_bytes()
        assert await person.errors() == []


async def test_where_it_cannot_be_heard_it_is_told_why_and_what_helps(evening: Evening) -> None:
    await evening.say(3.0, "Nice shot.")
    await evening.say(100.0, "The boss fight is next.")  # the recording was over
    async with at_the_page(evening.link) as person:
        await person.find(WORDS, "boss")
        await person.type("input[type=search]", "boss ")
        await person.click(".hits button", "Hear it")
        await person.find(".toast.bad", "No recording, replay or clip shows that moment any more.")
        await person.find(".toast.bad small", "keep the replay buffer running")
        await person.type("input[type=search]", "shot ")
        await person.find(".hits mark", "shot")
        refused = "Promise.reject(new DOMException('', 'NotAllowedError'))"
        await person.run(f"HTMLMediaElement.prototype.play = () => {refused}")
        await person.click(".hits button", "Hear it")
        await person.find(".toast.bad", "This browser did not play it.")


async def test_it_is_shown_where_it_was_said_and_marked(evening: Evening) -> None:
    number = await evening.say(4.0, "The boss fight is next.")
    async with at_the_page(evening.link) as person:
        await person.find(WORDS, "boss")
        await person.type("input[type=search]", "boss ")
        await person.click(".hits a", "Show there")
        await person.find(f"#said-{number}.here")
        await person.click(".said button")  # its time: chooses all of it
        await person.find(".chosen", "The boss fight is next.")
        await person.click(".chosen button[aria-label='Mark this moment']")
        await person.find(".toast", "marked")


@pytest.mark.parametrize("kind", ["desktop", "phone"])
async def test_it_is_accessible_in_both_themes_and_german_fits(evening: Evening, kind: str) -> None:
    for place in range(4):
        await evening.say(place * 3.0, f"Part {place} of a long talk about boss fights that goes on and on.")
    async with at_the_page(evening.link, phone=kind == "phone") as person:
        for theme in ("dark", "light"):
            await asyncio.to_thread(lambda theme=theme: person.page.prefer(theme=theme))
            await person.find(WORDS, "boss")
            await person.run(SELECT, "long", "boss")
            await person.find(".chosen")
            assert await person.faults() == {}
            await person.type("input[type=search]", "bosss fight")
            await person.find(".hits mark")
            assert await person.faults() == {}
            await person.go("transcript")
        await asyncio.to_thread(lambda: person.page.prefer(language="de"))
        await person.find("h1", "Mitschrift")
        await person.find(WORDS, "boss")
        await person.run(SELECT, "long", "boss")
        await person.find(".chosen")
        assert await person.cut_off() == []
        assert await person.errors() == []
