"""The library: found, named, tagged, played, and deleted whole or not at all."""

import asyncio
import datetime as dt
import os
import sqlite3
from pathlib import Path

import pytest
from sqlmodel import col, select

from companion.adapters import clip_store
from companion.adapters.clip_store import ClipStore
from companion.adapters.database import Database
from companion.domain.events import ClipChanged, ClipDeleted, ClipSaved
from companion.domain.models import LARGEST_ID, Clip, ClipState, Session
from companion.domain.settings import Settings
from companion.features import library
from companion.features.library import Library
from companion.kernel.actions import Caller, FileAnswer, Registry, Scope
from companion.kernel.bus import Bus
from companion.kernel.errors import Conflict, Failed, NotFound, Refused, Unavailable
from tests.features.conftest import NOON, add_clip
from tests.privileged import small_disk

STREAMER = Caller("test", Scope.ADMIN, agreed=True)


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


async def test_a_page_is_what_the_library_holds_now_whoever_wrote_to_it(
    registry: Registry, store: ClipStore, database: Database
) -> None:
    clip = await add_clip(store, title="old")

    async def page(caller: Caller = STREAMER) -> list[tuple[str | None, str | None]]:
        found = await registry.invoke("clip.list", {}, caller)
        assert found.total == len(found.items)
        return [(clip.title, clip.path) for clip in found.items]

    for _ in range(2):
        assert await page(Caller("phone", Scope.VIEW)) == [("old", Path(str(clip.path)).name)]
        assert await page() == [("old", clip.path)]
    await registry.invoke("clip.edit", {"id": clip.id, "title": "new"}, STREAMER)
    assert await page() == [("new", clip.path)]
    second = await add_clip(store, 1, title="second")
    assert await page() == [("second", second.path), ("new", clip.path)]
    with sqlite3.connect(database.file) as another:
        another.execute("UPDATE clip SET title = 'third' WHERE id = ?", (clip.id,))
    assert await page() == [("second", second.path), ("third", clip.path)]
    await registry.invoke("clip.delete", {"id": clip.id}, STREAMER)
    assert await page() == [("second", second.path)]


async def test_many_pages_are_each_their_own(registry: Registry, store: ClipStore) -> None:
    ids = [(await add_clip(store, minute)).id for minute in range(12)]
    for _ in range(2):
        for offset in range(12):
            page = await registry.invoke("clip.list", {"limit": 1, "offset": offset}, STREAMER)
            assert [clip.id for clip in page.items] == [ids[-1 - offset]]


async def test_tags_are_counted_over_all_clips_but_those_in_the_trash(registry: Registry, store: ClipStore) -> None:
    assert await registry.invoke("clip.tags", {}, STREAMER) == []
    for minute, tags in enumerate((["win"], ["boss", "win"], ["ace", "win"], [])):
        last = await add_clip(store, minute, tags=tags)
    gone = await add_clip(store, 9, tags=["boss", "gone"])
    await store.delete(gone.number)

    async def told() -> list[tuple[str, int]]:
        return [(one.tag, one.clips) for one in await registry.invoke("clip.tags", {}, STREAMER)]

    assert await told() == [("win", 3), ("ace", 1), ("boss", 1)]
    await registry.invoke("clip.edit", {"id": last.number, "tags": ["boss"]}, STREAMER)
    assert await told() == [("win", 3), ("boss", 2), ("ace", 1)]


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


async def empty_trash(database: Database, store: ClipStore) -> float | None:
    """Purge as if eleven minutes had passed."""
    async with database.write() as session:
        for clip in (await session.scalars(select(Clip).where(col(Clip.deleted_at).is_not(None)))).all():
            assert clip.deleted_at is not None
            clip.deleted_at -= dt.timedelta(minutes=11)
            session.add(clip)
    return await store.purge()


async def test_deleting_takes_file_thumbnail_and_row(
    registry: Registry, store: ClipStore, database: Database, bus: Bus
) -> None:
    clip = await add_clip(store)
    folder = Path(clip.path or "").parent
    await registry.invoke("clip.delete", {"id": clip.id}, STREAMER)
    assert {path.suffix for path in folder.iterdir()} == {".deleted"}
    assert bus.latest(ClipDeleted) == ClipDeleted(clip.id or 0)
    for name, more in (("clip.show", {}), ("clip.video", {}), ("clip.edit", {"title": "x"}), ("clip.delete", {})):
        with pytest.raises(NotFound):
            await registry.invoke(name, {"id": clip.id, **more}, STREAMER)
    page = await registry.invoke("clip.list", {}, STREAMER)
    assert (page.items, page.total) == ([], 0)

    assert await store.purge() == pytest.approx(600, abs=5)
    assert await empty_trash(database, store) is None
    assert list(folder.iterdir()) == []
    with pytest.raises(NotFound) as caught:
        await registry.invoke("clip.restore", {"id": clip.id}, STREAMER)
    assert caught.value.code == "clip_not_found"


async def test_a_deleted_clip_comes_back_as_it_was(registry: Registry, store: ClipStore, bus: Bus) -> None:
    clip = await add_clip(store, title="A round", tags=["win"])
    with pytest.raises(Conflict) as caught:
        await registry.invoke("clip.restore", {"id": clip.id}, STREAMER)
    assert caught.value.code == "clip_not_deleted"
    await registry.invoke("clip.delete", {"id": clip.id}, STREAMER)
    await store.settle_trash()
    restored = await registry.invoke("clip.restore", {"id": clip.id}, STREAMER)
    assert restored.model_dump() == clip.model_dump()
    assert bus.latest(ClipSaved) == ClipSaved(clip.model_dump(mode="json"), restored=True)
    assert Path(clip.path or "").read_bytes() == b"video" * 100
    assert Path(clip.thumbnail_path or "").read_bytes() == b"picture"
    assert (await registry.invoke("clip.list", {}, STREAMER)).total == 1
    await store.purge()
    assert Path(clip.path or "").exists()


async def test_the_trash_is_emptied_at_the_start_and_as_time_passes(
    registry: Registry, store: ClipStore, database: Database, bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clip_store, "TRASH_TIME", dt.timedelta(seconds=0.3))
    before, later, kept = [await add_clip(store, minute) for minute in range(3)]
    await store.delete(before.id or 0)
    await asyncio.sleep(0.3)
    service = Library(store, bus)
    async with asyncio.TaskGroup() as group:
        running = group.create_task(service.run(lambda: None))
        await Registry(bus, [service]).invoke("clip.delete", {"id": later.id}, STREAMER)
        deadline = asyncio.get_running_loop().time() + 20
        while len(await rows(database)) > 1:
            assert asyncio.get_running_loop().time() < deadline, "the trash was not emptied"
            await asyncio.sleep(0.02)
        running.cancel()
    folder = Path(kept.path or "").parent
    assert sorted(folder.iterdir()) == sorted([Path(kept.path or ""), Path(kept.thumbnail_path or "")])


async def test_the_trash_waits_for_a_database_that_cannot_be_written(
    store: ClipStore, database: Database, bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library, "AGAIN_SECONDS", 0.05)
    monkeypatch.setattr(clip_store, "TRASH_TIME", dt.timedelta(0))
    clip = await add_clip(store)
    await store.delete(clip.id or 0)
    await only_read(database)
    async with asyncio.TaskGroup() as group:
        running = group.create_task(Library(store, bus).run(lambda: None))
        await asyncio.sleep(0.2)
        assert not running.done()
        assert await rows(database) == [clip.id]
        await only_read(database, only=False)
        deadline = asyncio.get_running_loop().time() + 20
        while await rows(database):
            assert asyncio.get_running_loop().time() < deadline, "the trash was not emptied"
            await asyncio.sleep(0.02)
        running.cancel()


async def rows(database: Database) -> list[int | None]:
    """The numbers of all clips, those in the trash too."""
    async with database.read() as session:
        return list((await session.scalars(select(Clip.id))).all())


async def test_a_file_that_cannot_go_keeps_its_row_in_the_trash(store: ClipStore, database: Database) -> None:
    clip = await add_clip(store)
    await store.delete(clip.id or 0)
    held = Path((clip.path or "") + ".deleted")
    held.unlink()
    (held / "in the way").mkdir(parents=True)
    assert await empty_trash(database, store) == pytest.approx(60), "it is tried again"
    assert await rows(database) == [clip.id]
    (held / "in the way").rmdir()
    held.rmdir()
    assert await store.purge() is None
    assert await rows(database) == []


async def test_a_clip_that_another_is_cut_from_is_not_deleted(registry: Registry, store: ClipStore) -> None:
    clip = await add_clip(store)
    other = await add_clip(store, 1, state=ClipState.SAVED, source_path=clip.path)
    with pytest.raises(Conflict) as caught:
        await registry.invoke("clip.delete", {"id": clip.id}, STREAMER)
    assert caught.value.code == "clip_in_work"
    await store.change(other.id or 0, state=ClipState.READY)
    await registry.invoke("clip.delete", {"id": clip.id}, STREAMER)


async def test_a_clip_in_work_is_not_deleted(registry: Registry, store: ClipStore) -> None:
    clip = await add_clip(store, state=ClipState.SAVED)
    with pytest.raises(Conflict) as caught:
        await registry.invoke("clip.delete", {"id": clip.id}, STREAMER)
    assert caught.value.code == "clip_in_work"


async def only_read(database: Database, *, only: bool = True) -> None:
    """Have every change fail, as where the database may only be read."""
    async with database.read() as session:
        await session.run_sync(lambda sync: sync.connection().exec_driver_sql(f"PRAGMA query_only = {only:d}"))


async def test_when_the_row_cannot_go_the_files_stay(store: ClipStore, database: Database) -> None:
    clip = await add_clip(store)
    await only_read(database)
    with pytest.raises(Failed):
        await store.delete(clip.id or 0)
    assert Path(clip.path or "").read_bytes() == b"video" * 100
    assert Path(clip.thumbnail_path or "").exists()
    assert (await store.get(clip.id or 0)).id == clip.id


async def test_when_the_row_cannot_come_back_the_files_stay_in_the_trash(store: ClipStore, database: Database) -> None:
    clip = await add_clip(store)
    await store.delete(clip.id or 0)
    await only_read(database)
    with pytest.raises(Failed):
        await store.restore(clip.id or 0)
    assert {path.suffix for path in Path(clip.path or "").parent.iterdir()} == {".deleted"}


async def test_when_the_file_cannot_go_the_row_stays(store: ClipStore) -> None:
    clip = await add_clip(store)
    path = Path(clip.path or "")
    block(path.with_suffix(".jpg"))
    with pytest.raises(Failed) as caught:
        await store.delete(clip.id or 0)
    assert caught.value.code == "file_in_use"
    assert path.exists()
    assert Path(clip.thumbnail_path or "").exists()
    assert (await store.get(clip.id or 0)).path == str(path)


def block(file: Path) -> None:
    """Put a folder in the way of the name under which `file` would step aside."""
    (file.with_name(file.name + ".deleted") / "in the way").mkdir(parents=True)


@pytest.mark.parametrize("moved", [0, 1], ids=["before any file", "between file and thumbnail"])
async def test_a_deletion_cut_short_is_taken_back(store: ClipStore, database: Database, moved: int) -> None:
    clip = await add_clip(store)
    async with database.write() as session:
        row = await session.get_one(Clip, clip.id)
        row.deleted_at = NOON
        session.add(row)
    for file in [Path(clip.path or ""), Path(clip.thumbnail_path or "")][:moved]:
        file.replace(file.with_name(file.name + ".deleted"))
    await store.settle_trash()
    await store.purge()
    assert (await store.get(clip.id or 0)).path == clip.path
    assert Path(clip.path or "").exists()
    assert Path(clip.thumbnail_path or "").exists()


async def test_a_purge_cut_short_is_finished_wherever_the_clips_folder_is_now(
    store: ClipStore, database: Database, bus: Bus, tmp_path: Path
) -> None:
    clip = await add_clip(store)
    await store.delete(clip.id or 0)
    Path((clip.path or "") + ".deleted").unlink()
    moved = ClipStore(database, bus, lambda: tmp_path / "new folder")
    try:
        await moved.settle_trash()
        assert await empty_trash(database, moved) is None
    finally:
        moved.close()
    assert await rows(database) == []
    assert list(Path(clip.path or "").parent.iterdir()) == []


async def test_a_file_deleted_by_hand_is_said_to_be_missing(registry: Registry, store: ClipStore) -> None:
    clip = await add_clip(store)
    answer = await registry.invoke("clip.video", {"id": clip.id}, STREAMER)
    assert answer == FileAnswer(Path(clip.path or ""), "video/mp4", Path(clip.path or "").name)
    Path(clip.path or "").unlink()
    with pytest.raises(NotFound) as caught:
        await registry.invoke("clip.video", {"id": clip.id}, STREAMER)
    assert caught.value.code == "file_missing"
    await registry.invoke("clip.delete", {"id": clip.id}, STREAMER)


@pytest.mark.parametrize(
    ("title", "shown"), [("😀" * 60, "😀" * 45), ("語" * 61, "語" * 60), ("boss " * 40, "boss " * 12)]
)
async def test_a_session_of_any_title_has_a_folder_that_can_be_made(
    store: ClipStore, database: Database, title: str, shown: str
) -> None:
    async with database.write() as session:
        session.add(Session(id=LARGEST_ID, title=title, started_at=NOON, seen_at=NOON))
    clip = await add_clip(store, session_id=LARGEST_ID)
    folder = Path(clip.path or "").parent
    assert folder.is_dir()
    assert folder.name.endswith(f" {shown} ({LARGEST_ID})")


async def test_low_disk_is_refused_before_it_is_full(store: ClipStore) -> None:
    with pytest.raises(Unavailable) as caught:
        await store.make_room(Settings(disk_reserve_gb=10_000), 30)
    assert caught.value.code == "disk_low"


async def test_clips_in_another_folder_are_not_deleted_to_make_room_here(
    store: ClipStore, database: Database, bus: Bus, tmp_path: Path
) -> None:
    elsewhere = await add_clip(store)
    moved = ClipStore(database, bus, lambda: tmp_path / "new folder")
    try:
        with pytest.raises(Unavailable):
            await moved.make_room(Settings(disk_reserve_gb=10_000, disk_delete_oldest=True), 30)
    finally:
        moved.close()
    assert Path((await store.get(elsewhere.id or 0)).path or "").exists()


async def test_the_oldest_untagged_clips_make_room_if_that_is_allowed(
    database: Database, bus: Bus, tmp_path: Path
) -> None:
    with small_disk(tmp_path / "small disk", "40m") as disk:
        store = ClipStore(database, bus, lambda: disk)
        try:
            tagged = await add_clip(store, 0, tags=["keep"])
            held = await add_clip(store, 1)
            oldest = await add_clip(store, 2)
            newest = await add_clip(store, 3)
            for clip in (tagged, held, oldest, newest):
                Path(clip.path or "").write_bytes(os.urandom(9_000_000))
            block(Path(held.path or ""))
            await store.make_room(Settings(disk_reserve_gb=0.009, disk_delete_oldest=True), 30)
            assert isinstance(await store.get(held.id or 0), Clip), "it is in use, so the next one goes"
            assert await rows(database) == [tagged.id, held.id, newest.id], "it is gone for good, not in the trash"
            await store.delete(newest.id or 0)
            await store.make_room(Settings(disk_reserve_gb=0.018), 30)
            assert await rows(database) == [tagged.id, held.id], "the trash gives way first, and without being asked"
            with pytest.raises(Unavailable):
                await store.make_room(Settings(disk_reserve_gb=0.04, disk_delete_oldest=True), 30)
            assert isinstance(await store.get(tagged.id or 0), Clip), "a tag keeps a clip whatever happens"
        finally:
            store.close()


async def test_what_a_clip_itself_takes_must_fit_beside_the_reserve(
    database: Database, bus: Bus, tmp_path: Path
) -> None:
    with small_disk(tmp_path / "small disk", "40m") as disk:
        store = ClipStore(database, bus, lambda: disk)
        try:
            clips = [await add_clip(store, minutes, size_bytes=9_000_000, seconds=90.0) for minutes in range(2)]
            for clip in clips:
                Path(clip.path or "").write_bytes(os.urandom(9_000_000))
            await store.make_room(Settings(disk_reserve_gb=0.01), 90)
            with pytest.raises(Unavailable) as caught:
                await store.make_room(Settings(disk_reserve_gb=0.01), 180)
            assert caught.value.code == "disk_low"
            with pytest.raises(Unavailable):
                await store.make_room(Settings(disk_reserve_gb=0.01, disk_delete_oldest=True), 600)
            assert await rows(database) == [clip.id for clip in clips], "what would not be enough is not deleted"
            await store.make_room(Settings(disk_reserve_gb=0.01, disk_delete_oldest=True), 180)
            assert await rows(database) == [clips[1].id]
        finally:
            store.close()
