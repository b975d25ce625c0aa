"""Recognition in the daemon, with the real child and its model: no word is lost, whatever stops it meanwhile."""

import asyncio
import contextlib
import os
import shutil
import signal
import time
from pathlib import Path
from typing import cast

import pytest

from companion.adapters.database import Database
from companion.adapters.speech.models import ModelStore
from companion.adapters.spool import Spool
from companion.domain import governor
from companion.domain.events import MicrophoneChanged, SettingsChanged, SpeechHeard, SpeechStateChanged
from companion.domain.governor import Step
from companion.domain.settings import Settings, SttProvider
from companion.domain.speech import RATE
from companion.features.speech import recognition, service
from companion.kernel.bus import Bus
from companion.kernel.status import Health
from tests.fakes.whisper import WhisperBorder
from tests.obs_link import until
from tests.privileged import small_disk
from tests.speech.model import MODEL, copy_model
from tests.speech.speaker import speak
from tests.speech.studio import NEITHER, Said, studio
from tests.speech_model.tokens import PREVIOUS, TRANSLATE

pytestmark = pytest.mark.slow

SENTENCES = ("clip that", "save the last thirty seconds", "we win the boss fight", "mark this moment")


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """The governor looks more often than it need, and takes the PC for calm sooner."""
    monkeypatch.setattr(service, "GOVERN_SECONDS", 0.25)
    monkeypatch.setattr(governor, "CALM_SECONDS", 1.0)


async def test_what_is_said_is_stored_with_its_moment(database: Database, bus: Bus, tmp_path: Path) -> None:
    async with studio(database, bus, tmp_path) as made:
        spans = [made.say(SENTENCES[0])]
        began = time.time() - 3600
        spans += [made.say(text, at=began + 5 * number) for number, text in enumerate(SENTENCES)]
        await made.until_covered(spans)
        await made.until_done()
        await made.until_state("listening")
        assert (await made.speech.show()).model == "speech_model"
        assert not list((tmp_path / "spool").glob("*")), "nothing of it was written to the disk"


async def test_a_partial_text_comes_while_somebody_speaks(database: Database, bus: Bus, tmp_path: Path) -> None:
    async with studio(database, bus, tmp_path) as made:
        await made.until_state("listening")
        spoken = speak("save the last thirty seconds and mark this moment we win the boss fight").padded(0.3, 1.5)
        began = await made.say_slowly(spoken)
        await until(lambda: bool(made.segments), 30, lambda: "a segment")
        assert made.partials
        first = made.partials[0]
        assert first.started_at == pytest.approx(began + spoken.words[0].start, abs=0.5)
        assert first.started_at < (first.until or 0) <= time.time()
        assert all(partial.utterance == first.utterance for partial in made.partials)
        assert not first.muted


async def test_a_killed_child_loses_nothing(database: Database, bus: Bus, tmp_path: Path) -> None:
    async with studio(database, bus, tmp_path) as made:
        await made.until_state("listening")
        began = time.time() - 600
        spans = [made.say(SENTENCES[0], at=began)]
        await made.until_covered(spans)
        async with made.in_the_middle(SENTENCES[1], at=began + 10) as said:
            killed = made.worker.pid
            assert killed is not None
            os.kill(killed, signal.SIGKILL)
        spans += [said, made.say(SENTENCES[2], at=began + 20)]
        await made.until_covered(spans)
        await made.until_done()
        assert made.worker.pid != killed
        made.check_nothing_twice()
        assert made.state() == "listening"
        assert made.board.get("speech").health is Health.OK  # type: ignore[union-attr]


async def test_after_the_clock_was_set_back_the_same_words_are_new_ones(
    database: Database, bus: Bus, tmp_path: Path
) -> None:
    async with studio(database, bus, tmp_path) as made:
        began = time.time() - 600
        for times in (1, 2):
            made.say(SENTENCES[1], at=began)
            await made.until_done()
            await until(lambda: len(made.segments) >= times, 20, lambda: f"{made.segments}")  # noqa: B023
        assert [segment["text"] for segment in made.segments] == [SENTENCES[1]] * 2


async def test_sound_that_ends_the_child_again_and_again_is_passed_over_up_to_the_next_pause(
    database: Database, bus: Bus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    WhisperBorder(monkeypatch, tmp_path, deadly="whisper")
    monkeypatch.setattr(recognition, "RETRY_SECONDS", (0.05,))
    async with studio(database, bus, tmp_path) as made:
        await made.until_state("listening")
        began = time.time() - 100
        before = made.say(SENTENCES[0], at=began)
        deadly = made.say(SENTENCES[1], at=began + 5, level=1.0)
        after = [made.say(text, at=began + 10 + 5 * turn) for turn, text in enumerate(SENTENCES[2:])]
        await made.until_done()
        await made.until_covered([before, *after])
        assert made.heard_of(deadly) == []
        lost = (await made.speech.show()).lost_seconds
        assert 0.8 * (deadly.end - deadly.start) < lost < deadly.end - deadly.start + 1.0
        component = made.board.get("speech")
        assert component is not None
        assert component.health is Health.ATTENTION
        assert f"{lost:.1f} s of sound are lost" in component.detail
        assert component.remedy


async def test_sound_in_which_not_even_speech_can_be_looked_for_waits_for_recognition(
    database: Database, bus: Bus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    WhisperBorder(monkeypatch, tmp_path, deadly="vad")
    monkeypatch.setattr(recognition, "RETRY_SECONDS", (0.05,))
    monkeypatch.setattr(recognition, "SKIPPED_SAMPLES", 5 * RATE)
    monkeypatch.setattr(service, "CATCHING_UP_SECONDS", -1.0)
    async with studio(database, bus, tmp_path) as made:
        made.others = 95.0
        await until(lambda: made.speech._governor.step is Step.DETECT, 30, lambda: "the step")
        began = time.time() - 100
        said = [made.say(SENTENCES[0], at=began), made.say(SENTENCES[1], at=began + 20, level=1.0, pause=15.0)]
        said.append(made.say(SENTENCES[2], at=began + 60))
        made.spool.cut()
        await until(lambda: made.spool.unsifted > made.spool.end - 2 * RATE, 60, lambda: f"{made.spool.unsifted}")
        assert (await made.speech.show()).lost_seconds == 0
        monkeypatch.setenv("WHISPER_BORDER", "{}")
        made.others = 20.0
        await made.until_covered(said, 90)


async def test_a_smaller_model_bridges_the_pressure_and_no_word_is_lost_between(
    database: Database, bus: Bus, tmp_path: Path
) -> None:
    store = ModelStore(tmp_path / "models")
    for name in ("large", "little"):
        copy_model(store.folder / name)
    store.note(store.folder / "little", 0.0001)
    async with studio(database, bus, tmp_path, Settings(stt_model="large", stt_language="en")) as made:
        await made.until_state("listening")
        pid, began, used = made.worker.pid, time.time() - 600, []
        spans: list[Said] = []

        async def say_some() -> None:
            spans.extend(made.say(text, at=began + 10 * (len(spans) + 1)) for text in SENTENCES)
            await made.until_covered(spans)
            used.append((await made.speech.show()).model)

        await say_some()
        made.others = NEITHER
        await made.obs_runs()
        async with made.in_the_middle(SENTENCES[1], at=began + 10 * (len(spans) + 1)) as said:
            made.obs_loses(2, 720)
            await until(lambda: made.speech._governor.step is Step.SMALL, 10, lambda: "the step")
        spans.append(said)  # before the other one is loaded
        await until(lambda: (o := made.worker.opened) is not None and o.folder.name == "little", 30, lambda: "little")
        await say_some()
        async with made.in_the_middle(SENTENCES[2], at=began + 10 * (len(spans) + 1)) as said:
            made.others = 20.0
            await until(lambda: made.speech._governor.step is Step.FULL, 30, lambda: "the step")
        spans.append(said)
        await until(lambda: (o := made.worker.opened) is not None and o.folder.name == "large", 60, lambda: "large")
        await say_some()
        await made.until_done()
        assert used == ["large", "little", "large"]
        assert made.worker.pid == pid
        assert made.speech._governor.step is Step.FULL


async def test_partial_texts_are_made_only_while_somebody_has_use_for_them(
    database: Database, bus: Bus, tmp_path: Path
) -> None:
    quiet = Settings(stt_model=str(MODEL), stt_language="en", voice_on=False)
    said = speak("save the last thirty seconds and mark this moment").padded(0.3, 0.0)
    async with studio(database, bus, tmp_path, quiet) as made:
        await made.until_state("listening")
        pid = made.worker.pid

        async def partials(*, expected: bool) -> int:
            await until(lambda: made.worker._partials is expected, 10, lambda: f"the child told: {expected}")
            before, finals = len(made.partials), len(made.segments)
            made.append(said.pcm, time.time() - len(said.pcm) / RATE)
            with contextlib.suppress(AssertionError):
                await until(lambda: len(made.partials) > before, 20 if expected else 1, lambda: "a partial text")
            made.spool.cut()
            await until(lambda: len(made.segments) > finals, 30, lambda: "a segment")
            await made.until_done()
            return len(made.partials) - before

        assert await partials(expected=False) == 0
        watching = bus.subscribe(SpeechHeard, watch=["captions"])
        assert await partials(expected=True) > 0
        bus.unsubscribe(watching)
        assert await partials(expected=False) == 0
        made.settings = quiet.model_copy(update={"voice_on": True})
        bus.publish(SettingsChanged({"voice_on": True}))
        assert await partials(expected=True) > 0
        assert made.worker.pid == pid


async def test_a_child_that_ends_as_it_loads_another_model_loses_nothing_of_what_it_was_sent(
    database: Database, bus: Bus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("large", "little"):
        copy_model(tmp_path / "models" / name)
    border = WhisperBorder(monkeypatch, tmp_path, card="fatal", model="little")
    async with studio(database, bus, tmp_path, Settings(stt_model="large", stt_language="en")) as made:
        await made.until_state("listening")
        async with made.in_the_middle(SENTENCES[1], at=time.time() - 10) as said:
            made.settings = made.settings.model_copy(update={"stt_model": "little"})
            bus.publish(SettingsChanged({"stt_model": "little"}))
            await until(lambda: (o := made.worker.opened) is not None and o.folder.name == "little", 30, lambda: "it")
            assert border.lines("loaded") == ["cuda", "cuda", "cpu"]
        await made.until_covered([said])


async def test_what_a_graphics_card_ends_the_child_with_is_heard_by_the_processor(
    database: Database, bus: Bus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    border = WhisperBorder(monkeypatch, tmp_path, card=2, ends=True)  # as many as the measurement takes
    monkeypatch.setattr(recognition, "RETRY_SECONDS", (0.05,))
    async with studio(database, bus, tmp_path) as made:
        await made.until_state("listening")
        await made.until_covered(
            [made.say(text, at=time.time() - 20 + 5 * turn) for turn, text in enumerate(SENTENCES)]
        )
        loaded = border.lines("loaded")
        assert set(loaded[:-1]) == {"cuda"}
        assert loaded[-1] == "cpu"
        assert (await made.speech.show()).lost_seconds == 0
        shown = made.board.get("recognition")
        assert shown is not None
        assert "twice" in shown.detail


async def test_with_nothing_to_hear_for_long_the_child_ends_and_comes_back_for_the_next_word(
    database: Database, bus: Bus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "REST_SECONDS", 1.0)
    async with studio(database, bus, tmp_path) as made:
        await made.until_state("listening")
        made.bus.publish(MicrophoneChanged("waiting", "idle", "Mic"))
        await until(lambda: made.worker.pid is None, 20, lambda: "no child")
        await made.until_state("waiting")
        made.bus.publish(MicrophoneChanged("listening", "open", "Mic"))
        await made.until_covered([made.say(SENTENCES[0])])
        assert made.worker.pid is not None


async def test_no_model_is_loaded_before_there_is_something_to_hear(
    database: Database, bus: Bus, tmp_path: Path
) -> None:
    told = bus.subscribe(SpeechStateChanged)
    async with studio(database, bus, tmp_path, microphone="waiting") as made:
        assert cast("SpeechStateChanged", (await told.get()).event).state == "waiting"
        assert made.worker.pid is None
        bus.publish(MicrophoneChanged("listening", "open", "Mic"))
        assert (await made.speech.show()).state == "loading", "at once, and not listening before it is loaded"
        await made.until_covered([made.say(SENTENCES[0])])


async def test_translation_and_hints_are_taken_from_the_settings(
    database: Database, bus: Bus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    border = WhisperBorder(monkeypatch, tmp_path)
    settings = Settings(stt_model=str(MODEL), stt_language="en", stt_translate=True, stt_hints=["boss"])
    async with studio(database, bus, tmp_path, settings) as made:
        await made.until_state("listening")
        prompt = border.lines("prompt")[-1]
        assert TRANSLATE in prompt
        assert prompt[0] == PREVIOUS


async def test_under_pressure_words_are_postponed_and_come_later(database: Database, bus: Bus, tmp_path: Path) -> None:
    async with studio(database, bus, tmp_path) as made:
        await made.until_state("listening")
        made.others = NEITHER
        await made.obs_runs()
        began = time.time() - 100
        async with made.in_the_middle(SENTENCES[2], at=began) as said:
            made.obs_loses(30, 720)
            await made.until_state("postponing")
        status = await made.speech.show()
        assert status.step is Step.SPOOL
        assert "frames too late" in status.reason
        await until(lambda: made.worker.pid is None, 10, lambda: "no child")
        spans = [said, *(made.say(text, at=began + 5 * number) for number, text in enumerate(SENTENCES, 1))]
        await asyncio.sleep(1.0)
        assert made.segments == [], "nothing is recognized meanwhile"
        assert made.bus.latest(SpeechStateChanged).step == "spool"  # type: ignore[union-attr]
        made.others = 20.0
        await made.until_state("listening", 90)
        await made.until_covered(spans)
        await made.until_done()
        assert made.speech._governor.step is Step.FULL


async def test_while_speech_is_only_found_silence_is_dropped_and_words_come_later(
    database: Database, bus: Bus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "CATCHING_UP_SECONDS", -1.0)
    async with studio(database, bus, tmp_path) as made:
        began = time.time() - 300
        await until(lambda: made.worker.opened is not None, 30, lambda: "a model")
        async with made.in_the_middle(SENTENCES[1], at=began) as said:
            made.others = 95.0
            await until(lambda: made.speech._governor.step is Step.DETECT, 30, lambda: "the step")
        spans = [said]
        spans += [made.say(text, at=began + 30 * number, pause=20.0) for number, text in enumerate(SENTENCES, 1)]
        given = made.spool.backlog_seconds
        await until(lambda: made.spool.backlog_seconds < given / 3, 60, lambda: f"{made.spool.backlog_seconds} s")
        assert made.segments == []
        made.others = 20.0
        await made.until_covered(spans, 90)
        await made.until_done()


async def test_what_waited_when_the_daemon_stopped_is_done_by_the_next_and_once(
    database: Database, bus: Bus, tmp_path: Path
) -> None:
    missing = Settings(stt_model="missing", stt_language="en")
    began = time.time() - 50
    async with studio(database, bus, tmp_path, missing) as made:
        await made.until_state("no_model")
        spans = [made.say(text, at=began + 5 * number) for number, text in enumerate(SENTENCES)]
    assert list((tmp_path / "spool").glob("*.sound"))
    shutil.copytree(tmp_path / "spool", tmp_path / "left")
    async with studio(database, bus, tmp_path) as made:
        await made.until_covered(spans)
        await made.until_done()
    assert not list((tmp_path / "spool").glob("*.sound"))
    left = Spool(tmp_path / "left")  # as it is where a crash comes before the files are gone
    async with studio(database, bus, tmp_path, spool=left) as made:
        assert left.backlog_seconds
        await made.until_done()
        assert made.segments == []


async def test_recognition_that_is_switched_off_keeps_no_sound_of_anybody(
    database: Database, bus: Bus, tmp_path: Path
) -> None:
    async with studio(database, bus, tmp_path, spool=Spool(tmp_path / "spool", memory_seconds=2)) as made:
        await made.until_state("listening")
        made.others = NEITHER
        await made.obs_runs()
        made.obs_loses(60, 720)
        await until(lambda: made.speech._governor.step is Step.SPOOL, 10, lambda: "the step")
        for number, text in enumerate(SENTENCES):
            made.say(text, at=time.time() - 100 + 10 * number)
        await until(lambda: made.spool.on_disk_seconds > 5, 20, lambda: f"{made.spool.on_disk_seconds} s")
        made.settings = made.settings.model_copy(update={"stt_provider": SttProvider.OFF})
        bus.publish(SettingsChanged({"stt_provider": "off"}))
        await until(lambda: not list((tmp_path / "spool").iterdir()), 20, lambda: "nothing on the disk")
        assert (await made.speech.show()).backlog_seconds == 0
        assert (await made.speech.show()).lost_seconds == 0
        assert made.segments == []


async def test_without_a_model_that_is_said_and_one_that_comes_is_used(
    database: Database, bus: Bus, tmp_path: Path
) -> None:
    async with studio(database, bus, tmp_path, Settings(stt_language="en")) as made:
        await made.until_state("no_model")
        component = made.board.get("speech")
        assert component is not None
        assert (component.health, "download" in component.remedy) == (Health.OFF, True)  # nobody asked for it yet
        made.settings = made.settings.model_copy(update={"stt_model": "small"})
        made.bus.publish(SettingsChanged({"stt_model": "small"}))
        await until(lambda: made.health() is Health.ATTENTION, 10, lambda: f"{made.board.get('speech')}")
        made.settings = made.settings.model_copy(update={"stt_model": None})
        made.bus.publish(SettingsChanged({"stt_model": None}))
        shutil.copytree(MODEL, tmp_path / "models" / "tiny", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
        span = made.say(SENTENCES[0])
        await made.until_covered([span])
        made.settings = made.settings.model_copy(update={"stt_provider": SttProvider.OFF})
        made.bus.publish(SettingsChanged({"stt_provider": "off"}))
        await made.until_state("off")
        await until(lambda: made.worker.pid is None, 10, lambda: "no child")


async def test_a_full_disk_is_told_and_the_sound_is_worked_off_from_memory(
    database: Database, bus: Bus, tmp_path: Path
) -> None:
    with small_disk(tmp_path / "disk", "300k") as disk:
        spool = Spool(disk / "spool", memory_seconds=2, most_memory_seconds=600, reserve_bytes=0)
        async with studio(database, bus, tmp_path, spool=spool) as made:
            made.others = NEITHER
            await made.obs_runs()
            made.obs_loses(60, 720)
            await until(lambda: made.speech._governor.step is Step.SPOOL, 10, lambda: "the step")
            began = time.time() - 300
            spans = [made.say(text, at=began + 10 * number, pause=6.0) for number, text in enumerate(SENTENCES)]
            await made.until_state("failed")
            component = made.board.get("speech")
            assert component is not None
            assert "disk is full" in component.detail
            assert component.remedy
            made.others = 20.0
            await made.until_covered(spans, 90)
            await made.until_done()
            assert made.spool.lost_seconds == 0
            await made.until_state("listening")


async def test_a_muted_partial_is_marked(database: Database, bus: Bus, tmp_path: Path) -> None:
    async with studio(database, bus, tmp_path) as made:
        await made.until_state("listening")
        spoken = speak("save the last thirty seconds and mark this moment").padded(0.3, 0.0)
        began = time.time() - len(spoken.pcm) / RATE
        made.append(spoken.pcm, began, muted=True)
        await until(lambda: bool(made.partials), 30, lambda: "a partial text")
        assert made.partials[0].muted
