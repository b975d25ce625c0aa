"""What OBS has on disk: the file of one's own save among others, and which moments the running recording shows."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from companion.adapters.file_times import created_at
from companion.adapters.obs import footage as module
from companion.adapters.obs.footage import Footage, SavedReplay
from companion.domain.events import ObsState, RecordStateChanged, ReplayBufferSaved, ReplayBufferSwitched
from companion.domain.windows import Window, place
from companion.kernel.errors import Failed
from tests.fakes.obs_model import OUTPUTS, ObsModel
from tests.fakes.obs_server import ObsServer
from tests.obs_link import Rig, Starvation, linked, ticking, until

pytestmark = pytest.mark.slow  # files are begun and saved as time goes by

DELAY = module.USUAL_DELAY_SECONDS


class Stage:
    """A link to a modelled OBS that records into a real folder; `footage()` is a new companion's view of it."""

    def __init__(self, rig: Rig, server: ObsServer, folder: Path, starved: Starvation) -> None:
        self.rig = rig
        self.starved = starved
        self.server = server
        self.model = server.model
        self.folder = folder
        self.recording = server.model.record_directory / "recording.mkv"

    def footage(self) -> Footage:
        return Footage(self.rig.link, self.rig.bus, self.folder / "recording.json")

    async def note(self, footage: Footage, **change: bool) -> None:
        """Tell `footage` what OBS tells now."""
        path = str(self.recording) if self.model.record.active else ""
        known = RecordStateChanged(self.model.record.active, self.model.record.paused, path)
        await footage.note(known, time.time())

    def lose(self, seconds: float) -> None:
        """Have the recording be this much shorter, as by a pause."""
        assert self.model.record.started_at is not None
        self.model.record.started_at += seconds

    def near(self, seconds: float, within: float = 0.2) -> Any:
        """So many seconds: an answer that this process was kept from reading is late."""
        return pytest.approx(seconds, abs=within + self.starved.seconds)

    def place(self, footage: Footage, seconds_ago: float, seconds: float = 0.1) -> float | None:
        """Where the recording shows that moment, as its distance from where an unpaused one would."""
        start_at = time.time() - seconds_ago
        placed = place(Window(start_at, start_at + seconds), footage.recorded())
        return placed.start + seconds_ago - self.model.record.seconds - DELAY if placed and placed.whole else None


@asynccontextmanager
async def staged(tmp_path: Path) -> AsyncIterator[Stage]:
    recordings = tmp_path / "recordings"
    recordings.mkdir()
    async with ObsServer(ObsModel(recordings)) as server, linked(server.url) as rig, ticking() as starved:
        await rig.until_state(ObsState.CONNECTED)
        yield Stage(rig, server, tmp_path, starved)


@pytest.fixture
async def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    """Recordings of any age may have been paused."""
    monkeypatch.setattr(module, "YOUNG_SECONDS", 0.0)
    async with staged(tmp_path) as running:
        yield running


async def recording(stage: Stage, *, seconds: float = 1.5) -> Footage:
    """A companion that saw OBS begin to record `seconds` ago."""
    seen = stage.footage()
    stage.recording.write_bytes(b"")
    stage.model.start_recording()
    await stage.note(seen)
    await asyncio.sleep(seconds)
    return seen


async def test_a_restarted_companion_knows_what_the_recording_shows_from_before(stage: Stage) -> None:
    await recording(stage)
    stage.recording.unlink()  # its age must not be needed
    again = stage.footage()
    await stage.note(again)
    assert again.recording_path == stage.recording
    assert stage.place(again, 1.0) == stage.near(0)


async def test_an_encoder_that_is_behind_as_a_recording_begins_moves_nothing(stage: Stage) -> None:
    """OBS of a busy computer hands over late, and counts late; once in a while it keeps up."""
    seen = stage.footage()
    stage.recording.write_bytes(b"")
    stage.model.start_recording()
    await asyncio.sleep(1.2)
    behind = 0.9
    stage.lose(behind)
    noting = asyncio.create_task(stage.note(seen))
    await asyncio.sleep(0.3)
    stage.lose(-behind)
    await noting
    assert stage.place(seen, 0.8) == stage.near(0)


async def test_an_obs_that_falls_silent_meanwhile_loses_no_recording(stage: Stage) -> None:
    seen = stage.footage()
    stage.recording.write_bytes(b"")
    stage.model.start_recording()
    noting = asyncio.create_task(stage.note(seen))
    await until(lambda: ("GetRecordStatus", {}) in stage.server.requests, 20, lambda: "a look")
    await asyncio.sleep(0.2)
    stage.server.manners.silent.add("GetRecordStatus")
    await noting
    assert stage.place(seen, 1.0) == stage.near(0)


async def test_a_pause_that_the_companion_saw_is_known_after_a_restart(stage: Stage) -> None:
    seen = await recording(stage)
    before = time.time() - 0.5
    stage.model.PauseRecord({})
    await stage.note(seen)
    paused_at = stage.model.record.seconds
    await asyncio.sleep(0.5)
    stage.model.ResumeRecord({})
    resumed = time.time() + 0.05
    lost = stage.model.record.seconds - paused_at
    stage.lose(lost)
    await stage.note(seen)
    await asyncio.sleep(0.3)
    again = stage.footage()
    await stage.note(again)
    for one in (seen, again):
        assert stage.place(one, time.time() - resumed) == stage.near(0), "all since then is there"
        place = stage.place(one, time.time() - before)
        assert place == stage.near(lost, 0.25), "what is before the pause lies nearer to the end"


async def test_after_a_pause_that_nobody_saw_only_what_is_certain_is_used(stage: Stage) -> None:
    await recording(stage, seconds=3.0)
    stage.lose(2.5)
    before = time.time() - 0.2
    again = stage.footage()
    await stage.note(again)
    assert stage.place(again, time.time() - before) is None
    await asyncio.sleep(0.3)
    assert stage.place(again, 0.2) == stage.near(0)


async def test_a_recording_found_paused_after_a_restart_is_not_guessed_at(stage: Stage) -> None:
    await recording(stage)
    stage.model.PauseRecord({})
    before = time.time() - 0.2
    again = stage.footage()
    await stage.note(again)
    assert again.recorded() == []
    stage.model.ResumeRecord({})
    await stage.note(again)
    await asyncio.sleep(0.3)
    assert stage.place(again, 0.2) == stage.near(0)
    assert stage.place(again, time.time() - before) is None


async def test_a_pause_while_the_link_was_down_is_noticed(stage: Stage) -> None:
    seen = await recording(stage, seconds=3.0)
    stage.lose(2.5)
    before = time.time() - 0.2
    await stage.note(seen)
    assert stage.place(seen, time.time() - before) is None


@pytest.mark.parametrize("paused", [0.0, 2.0])
async def test_a_recording_from_before_the_first_start_is_known_by_its_files_age(stage: Stage, paused: float) -> None:
    before = time.time()
    stage.recording.write_bytes(b"")
    created = created_at(stage.recording)
    assert created is not None
    assert before - 0.1 <= created <= time.time()
    await asyncio.sleep(DELAY)
    stage.model.start_recording()
    stage.model.record.started_at = time.monotonic() - (time.time() - created - DELAY)
    await asyncio.sleep(1.5 + paused)
    stage.lose(paused)
    before = time.time() - 0.2
    found = stage.footage()
    await stage.note(found)
    if paused:
        assert stage.place(found, time.time() - before) is None
    else:
        assert stage.place(found, 1.0) == stage.near(0)


async def test_a_second_file_of_one_recording_is_not_placed(stage: Stage) -> None:
    seen = await recording(stage, seconds=1.2)
    stage.recording = stage.recording.with_name("recording (2).mkv")
    stage.recording.write_bytes(b"")
    await stage.note(seen)
    assert (seen.recording_path, seen.recorded()) == (None, [])
    again = stage.footage()
    await stage.note(again)
    assert (again.recording_path, again.recorded()) == (None, []), "OBS counts from the first file's start"
    stage.model.StopRecord({})
    await stage.note(seen)
    stage.recording.unlink()
    stage.recording.write_bytes(b"")
    stage.model.StartRecord({})
    await stage.note(seen)
    assert seen.recording_path == stage.recording


@pytest.mark.parametrize("content", ["", "[]", '{"path": 5}', '{"path": "x", "stretches": [[1]], "running_since": 3}'])
async def test_a_damaged_memory_is_like_none(stage: Stage, content: str) -> None:
    (stage.folder / "recording.json").write_text(content)
    stage.model.start_recording()
    found = stage.footage()
    await stage.note(found)
    assert found.recording_path == stage.recording
    assert json.loads((stage.folder / "recording.json").read_text())["path"] == str(stage.recording)


async def save_started(stage: Stage) -> None:
    stage.model.start_output(stage.model.replay)
    await stage.rig.until_event(ReplayBufferSwitched(active=True))


async def unnoted() -> None:
    """Nobody writes down that OBS is asked."""


@pytest.mark.parametrize("begun", [-0.1, 0.05], ids=["before we asked", "just after we asked"])
async def test_a_file_that_was_begun_too_early_is_somebody_elses(
    stage: Stage, begun: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "USUAL_DELAY_SECONDS", 4.0)  # a long one: what comes "just after" may come late
    await save_started(stage)
    stage.model.save_seconds = 4.0
    others = stage.model.record_directory / "Replay of another.mkv"
    if begun < 0:
        others.write_bytes(b"half")
        await asyncio.sleep(-begun)
    saving = asyncio.create_task(stage.footage().save_replay(unnoted))
    await asyncio.sleep(max(begun, 0.05))
    others.write_bytes(b"whole")  # written to after our request
    stage.server.emit("ReplayBufferSaved", OUTPUTS, {"savedReplayPath": str(others)})
    saved = await saving
    assert saved.path == stage.model.record_directory / "Replay 1.mkv"
    assert stage.model.saves == 1


async def test_a_file_that_came_early_is_ours_where_no_other_comes(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The encoder is faster than x264 with OBS's usual settings."""
    monkeypatch.setattr(module, "USUAL_DELAY_SECONDS", 2.0)
    await save_started(stage)
    stage.model.replay_source = stage.folder / "buffer.mkv"
    stage.model.replay_source.write_bytes(b"x")
    stage.model.save_seconds = 1.0
    footage = stage.footage()
    assert (await footage.save_replay(unnoted)).path.name == "Replay 1.mkv"
    await asyncio.sleep(1)  # into another second
    stage.model.save_seconds = allowed = 1.0 + stage.starved.seconds  # as late as it was known to be
    asked_from = time.time()
    assert (await footage.save_replay(unnoted)).path.name == "Replay 2.mkv"
    took = time.time() - asked_from - stage.starved.seconds
    assert took < allowed + 1, "once that is known, no other is waited for"


async def test_a_file_that_ours_replaced_in_the_same_second_is_ours(stage: Stage) -> None:
    await save_started(stage)
    footage = stage.footage()
    stage.model.replay_mutes_saves = True
    path = stage.model.record_directory / "Replay of this second.mkv"
    path.write_bytes(b"the streamer's")
    others = ReplayBufferSaved(str(path))
    stage.server.emit("ReplayBufferSaved", OUTPUTS, {"savedReplayPath": str(path)})
    await stage.rig.until_event(others)
    saving = asyncio.create_task(footage.save_replay(unnoted))
    await until_asked(stage)
    path.write_bytes(b"ours, under the same name")
    stage.server.emit("ReplayBufferSaved", OUTPUTS, {"savedReplayPath": str(path)})
    async with asyncio.timeout(20):
        assert (await saving).path == path


async def until_asked(stage: Stage) -> None:
    asked = [kind for kind, _ in stage.server.requests].count("SaveReplayBuffer")
    async with asyncio.timeout(20):
        while [kind for kind, _ in stage.server.requests].count("SaveReplayBuffer") == asked:
            await asyncio.sleep(0.01)


async def test_no_file_is_replaced_by_the_next_of_the_same_second(stage: Stage) -> None:
    await save_started(stage)
    stage.model.replay_source = stage.folder / "buffer.mkv"
    stage.model.replay_source.write_bytes(b"x")
    stage.model.save_seconds = 0.0
    footage = stage.footage()
    first = created_at((await footage.save_replay(unnoted)).path)
    for _ in range(2):  # one of two in a row would share a second with the one before
        saved = created_at((await footage.save_replay(unnoted)).path)
        assert first is not None
        assert saved is not None
        assert int(saved) > int(first), "OBS names its files by the second"
        first = saved


async def test_after_a_crash_the_file_that_was_begun_for_us_is_found(stage: Stage) -> None:
    folder = stage.model.record_directory
    (folder / "others.mkv").write_bytes(b"begun before")
    await asyncio.sleep(0.1)
    (folder / "ours.mkv").write_bytes(b"begun after")
    asked_at = (created_at(folder / "ours.mkv") or 0) - 0.02
    (folder / "others.mkv").write_bytes(b"written to afterwards")
    found = stage.footage()
    assert await found.recover_save(folder, asked_at) == SavedReplay(folder / "ours.mkv", asked_at)
    assert await found.recover_save(folder, asked_at + 5) is None
    assert await found.recover_save(folder / "gone", asked_at) is None


async def test_after_a_crash_a_file_that_was_begun_too_late_is_only_named(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    """OBS hung with the request in its socket, or the streamer saved on his own."""
    file = stage.model.record_directory / "late.mkv"
    asked_at = time.time() - DELAY - module.LATE_SECONDS - 0.2
    file.write_bytes(b"begun when OBS went on")
    assert await stage.footage().recover_save(file.parent, asked_at) is None
    assert "late.mkv is not used" in caplog.text
    assert await stage.footage().next_file(file.parent, asked_at) == file


async def test_what_is_written_down_before_a_save_has_its_moment_also_after_a_wait(stage: Stage) -> None:
    await save_started(stage)
    stage.model.save_seconds = 0.3
    stage.model.replay_source = stage.folder / "buffer.mkv"
    stage.model.replay_source.write_bytes(b"x")
    footage = stage.footage()
    noted: list[tuple[float, int]] = []

    async def note() -> None:
        noted.append((time.time(), [kind for kind, _ in stage.server.requests].count("SaveReplayBuffer")))

    async with asyncio.timeout(30):
        first, second = await asyncio.gather(footage.save_replay(note), footage.save_replay(note))
    assert [asked for _, asked in noted] == [0, 1], "each before OBS is asked, and not before its turn"
    assert noted[0][0] <= first.asked_at <= (created_at(first.path) or 0) <= noted[1][0] <= second.asked_at


async def test_a_save_that_never_ends_is_given_up(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SAVE_SECONDS", 0.3)
    await save_started(stage)
    stage.model.replay_mutes_saves = True
    with pytest.raises(Failed) as caught:
        await stage.footage().save_replay(unnoted)
    assert caught.value.code == "save_timeout"
    assert caught.value.remedy
