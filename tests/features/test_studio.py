"""The studio on a server that has what the tests' real OBS has not, and one that can be told to misbehave."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from companion.adapters.obs.notices import ObsNotice
from companion.domain.events import ObsState, StudioChanged
from companion.domain.studio import StudioState
from companion.kernel.actions import Caller, Scope
from companion.kernel.errors import Conflict, NotAllowed, NotFound, Unavailable
from tests.fakes.obs_server import ObsServer
from tests.obs_link import until
from tests.studio import StudioRig, studio

pytestmark = pytest.mark.slow


@pytest.fixture
async def server() -> AsyncIterator[ObsServer]:
    async with ObsServer() as running:
        yield running


@pytest.fixture
async def rig(server: ObsServer, tmp_path: Path) -> AsyncIterator[StudioRig]:
    async with studio(server.url, None, tmp_path) as running:
        yield running


async def test_items_of_a_group_are_shown_after_it_and_switched_under_its_name(rig: StudioRig) -> None:
    def shown(state: StudioState) -> list[tuple[str, str | None, bool]]:
        scene = state.scene("Game")
        assert scene is not None
        return [(item.source, item.group, item.visible) for item in scene.items]

    assert shown(rig.state) == [("Me", None, True), ("Frame", "Me", True), ("Webcam", "Me", True)]
    assert not (await rig.do("item.show", scene="Me", item_id=1)).on
    await rig.until(lambda state: ("Webcam", "Me", False) in shown(state), "the hidden webcam")
    assert (await rig.do("item.show", scene="Me", item_id=1, visible=True)).on
    with pytest.raises(NotFound) as missing:
        await rig.do("item.show", scene="Me", item_id=9, visible=True)
    assert "Its items: 2 (Frame), 1 (Webcam)." in missing.value.remedy


async def test_the_camera_is_started_and_stopped(rig: StudioRig, server: ObsServer) -> None:
    assert (rig.state.camera.available, rig.state.camera.active) == (True, False)
    await rig.do("camera.start")
    await rig.until(lambda state: state.camera.active, "the camera")
    await rig.do("camera.start")  # it runs already
    assert [kind for kind, _ in server.requests].count("StartVirtualCam") == 1
    await rig.do("camera.stop")
    await rig.until(lambda state: not state.camera.active, "the camera's end")


async def test_chapters_and_pauses_of_a_recording(rig: StudioRig, server: ObsServer) -> None:
    await rig.do("record.start")
    await rig.do("record.chapter", name="Boss")
    await rig.do("record.chapter")
    assert [name for name, _ in server.model.chapters] == ["Boss", None]
    paused = await rig.do("record.pause")
    assert paused.paused
    assert (await rig.do("record.pause")).paused  # it is already
    assert not (await rig.do("record.resume")).paused
    await rig.do("record.stop")
    with pytest.raises(Conflict) as none:
        await rig.do("record.resume")
    assert none.value.code == "not_recording"


async def test_an_obs_that_still_loads_is_said_and_its_studio_read_when_it_is_ready(
    server: ObsServer, tmp_path: Path
) -> None:
    async with studio(server.url, None, tmp_path) as rig:
        server.manners.not_ready = True
        with pytest.raises(Unavailable) as loading:
            await rig.do("scene.switch", name="Pause")
        assert loading.value.code == "obs_loading"
        server.model.scenes.append("Late")
        server.emit("SceneListChanged", 4, {"scenes": []})
        server.manners.not_ready = False
        await rig.until(lambda state: state.scene("Late") is not None, "the late scene")


async def test_while_obs_exchanges_its_scenes_it_is_asked_nothing(rig: StudioRig, server: ObsServer) -> None:
    heard = rig.link.notices.subscribe(ObsNotice)
    server.emit("CurrentSceneCollectionChanging", 2, {"sceneCollectionName": "A"})
    await heard.get()
    asked = len(server.requests)
    for name in ("Game", "Pause"):
        server.emit("SceneRemoved", 4, {"sceneName": name, "isGroup": False})
    server.model.scenes = ["Other"]
    server.model.scene = "Other"
    server.emit("SceneCreated", 4, {"sceneName": "Other", "isGroup": False})
    assert await _asked_more(server, asked, 2.5) == 0
    server.emit("CurrentSceneCollectionChanged", 2, {"sceneCollectionName": "B"})
    await rig.until(lambda state: [scene.name for scene in state.scenes] == ["Other"], "the other scenes")


async def _asked_more(server: ObsServer, before: int, seconds: float) -> int:
    try:
        await until(lambda: len(server.requests) > before, seconds, lambda: "a request")
    except AssertionError:
        return 0
    return len(server.requests) - before


async def test_a_burst_is_told_once_and_what_stays_the_same_not_at_all(rig: StudioRig, server: ObsServer) -> None:
    before = len(rig.rig.events(StudioChanged))
    for scene in ("Pause", "Game") * 20:
        server.model.switch_scene(scene)
    server.model.switch_scene("Pause")
    await rig.until(lambda state: state.program == "Pause", "the last scene")
    assert len(rig.rig.events(StudioChanged)) - before <= 3
    told = rig.rig.events(StudioChanged)[-1]
    server.emit("SceneListChanged", 4, {"scenes": []})
    asked = len(server.requests)
    await until(lambda: len(server.requests) > asked, 20, lambda: "a reading")
    await rig.do("scene.switch", name="Game")
    await rig.until(lambda state: state.program == "Game", "the next change")
    last = rig.rig.events(StudioChanged)[-2:]
    assert last[0] is told


async def test_without_obs_the_studio_is_empty_and_says_so(server: ObsServer, tmp_path: Path) -> None:
    async with studio(server.url, None, tmp_path) as rig:
        await server.stop()
        await rig.until(lambda state: state == StudioState(), "nothing")
        await rig.rig.until_state(ObsState.NOT_RUNNING)
        with pytest.raises(Unavailable) as absent:
            await rig.do("input.mute", name="Mic")
        assert (absent.value.code, bool(absent.value.remedy)) == ("obs_not_connected", True)
        latest = rig.bus.latest(StudioChanged)
        assert latest is not None
        assert not latest.studio.connected


async def test_a_screenshots_name_reaches_nothing_outside_of_its_folder(rig: StudioRig, tmp_path: Path) -> None:
    (tmp_path / "secret.png").write_bytes(b"x")
    (tmp_path / "Screenshots").mkdir()
    (tmp_path / "Screenshots" / "link.png").symlink_to(tmp_path / "secret.png")
    (tmp_path / "Screenshots" / "other.txt").write_text("x")
    names = ["../secret.png", "..\\secret.png", str(tmp_path / "secret.png"), "link.png", "other.txt", "a\x00b.png"]
    for name in names:
        for action in ("screenshot.show", "screenshot.delete"):
            with pytest.raises(NotFound):
                await rig.do(action, name=name)
    assert (await rig.do("screenshot.list")).total == 0
    assert (tmp_path / "secret.png").exists()


async def test_viewers_see_the_program_and_nothing_that_is_not_on_air(rig: StudioRig, server: ObsServer) -> None:
    viewer = Caller("phone", Scope.VIEW, "Pixel", 7)
    for source in (None, "Game"):
        assert (await rig.do("screenshot.picture", viewer, **({"source": source} if source else {}))).path.exists()
    for source in ("Pause", "Webcam"):
        asked = len(server.requests)
        with pytest.raises(NotAllowed) as refused:
            await rig.do("screenshot.picture", viewer, source=source)
        assert refused.value.code == "only_the_program"
        assert len(server.requests) == asked
    assert (await rig.do("screenshot.picture", source="Pause")).path.exists()
    looking = rig.bus.subscribe(audience=Scope.VIEW)
    saved = await rig.do("screenshot.save", source="Pause")
    for action, arguments in (("screenshot.list", {}), ("screenshot.show", {"name": saved.name})):
        with pytest.raises(NotAllowed) as too_low:
            await rig.do(action, viewer, **arguments)
        assert too_low.value.code == "scope_too_low", action
    await rig.do("screenshot.delete", name=saved.name)
    assert not [envelope for envelope in looking.take_waiting() if saved.name in envelope.text]


async def test_viewers_are_told_no_path_of_the_recording(rig: StudioRig) -> None:
    await rig.do("record.start")
    assert (await rig.do("obs.status")).record.path
    seen = await rig.do("obs.status", Caller("phone", Scope.VIEW, "Pixel", 7))
    assert (seen.record.active, seen.record.path) == (True, "")


async def test_screenshots_of_one_moment_do_not_overwrite_one_another(rig: StudioRig) -> None:
    saved = [await rig.do("screenshot.save", source="Game") for _ in range(3)]
    assert len({item.name for item in saved}) == 3
    assert (await rig.do("screenshot.list")).total == 3
