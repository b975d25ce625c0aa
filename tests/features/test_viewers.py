"""Those who may only look are told nothing of where files are on the PC, by no answer and no event."""

import json
from pathlib import Path

from pydantic import TypeAdapter

from companion.adapters.clip_store import ClipStore
from companion.domain.events import (
    ClipAccepted,
    ClipChanged,
    ClipFailed,
    ClipSaved,
    MacroChanged,
    ModelProgressed,
    RecordStateChanged,
    ReplayBufferSaved,
    VoiceCommandHeard,
)
from companion.domain.models import Clip, ClipState
from companion.features.library import Library
from companion.kernel.actions import Caller, Registry, Scope
from companion.kernel.bus import Bus
from tests.features.conftest import add_clip

VIEWER = Caller("phone", Scope.VIEW, "Pixel", 7)
CONTROL = Caller("phone", Scope.CONTROL, "Pixel", 7)


async def failed_and_ready(store: ClipStore, folder: Path) -> list[Clip]:
    source = str(folder / "private" / "Replay.mkv")
    words = {"source_path": source, "source_folder": str(folder / "private"), "title": "A round"}
    failed = await add_clip(store, 0, **words, state=ClipState.FAILED, error_code="disk_full")
    assert failed.id is not None
    failed = await store.change(failed.id, error_message=f"The disk is full. OBS's file is untouched: {source}.")
    return [failed, await add_clip(store, 1, **words)]


async def test_answers(store: ClipStore, bus: Bus, tmp_path: Path) -> None:
    clips = await failed_and_ready(store, tmp_path)
    registry = Registry(bus, [Library(store, bus)])
    for action, arguments in (("clip.list", {}), *(("clip.show", {"id": clip.id}) for clip in clips)):
        answer = registry.get(action).answer
        told = {
            caller: answer.dump_json(await registry.invoke(action, arguments, caller)).decode()
            for caller in (VIEWER, CONTROL)
        }
        assert str(tmp_path) not in told[VIEWER]
        assert str(tmp_path) in told[CONTROL]
        assert "A round" in told[VIEWER]
    page = json.loads(registry.get("clip.list").answer.dump_json(await registry.invoke("clip.list", {}, VIEWER)))
    ready, failed = page["items"]
    assert ready["thumbnail_path"].endswith(".jpg"), "that there is one is told"
    assert ready["path"] == Path(clips[1].path or "").name
    assert (failed["error_code"], failed["error_message"], failed["source_path"]) == ("disk_full", None, "Replay.mkv")
    assert (page["total"], ready["source_folder"]) == (2, None)


async def test_events(store: ClipStore, bus: Bus, tmp_path: Path) -> None:
    began = bus.last_id
    looking, acting = bus.subscribe(audience=Scope.VIEW), bus.subscribe(audience=Scope.CONTROL)
    rows = [clip.model_dump(mode="json") for clip in await failed_and_ready(store, tmp_path)]
    kinds = (ClipAccepted, ClipSaved, ClipFailed, ClipChanged)
    for event in (
        *(kind(row) for kind in kinds for row in rows),
        RecordStateChanged(active=True, path=str(tmp_path / "a.mkv")),
        ReplayBufferSaved(str(tmp_path / "b.mkv")),
        MacroChanged({"name": "Pause"}, outcome="not_writable", message=f"Step 1: not written to {tmp_path}."),
        VoiceCommandHeard("shoot", "screenshot.save", {}, "not_writable", f"Not written to {tmp_path}."),
        ModelProgressed("base", "failed", 0.5, f"{tmp_path} is full.", f"Empty {tmp_path}."),
    ):
        bus.publish(event)
    seen, all_of_it = looking.take_waiting(), acting.take_waiting()
    assert [envelope.id for envelope in seen] == [envelope.id for envelope in all_of_it]
    assert [str(tmp_path) in envelope.text for envelope in all_of_it] == [True] * len(all_of_it)
    for envelopes in (seen, bus.since(began, Scope.VIEW) or []):
        assert [envelope.type for envelope in envelopes] == [envelope.type for envelope in all_of_it]
        assert not [envelope.text for envelope in envelopes if str(tmp_path) in envelope.text]
    states = TypeAdapter(RecordStateChanged).dump_json(bus.states(Scope.VIEW)[0])  # type: ignore[arg-type]
    assert json.loads(states)["path"] == ""
