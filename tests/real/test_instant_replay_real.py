"""Instant replay on the real OBS: the clip is on program, then the scene before is back, whatever happens meanwhile."""

import datetime as dt
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from companion.adapters.clip_store import ClipStore
from companion.adapters.database import Database
from companion.adapters.obs import playback
from companion.adapters.obs.private import PrivateObs
from companion.domain.events import InstantReplayChanged
from companion.domain.models import Clip, ClipState
from companion.kernel.bus import Bus
from companion.kernel.errors import Conflict, NotFound
from companion.kernel.status import StatusBoard
from tests.media import cached_video
from tests.obs_link import until
from tests.real import stage
from tests.studio import StudioRig, studio

pytestmark = pytest.mark.real

SECONDS = 3.0


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = Database(tmp_path / "companion.db", StatusBoard(Bus()))
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
async def rig(obs: PrivateObs, database: Database, tmp_path: Path) -> AsyncIterator[StudioRig]:
    async with studio(obs.url, obs.password, tmp_path, database=database) as running:
        yield running
    with stage.witness(obs) as client:
        client.set_current_program_scene("Scene")


async def _clip(store: ClipStore, folder: Path) -> Clip:
    """A finished clip of about two seconds."""
    file = folder / "clip.mp4"
    shutil.copyfile(cached_video(".mp4", seconds=SECONDS), file)
    now = dt.datetime.now(dt.UTC)
    values = {"trigger_at": now, "wanted_start_at": now, "wanted_end_at": now}
    return await store.add(Clip(state=ClipState.READY, path=str(file), seconds=SECONDS, **values))


async def test_a_clip_is_played_and_the_scene_before_comes_back(
    obs: PrivateObs, rig: StudioRig, tmp_path: Path
) -> None:
    with pytest.raises(NotFound) as none:
        await rig.do("clip.play_last")
    assert none.value.code == "no_clip"
    clip = await _clip(rig.store, tmp_path)
    playing = await rig.do("clip.play_last")
    assert playing.clip_id == clip.number
    with stage.witness(obs) as client:
        assert client.get_current_program_scene().current_program_scene_name == playback.SCENE
        assert client.get_input_settings(playback.SOURCE).input_settings["local_file"] == clip.path
        status = client.get_media_input_status(playback.SOURCE)
        assert status.media_state == "OBS_MEDIA_STATE_PLAYING"
        with pytest.raises(Conflict) as busy:
            await rig.do("clip.play", id=clip.number)
        assert busy.value.code == "replay_plays"
        await _until_over(rig)
        assert client.get_current_program_scene().current_program_scene_name == "Scene"
    assert [event.clip_id for event in rig.rig.events(InstantReplayChanged)] == [None, clip.number, None]


async def test_whoever_switches_the_scene_meanwhile_stays_there(
    obs: PrivateObs, rig: StudioRig, tmp_path: Path
) -> None:
    clip = await _clip(rig.store, tmp_path)
    await rig.do("clip.play", id=clip.number)
    with stage.witness(obs) as client:
        stage.wait_until(lambda: _created(client), "another scene")
        client.set_current_program_scene("Elsewhere")
        await _until_over(rig)
        assert client.get_current_program_scene().current_program_scene_name == "Elsewhere"
        client.set_current_program_scene("Scene")
        client.remove_scene("Elsewhere")


async def test_a_replay_that_a_crash_left_on_program_is_ended_at_the_next_connect(
    obs: PrivateObs, database: Database, tmp_path: Path
) -> None:
    async with studio(obs.url, obs.password, tmp_path, database=database) as rig:
        await rig.do("clip.play", id=(await _clip(rig.store, tmp_path)).number)
    with stage.witness(obs) as client:
        # Ended in order, it went back. What a crash leaves is its scene on program, and where to go back to.
        assert client.get_current_program_scene().current_program_scene_name == "Scene"
        client.set_persistent_data("OBS_WEBSOCKET_DATA_REALM_PROFILE", playback.BACK, "Scene")
        client.set_current_program_scene(playback.SCENE)
        async with studio(obs.url, obs.password, tmp_path, database=database):
            await until(
                lambda: client.get_current_program_scene().current_program_scene_name == "Scene",
                10,
                lambda: "the scene before",
            )


async def _until_over(rig: StudioRig) -> None:
    await until(lambda: rig.rig.events(InstantReplayChanged)[-1].clip_id is None, 15, lambda: "the replay's end")
    shown = rig.rig.board.get("instant replay")
    assert shown
    assert (shown.state, shown.detail) == ("ready", "")


def _created(client: object) -> bool:
    from obsws_python.error import OBSSDKRequestError

    try:
        client.create_scene("Elsewhere")  # type: ignore[attr-defined]
    except OBSSDKRequestError:
        return False
    return True


async def test_in_studio_mode_it_is_on_program_at_once_and_what_was_prepared_stays(
    obs: PrivateObs, rig: StudioRig, tmp_path: Path
) -> None:
    clip = await _clip(rig.store, tmp_path)
    with stage.witness(obs) as client:

        def scenes() -> tuple[str, str]:
            found = client.get_scene_list()
            return found.current_program_scene_name, found.current_preview_scene_name

        client.create_scene("Next")
        client.set_studio_mode_enabled(True)
        try:
            client.set_current_preview_scene("Next")
            stage.wait_until(lambda: scenes() == ("Scene", "Next"), "the preview")
            await rig.do("clip.play", id=clip.number)
            assert scenes()[0] == playback.SCENE
            await _until_over(rig)
            await until(lambda: scenes() == ("Scene", "Next"), 15, lambda: str(scenes()))
        finally:
            client.set_studio_mode_enabled(False)
            client.remove_scene("Next")
