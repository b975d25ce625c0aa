"""The library: found, named, tagged, played, and deleted whole or not at all."""

import datetime as dt
import os
import subprocess
from pathlib import Path

import pytest

from companion.adapters.clip_store import ClipStore
from companion.adapters.database import Database
from companion.domain.events import ClipChanged, ClipDeleted
from companion.domain.models import Clip, ClipState
from companion.domain.settings import Settings
from companion.features.library import Library
from companion.kernel.actions import Caller, FileAnswer, Registry, Scope
from companion.kernel.bus import Bus
from companion.kernel.errors import Conflict, Failed, NotFound, Refused, Unavailable
from tests.features.conftest import NOON, add_clip

STREAMER = Caller("test", Scope.ADMIN)


@pytest.fixture
def registry(store: ClipStore, bus: Bus) -> Registry:
    return Registry(bus, [Library(store, bus)])


async def test_clips_are_listed_newest_first_and_filtered(registry: Registry, store: ClipStore) -> None:
    first = await add_clip(store, 0, title="Boss 100% down", tags=["boss", "win"])
    second = await add_clip(store, 1, title="A fall", tags=["fail"], state=ClipState.DOUBTFUL)
    third = await add_clip(store, 2, title=None)

    async def ids(**wanted: object) -> list[int | None]:
        page = await registry.invoke("clip.list", wanted, STREAMER)
        return [clip.id for clip in page.items]

    assert await ids() == [third.id, second.id, first.id]
    assert await ids(limit=1, offset=1) == [second.id]
    assert await ids(tag="boss") == [first.id]
    assert await ids(tag="bos") == []
    assert await ids(text="100%") == [first.id]
    assert await ids(text="%") == [first.id], "a percent sign is text, not a wildcard"
    assert await ids(state="doubtful") == [second.id]
    assert await ids(since=(NOON + dt.timedelta(minutes=1)).isoformat()) == [third.id, second.id]
    assert await ids(until=(NOON + dt.timedelta(minutes=1)).isoformat()) == [first.id]
    assert await ids(session=99) == []
    page = await registry.invoke("clip.list", {"limit": 1}, STREAMER)
    assert page.total == 3
    assert "receipt" not in page.items[0].model_dump()


@pytest.mark.parametrize(
    "wanted",
    [
        {"limit": 0},
        {"limit": 501},
        {"offset": -1},
        {"offset": 10**20},
        {"session": 10**20},
        {"since": "yesterday"},
        {"since": "2026-05-01T12:00:00"},
    ],
)
async def test_bad_filters_are_refused(registry: Registry, wanted: dict[str, object]) -> None:
    with pytest.raises(Refused) as caught:
        await registry.invoke("clip.list", wanted, STREAMER)
    assert caught.value.code == "invalid_arguments"


async def test_a_clip_is_renamed_and_tagged(registry: Registry, store: ClipStore, bus: Bus) -> None:
    clip = await add_clip(store, title="old")
    await registry.invoke("clip.edit", {"id": clip.id, "tags": ["b", " a ", "b"]}, STREAMER)
    edited = await registry.invoke("clip.edit", {"id": clip.id, "title": "new"}, STREAMER)
    assert (edited.title, edited.tags) == ("new", ["a", "b"])
    changed = bus.latest(ClipChanged)
    assert changed is not None
    assert changed.clip["title"] == "new"
    assert (await registry.invoke("clip.edit", {"id": clip.id, "title": " "}, STREAMER)).title is None


@pytest.mark.parametrize("id", [0, -1, 10**20, "../../etc/passwd", 1.5, None])
async def test_an_id_is_a_number(registry: Registry, id: object) -> None:
    with pytest.raises(Refused) as caught:
        await registry.invoke("clip.show", {"id": id}, STREAMER)
    assert caught.value.code == "invalid_arguments"


@pytest.mark.parametrize("name", ["clip.show", "clip.edit", "clip.delete", "clip.video", "clip.thumbnail"])
async def test_a_clip_that_is_not_there_is_not_found(registry: Registry, name: str) -> None:
    with pytest.raises(NotFound) as caught:
        await registry.invoke(name, {"id": 4711}, STREAMER)
    assert caught.value.code == "clip_not_found"


async def test_deleting_takes_file_thumbnail_and_row(registry: Registry, store: ClipStore, bus: Bus) -> None:
    clip = await add_clip(store)
    folder = Path(clip.path or "").parent
    await registry.invoke("clip.delete", {"id": clip.id}, STREAMER)
    assert list(folder.iterdir()) == []
    assert bus.latest(ClipDeleted) == ClipDeleted(clip.id or 0)
    with pytest.raises(NotFound):
        await store.get(clip.id or 0)


async def test_a_clip_in_work_is_not_deleted(registry: Registry, store: ClipStore) -> None:
    clip = await add_clip(store, state=ClipState.SAVED)
    with pytest.raises(Conflict) as caught:
        await registry.invoke("clip.delete", {"id": clip.id}, STREAMER)
    assert caught.value.code == "clip_in_work"


async def test_when_the_row_cannot_go_the_files_stay(store: ClipStore, database: Database) -> None:
    clip = await add_clip(store)
    await database.close()
    await database.open()
    async with database.write() as session:
        await session.connection(execution_options={})
        await session.run_sync(
            lambda sync: sync.connection().exec_driver_sql(
                "CREATE TRIGGER keep BEFORE DELETE ON clip BEGIN SELECT RAISE(ABORT, 'the disk is full'); END"
            )
        )
    with pytest.raises(Failed):
        await store.delete(clip.id or 0)
    assert Path(clip.path or "").read_bytes() == b"video" * 100
    assert Path(clip.thumbnail_path or "").exists()
    assert (await store.get(clip.id or 0)).id == clip.id


async def test_when_the_file_cannot_go_the_row_stays(store: ClipStore) -> None:
    clip = await add_clip(store)
    path = Path(clip.path or "")
    # A folder is in the way of the name under which the thumbnail would step aside.
    (path.parent / (path.with_suffix(".jpg").name + ".deleting") / "in the way").mkdir(parents=True)
    with pytest.raises(Failed) as caught:
        await store.delete(clip.id or 0)
    assert caught.value.code == "file_in_use"
    assert path.exists()
    assert Path(clip.thumbnail_path or "").exists()
    assert (await store.get(clip.id or 0)).path == str(path)


async def test_a_deletion_cut_short_is_finished_or_taken_back(store: ClipStore) -> None:
    kept = await add_clip(store, 0)
    kept_path = Path(kept.path or "")
    kept_path.replace(kept_path.with_name(kept_path.name + ".deleting"))
    orphan = kept_path.with_name("gone.mp4.deleting")
    orphan.write_bytes(b"x")
    await store.sweep()
    assert kept_path.exists()
    assert not orphan.exists()


async def test_a_file_deleted_by_hand_is_said_to_be_missing(registry: Registry, store: ClipStore) -> None:
    clip = await add_clip(store)
    answer = await registry.invoke("clip.video", {"id": clip.id}, STREAMER)
    assert answer == FileAnswer(Path(clip.path or ""), "video/mp4", Path(clip.path or "").name)
    Path(clip.path or "").unlink()
    with pytest.raises(NotFound) as caught:
        await registry.invoke("clip.video", {"id": clip.id}, STREAMER)
    assert caught.value.code == "file_missing"
    await registry.invoke("clip.delete", {"id": clip.id}, STREAMER)


async def test_low_disk_is_refused_before_it_is_full(store: ClipStore) -> None:
    with pytest.raises(Unavailable) as caught:
        await store.make_room(Settings(disk_reserve_gb=10_000))
    assert caught.value.code == "disk_low"


async def test_clips_in_another_folder_are_not_deleted_to_make_room_here(
    store: ClipStore, database: Database, bus: Bus, tmp_path: Path
) -> None:
    elsewhere = await add_clip(store)
    moved = ClipStore(database, bus, lambda: tmp_path / "new folder")
    try:
        with pytest.raises(Unavailable):
            await moved.make_room(Settings(disk_reserve_gb=10_000, disk_delete_oldest=True))
    finally:
        moved.close()
    assert Path((await store.get(elsewhere.id or 0)).path or "").exists()


async def test_the_oldest_untagged_clips_make_room_if_that_is_allowed(
    database: Database, bus: Bus, tmp_path: Path
) -> None:
    disk = tmp_path / "small disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", str(disk)], check=True)
    store = ClipStore(database, bus, lambda: disk)
    try:
        tagged = await add_clip(store, 0, tags=["keep"])
        oldest = await add_clip(store, 1)
        newest = await add_clip(store, 2)
        for clip in (tagged, oldest, newest):
            Path(clip.path or "").write_bytes(os.urandom(12_000_000))
        await store.make_room(Settings(disk_reserve_gb=0.012, disk_delete_oldest=True))
        with pytest.raises(NotFound):
            await store.get(oldest.id or 0)
        for clip in (tagged, newest):
            assert isinstance(await store.get(clip.id or 0), Clip)
        with pytest.raises(Unavailable):
            await store.make_room(Settings(disk_reserve_gb=0.04, disk_delete_oldest=True))
        assert isinstance(await store.get(tagged.id or 0), Clip), "a tag keeps a clip whatever happens"
    finally:
        store.close()
        subprocess.run(["umount", str(disk)], check=True)
