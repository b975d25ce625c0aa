"""The studio's actions on the real OBS, and what is done in OBS shown; an independent client is the witness."""

import asyncio
import io
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import obsws_python
import pytest
from PIL import Image

from companion.adapters.obs import pictures
from companion.adapters.obs.private import PrivateObs
from companion.domain.events import MetersMeasured, StudioChanged
from companion.kernel.errors import Conflict, Failed, NotFound, Refused, Unavailable
from tests.obs_link import until
from tests.real import stage
from tests.real.conftest import StartObs
from tests.studio import StudioRig, studio

pytestmark = pytest.mark.real

PICTURE, SOUND = "Test picture", "Desktop Audio"


@pytest.fixture
async def rig(obs: PrivateObs, tmp_path: Path) -> AsyncIterator[StudioRig]:
    async with studio(obs.url, obs.password, tmp_path) as running:
        yield running


Witness = obsws_python.ReqClient


@pytest.fixture
def stage_of_two(obs_client: Witness) -> Iterator[str]:
    with stage.second_scene(obs_client, "Pause") as name:
        yield name


@pytest.mark.usefixtures("stage_of_two")
async def test_the_state_is_obss_and_follows_what_is_done_there(rig: StudioRig, obs_client: Witness) -> None:
    await rig.until(lambda state: state.scene("Pause") is not None, "the scene")
    assert [scene.name for scene in rig.state.scenes] == ["Scene", "Pause"]
    assert (rig.state.program, rig.state.preview, rig.state.studio_mode) == ("Scene", None, False)
    assert (rig.state.profile, rig.state.collection) == ("Companion", "Companion")
    assert {"Cut", "Fade"} == set(rig.state.transitions)
    assert [item.source for item in _scene(rig, "Pause").items] == ["Blue"]
    picture = rig.state.input(PICTURE)
    assert picture is not None
    assert picture.media is not None
    assert picture.media.state == "playing"
    assert picture.media.duration_ms == 300_000
    blue = rig.state.input("Blue")
    assert blue is not None
    assert (blue.has_audio, blue.volume_db, blue.media) == (False, None, None)

    obs_client.set_scene_name("Pause", "Break")
    await rig.until(lambda state: state.scene("Break") is not None and state.scene("Pause") is None, "the new name")
    obs_client.set_scene_name("Break", "Pause")
    obs_client.set_input_volume("Desktop Audio", vol_db=-12.5)
    await rig.until(lambda state: _input(state, SOUND).volume_db == -12.5, "the volume")
    obs_client.set_input_volume("Desktop Audio", vol_db=0)
    item = obs_client.get_scene_item_id("Pause", "Blue").scene_item_id
    obs_client.set_scene_item_enabled("Pause", item, enabled=False)
    await rig.until(lambda state: not _items(state, "Pause")[0].visible, "the hidden item")
    obs_client.create_source_filter("Blue", "Tint", "color_filter_v2")
    await rig.until(lambda state: [f.name for f in _input(state, "Blue").filters] == ["Tint"], "the filter")
    obs_client.create_scene_item("Scene", "Blue")
    await rig.until(
        lambda state: [i.source for i in _items(state, "Scene")] == ["Blue", PICTURE], "the new item on top"
    )
    obs_client.remove_scene_item("Scene", obs_client.get_scene_item_id("Scene", "Blue").scene_item_id)
    await rig.until(lambda state: [i.source for i in _items(state, "Scene")] == [PICTURE], "the item's end")
    latest = rig.bus.latest(StudioChanged)
    assert latest is not None
    assert latest.studio == rig.state


@pytest.mark.usefixtures("stage_of_two")
async def test_scenes_are_switched_and_previewed(rig: StudioRig, obs_client: Witness) -> None:
    await rig.do("scene.switch", name="Pause")
    assert obs_client.get_current_program_scene().current_program_scene_name == "Pause"
    await rig.until(lambda state: state.program == "Pause", "the program")
    with pytest.raises(NotFound) as missing:
        await rig.do("scene.switch", name="pausee")
    assert missing.value.code == "scene_not_found"
    assert "There are: Pause, Scene." in missing.value.remedy
    for name, arguments in (("scene.preview", {"name": "Scene"}), ("studio.transition", {})):
        with pytest.raises(Conflict) as off:
            await rig.do(name, **arguments)
        assert off.value.code == "studio_mode_off"
    await rig.do("studio.mode", on=True)
    assert obs_client.get_studio_mode_enabled().studio_mode_enabled
    await rig.do("scene.preview", name="Scene")
    await rig.until(lambda state: (state.program, state.preview) == ("Pause", "Scene"), "the preview")
    await rig.do("studio.transition", name="Cut")
    await rig.until(lambda state: (state.program, state.preview) == ("Scene", "Pause"), "the transition")
    assert obs_client.get_current_program_scene().current_program_scene_name == "Scene"
    with pytest.raises(NotFound, match="no transition 'Wipe'"):
        await rig.do("studio.transition", name="Wipe")


@pytest.mark.usefixtures("stage_of_two")
async def test_items_inputs_and_filters_are_switched(rig: StudioRig, obs_client: Witness) -> None:
    item = obs_client.get_scene_item_id("Pause", "Blue").scene_item_id
    assert not (await rig.do("item.show", scene="Pause", item_id=item, visible=False)).on
    assert not obs_client.get_scene_item_enabled("Pause", item).scene_item_enabled
    assert (await rig.do("item.show", scene="Pause", item_id=item)).on
    assert obs_client.get_scene_item_enabled("Pause", item).scene_item_enabled
    await _refused(rig, NotFound, "item_not_found", "item.show", scene="Pause", item_id=99, visible=True)
    await _refused(rig, NotFound, "scene_not_found", "item.show", scene="Nowhere", item_id=1, visible=True)

    assert (await rig.do("input.mute", name=SOUND)).muted
    assert obs_client.get_input_mute(SOUND).input_muted
    await rig.until(lambda state: _input(state, SOUND).muted, "the mute")
    assert not (await rig.do("input.mute", name=SOUND, muted=False)).muted
    await rig.do("input.volume", name=SOUND, db=-7.5)
    assert obs_client.get_input_volume(SOUND).input_volume_db == pytest.approx(-7.5, abs=0.01)
    await rig.do("input.volume", name=SOUND, db=-100)
    await rig.until(lambda state: _input(state, SOUND).volume_db == -100, "silence")
    await rig.do("input.volume", name=SOUND, db=0)
    await _refused(rig, Conflict, "input_has_no_sound", "input.mute", name="Blue")
    await _refused(rig, NotFound, "input_not_found", "input.mute", name="Nothing")
    await _refused(rig, Refused, "invalid_arguments", "input.volume", name=SOUND, db=100)

    obs_client.create_source_filter("Blue", "Tint", "color_filter_v2")
    assert not (await rig.do("filter.switch", source="Blue", filter="Tint", on=False)).on
    assert not obs_client.get_source_filter("Blue", "Tint").filter_enabled
    assert (await rig.do("filter.switch", source="Blue", filter="Tint")).on
    await _refused(rig, NotFound, "filter_not_found", "filter.switch", source="Blue", filter="Shine", on=True)
    await _refused(rig, NotFound, "source_not_found", "filter.switch", source="Nothing", filter="Shine", on=True)

    await rig.do("media.control", name=PICTURE, act="pause")
    await rig.until(lambda state: _media(state) == "paused", "the pause")
    await rig.do("media.control", name=PICTURE, act="play")
    await rig.until(lambda state: _media(state) == "playing", "playing")
    await _refused(rig, Conflict, "input_has_no_media", "media.control", name="Blue", act="play")


async def test_the_recording_is_started_paused_and_stopped(rig: StudioRig, obs_client: Witness) -> None:
    await _refused(rig, Conflict, "not_recording", "record.pause")
    await _refused(rig, Conflict, "not_recording", "record.chapter")
    began = time.time()
    started = await rig.do("record.start")
    assert obs_client.get_record_status().output_active
    assert started.active
    assert began - 1 < started.since < time.time() + 1
    assert (await rig.do("record.start")).since == started.since  # it runs already
    await _refused(rig, Conflict, "chapters_not_supported", "record.chapter", name="Here")
    await _refused(rig, Conflict, "obs_on_air", "profile.switch", name="Companion")
    stopped = await rig.do("record.stop")
    assert not obs_client.get_record_status().output_active
    assert not stopped.active
    assert Path(stopped.path).stat().st_size > 0


async def test_a_recording_that_shares_the_streams_encoder_cannot_be_paused_and_that_is_said(rig: StudioRig) -> None:
    await rig.do("record.start")
    try:
        await _refused(rig, Conflict, "pause_not_possible", "record.pause")
    finally:
        await rig.do("record.stop")


async def test_a_recording_with_an_encoder_of_its_own_is_paused_and_goes_on(
    start_obs: StartObs, tmp_path: Path
) -> None:
    obs = await start_obs(record_quality="HQ")
    async with studio(obs.url, obs.password, tmp_path) as rig:
        with stage.witness(obs) as client:
            await rig.do("record.start")
            await until(lambda: client.get_record_status().output_duration > 1000, 20, lambda: "a second")
            paused = await rig.do("record.pause")
            assert (paused.active, paused.paused) == (True, True)
            assert client.get_record_status().output_paused
            resumed = await rig.do("record.resume")
            assert (resumed.active, resumed.paused) == (True, False)
            assert not client.get_record_status().output_paused
            await until(lambda: client.get_record_status().output_duration > 2000, 20, lambda: "a second more")
            await rig.do("record.stop")
            assert not client.get_record_status().output_active


async def test_what_this_obs_has_not_is_said(rig: StudioRig) -> None:
    await _refused(rig, Conflict, "camera_not_available", "camera.start")
    assert not rig.state.camera.available
    await _refused(rig, Conflict, "stream_not_set_up", "stream.start")
    assert not (await rig.do("stream.stop")).active


async def test_profiles_and_collections_are_switched_and_all_is_read_anew(
    rig: StudioRig, obs: PrivateObs, obs_client: Witness
) -> None:
    obs_client.create_scene_collection("Second")
    await rig.until(lambda state: state.collection == "Second" and state.input(PICTURE) is None, "the collection", 10)
    for _ in range(4):  # asked while it exchanges its scenes, OBS was seen to end
        await rig.do("collection.switch", name="Companion")
        await rig.until(lambda state: state.collection == "Companion" and state.input(PICTURE) is not None, "back", 10)
        await rig.do("collection.switch", name="Second")
    await rig.do("collection.switch", name="Companion")
    await rig.until(lambda state: len(_items(state, "Scene")) == 1, "the items", 10)
    assert obs.running
    await _refused(rig, NotFound, "collection_not_found", "collection.switch", name="Third")

    obs_client.create_profile("Other")
    await asyncio.sleep(0.6)
    await rig.do("profile.switch", name="Companion")
    assert obs_client.get_profile_list().current_profile_name == "Companion"
    await rig.until(lambda state: set(state.profiles) == {"Companion", "Other"}, "the profiles")
    obs_client.start_replay_buffer()
    await until(lambda: obs_client.get_replay_buffer_status().output_active, 10, lambda: "the replay buffer")
    await _refused(rig, Conflict, "replay_runs", "profile.switch", name="Other")
    await rig.do("profile.switch", name="Other", stop_replay=True)
    assert obs_client.get_profile_list().current_profile_name == "Other"
    await rig.do("profile.switch", name="Companion")
    obs_client.remove_profile("Other")
    await _refused(rig, NotFound, "profile_not_found", "profile.switch", name="Other")


@pytest.mark.usefixtures("stage_of_two")
async def test_screenshots_are_taken_listed_shown_and_deleted(rig: StudioRig) -> None:
    saved = [await rig.do("screenshot.save"), await rig.do("screenshot.save", source="Blue")]
    page = await rig.do("screenshot.list")
    assert page.total == 2
    assert {item.name for item in page.items} == {item.name for item in saved}
    shown = await rig.do("screenshot.show", name=saved[1].name)
    with Image.open(shown.path) as image:
        assert (image.format, image.size) == ("PNG", stage.SIZE)
        assert image.convert("RGB").getpixel((160, 90)) == (0, 0, 255)
    await rig.do("screenshot.delete", name=saved[0].name)
    assert [item.name for item in (await rig.do("screenshot.list")).items] == [saved[1].name]
    await _refused(rig, NotFound, "source_not_found", "screenshot.save", source="Nothing")


@pytest.mark.usefixtures("stage_of_two")
async def test_a_live_picture_is_small_shared_and_shows_what_is_on(rig: StudioRig) -> None:
    answer = await rig.do("screenshot.picture", source="Blue", width=150)
    with Image.open(io.BytesIO(answer.path.read_bytes())) as image:
        assert (image.format, image.size) == ("JPEG", (160, 90))
        red, _, blue = image.convert("RGB").getpixel((80, 45))
        assert red < 40
        assert blue > 200
    began = time.monotonic()
    async with asyncio.TaskGroup() as group:
        for _ in range(50):
            group.create_task(_watch(rig, 1.0))
    taken = rig.pictures.taken
    assert taken <= 2 + (time.monotonic() - began) / pictures.FRESH_SECONDS
    assert taken >= 3
    await _refused(rig, NotFound, "source_not_found", "screenshot.picture", source="Nothing")


async def _watch(rig: StudioRig, seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        await rig.do("screenshot.picture")
        await asyncio.sleep(0.02)


async def test_levels_come_only_while_somebody_watches(rig: StudioRig) -> None:
    everything = rig.bus.subscribe(MetersMeasured)
    watcher = rig.bus.subscribe(watch=["meters"])
    levels = []
    async with asyncio.timeout(10):
        while len(levels) < 10:
            event = (await everything.get()).event
            assert isinstance(event, MetersMeasured)
            levels.append((time.monotonic(), event.inputs))
    assert levels[-1][0] - levels[0][0] > 0.6  # ten a second, not twenty
    assert {PICTURE, SOUND} <= levels[-1][1].keys()
    # The test picture beeps each second at nearly full level; its first ten measurements may lie between two beeps.
    loudest = -100.0
    async with asyncio.timeout(10):
        while loudest < -30:
            event = (await everything.get()).event
            assert isinstance(event, MetersMeasured)
            loudest = max([loudest, *event.inputs.get(PICTURE, [])])
    assert loudest <= 0
    rig.bus.unsubscribe(watcher)
    await asyncio.sleep(0.3)  # what was under way
    later = rig.bus.subscribe(MetersMeasured)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await later.get()


async def test_figures_are_measured_and_their_history_kept(rig: StudioRig) -> None:
    history = await _until_history(rig)
    assert history.now.fps > 0
    assert history.now.stream_congestion is None
    assert len(history.at) == len(history.series["fps"]) == len(history.series["free_disk_mb"]) >= 1
    assert abs(history.at[-1] - time.time()) < 15


async def _until_history(rig: StudioRig) -> Any:
    for _ in range(100):
        history = await rig.do("studio.stats")
        if history.now is not None:
            return history
        await asyncio.sleep(0.05)
    raise AssertionError("nothing was measured")


async def test_without_obs_every_act_says_so(rig: StudioRig, obs: PrivateObs, obs_client: Witness) -> None:
    assert obs_client.get_version()
    obs.freeze()
    try:
        await rig.until(lambda state: not state.connected, "no state without a connection", 15)
        for name, arguments in (
            ("scene.switch", {"name": "Scene"}),
            ("stream.start", {}),
            ("record.stop", {}),
            ("screenshot.save", {}),
            ("screenshot.picture", {}),
            ("input.mute", {"name": SOUND}),
        ):
            await _refused(rig, Unavailable, "obs_not_connected", name, **arguments)
        assert (await rig.do("studio.show")).scenes == ()
    finally:
        obs.thaw()
    await rig.until(lambda state: state.connected and state.program == "Scene", "the state again", 15)


async def _refused(rig: StudioRig, kind: type[Exception], code: str, name: str, /, **arguments: Any) -> None:
    with pytest.raises(kind) as caught:
        await rig.do(name, **arguments)
    assert isinstance(caught.value, Refused | Unavailable | Failed)
    assert caught.value.code == code
    assert caught.value.message
    assert caught.value.remedy or code == "invalid_arguments"


def _scene(rig: StudioRig, name: str) -> Any:
    found = rig.state.scene(name)
    assert found is not None
    return found


def _items(state: Any, name: str) -> Any:
    found = state.scene(name)
    return found.items if found else ()


def _input(state: Any, name: str) -> Any:
    found = state.input(name)
    assert found is not None
    return found


def _media(state: Any) -> str:
    return str(_input(state, PICTURE).media.state)
