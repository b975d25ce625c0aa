"""The transcript's actions: shown in order, searched, marked, and written to files."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from companion.adapters.clip_store import ClipStore
from companion.adapters.database import Database
from companion.adapters.transcript_store import TranscriptStore
from companion.domain.events import MarkSet
from companion.domain.models import Session
from companion.domain.speech import Final, Word
from companion.features import transcripts
from companion.features.transcripts import EXPORTS_KEPT, Transcripts
from companion.kernel.actions import Caller, FileAnswer, Registry, Scope
from companion.kernel.bus import Bus
from companion.kernel.errors import Conflict, NotAllowed, NotFound, Refused
from tests.features.conftest import NOON, add_clip

STREAMER = Caller("test", Scope.ADMIN)


def final(start: float, text: str) -> Final:
    said = text.split()
    words = [Word(start + n * 0.5, start + n * 0.5 + 0.4, word, 0.9) for n, word in enumerate(said)]
    return Final(1, start, start + len(said) * 0.5, text, tuple(words), "en", 0.8)


class Desk:
    def __init__(self, database: Database, store: ClipStore, bus: Bus, folder: Path) -> None:
        self.transcript = TranscriptStore(database, bus)
        self.registry = Registry(bus, [Transcripts(database, self.transcript, store, bus, folder)])

    async def say(self, start: float, text: str, session_id: int | None = None) -> int:
        return (await self.transcript.add(session_id=session_id, began=NOON.timestamp(), final=final(start, text))).id

    async def do(self, name: str, **arguments: Any) -> Any:
        return await self.registry.invoke(f"transcript.{name}", arguments, STREAMER)

    async def export(self, **arguments: Any) -> tuple[str, str]:
        answer = await self.do("export", **arguments)
        assert isinstance(answer, FileAnswer)
        return answer.filename, answer.path.read_text("utf-8")


@pytest.fixture
async def desk(database: Database, store: ClipStore, bus: Bus, tmp_path: Path) -> Desk:
    async with database.write() as session:
        session.add(Session(title='Boss: "night"', started_at=NOON, seen_at=NOON))
    return Desk(database, store, bus, tmp_path / "exports")


async def test_it_is_shown_in_order_of_time_from_its_end(desk: Desk) -> None:
    ids = [await desk.say(10.0 * place, f"number {place}") for place in (2, 0, 1, 3)]
    page = await desk.do("show", limit=3)
    assert ([one.text for one in page.items], page.more) == (["number 1", "number 2", "number 3"], True)
    page = await desk.do("show", before=page.items[0].id)
    assert ([one.text for one in page.items], page.more) == (["number 0"], False)
    assert [one.id for one in (await desk.do("show", after=ids[2])).items] == sorted(ids)[1:]


async def test_only_what_was_asked_for(desk: Desk, store: ClipStore) -> None:
    await desk.say(0, "before it all", session_id=1)
    await desk.say(95, "partly in the clip it is")
    await desk.say(98, "inside", session_id=1)
    clip = await add_clip(store, minutes=2)
    span = {"start_at": NOON + dt.timedelta(seconds=96), "end_at": NOON + dt.timedelta(seconds=100)}
    await store.change(clip.number, **span)
    assert [one.text for one in (await desk.do("show", clip=clip.id)).items] == ["the clip it is", "inside"]
    assert [one.text for one in (await desk.do("show", session=1)).items] == ["before it all", "inside"]
    since = NOON + dt.timedelta(seconds=90)
    until = NOON + dt.timedelta(seconds=97)
    assert [one.text for one in (await desk.do("show", since=since, until=until)).items] == ["partly in the clip"]
    with pytest.raises(Conflict) as caught:
        await desk.do("show", clip=(await add_clip(store)).id)
    assert caught.value.code == "clip_not_ready"
    with pytest.raises(NotFound):
        await desk.do("show", clip=99)


async def test_exports_count_from_the_beginning_of_what_they_are_of(desk: Desk, store: ClipStore) -> None:
    await desk.say(65, "Hello chat.", session_id=1)
    assert await desk.export(session=1) == (
        "Boss night (1).srt",
        "1\n00:01:05,000 --> 00:01:06,000\nHello chat.\n\n",
    )
    name, content = await desk.export(since=NOON + dt.timedelta(seconds=60), form="vtt")
    assert name.endswith(".vtt")
    assert content == "WEBVTT\n\n00:00:05.000 --> 00:00:06.000\nHello chat.\n\n"
    clip = await add_clip(store)
    span = {"start_at": NOON + dt.timedelta(seconds=64), "end_at": NOON + dt.timedelta(seconds=65.7)}
    await store.change(clip.number, **span)
    name, content = await desk.export(clip=clip.id, form="json")
    [segment] = json.loads(content)["segments"]
    assert (name, segment["start"], segment["words"][0]["text"]) == ("clip 1.json", 1.0, "Hello")
    assert (await desk.export(session=1, form="txt"))[1] == "[00:01:05] Hello chat.\n"


async def test_a_span_has_exactly_the_words_that_were_said_in_it(desk: Desk) -> None:
    await desk.say(0, "zero one two three", session_id=1)  # two words each second
    await desk.say(60, "ten eleven twelve thirteen fourteen fifteen", session_id=1)
    await desk.say(120, "twenty twentyone twentytwo", session_id=1)
    span = {"since": NOON + dt.timedelta(seconds=61), "until": NOON + dt.timedelta(seconds=120.9)}
    texts = ["twelve thirteen fourteen fifteen", "twenty twentyone"]
    assert [one.text for one in (await desk.do("show", **span)).items] == texts
    page = await desk.do("show", **span, limit=2)
    assert ([one.text for one in page.items], page.more) == (texts, False)
    [(_, srt), (_, vtt), (_, plain), (_, listed)] = [
        await desk.export(**span, form=form) for form in ("srt", "vtt", "txt", "json")
    ]
    assert srt == (
        "1\n00:00:00,000 --> 00:00:01,900\ntwelve thirteen fourteen fifteen\n\n"
        "2\n00:00:59,000 --> 00:00:59,900\ntwenty twentyone\n\n"
    )
    assert vtt == "WEBVTT\n\n" + srt.replace(",", ".").replace("1\n00", "00").replace("2\n00", "00")
    assert plain == "[00:00:00] twelve thirteen fourteen fifteen\n[00:00:59] twenty twentyone\n"
    told = json.loads(listed)["segments"]
    assert [(one["text"], one["start"], one["end"]) for one in told] == [(texts[0], 0.0, 1.9), (texts[1], 59.0, 59.9)]
    assert [[word["text"] for word in one["words"]] for one in told] == [text.split() for text in texts]
    of_session = json.loads((await desk.export(**span, session=1, form="json"))[1])["segments"]
    assert [(one["text"], one["start"]) for one in of_session] == [(texts[0], 61.0), (texts[1], 120.0)]


async def test_an_export_of_nothing_is_told_so(desk: Desk) -> None:
    for arguments, kind, code in (
        ({}, Refused, "nothing_chosen"),
        ({"session": 1}, NotFound, "nothing_said"),
        ({"since": NOON, "until": NOON}, NotFound, "nothing_said"),
        ({"session": 1, "form": "docx"}, Refused, "invalid_arguments"),
    ):
        with pytest.raises(kind) as caught:
            await desk.do("export", **arguments)
        assert caught.value.code == code


async def test_more_than_is_written_at_once_is_refused_and_not_cut_off(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transcripts, "MOST", 3)
    for place in range(4):
        await desk.say(10 * place, f"number {place}", session_id=1)
    with pytest.raises(Refused) as caught:
        await desk.export(session=1)
    assert caught.value.code == "too_much_said"
    assert "shorter" in caught.value.remedy
    _, plain = await desk.export(since=NOON + dt.timedelta(seconds=5), form="txt")
    assert plain.count("number") == 3
    _, plain = await desk.export(session=1, until=NOON + dt.timedelta(seconds=25), form="txt")
    assert plain.count("number") == 3


async def test_old_exports_make_room(desk: Desk, tmp_path: Path) -> None:
    await desk.say(1, "x", session_id=1)
    for _ in range(EXPORTS_KEPT + 3):
        await desk.export(session=1)
    assert len(list((tmp_path / "exports").iterdir())) == EXPORTS_KEPT


async def test_a_moment_is_marked_where_it_was_said(desk: Desk, bus: Bus) -> None:
    number = await desk.say(65, "Hello chat.", session_id=1)
    events = bus.subscribe(MarkSet)
    mark = await desk.do("mark", id=number)
    assert (mark.title, mark.session_id, mark.session_seconds, mark.open) == ("Hello chat.", 1, 65.0, False)
    told = (await events.get()).event
    assert isinstance(told, MarkSet)
    assert told.mark["id"] == mark.id
    with pytest.raises(NotFound):
        await desk.do("mark", id=number + 1)


async def test_who_may_only_look_may_not_mark_but_search(desk: Desk) -> None:
    number = await desk.say(65, "Hello chat.")
    viewer = Caller("phone", Scope.VIEW)
    with pytest.raises(NotAllowed):
        await desk.registry.invoke("transcript.mark", {"id": number}, viewer)
    found = await desk.registry.invoke("transcript.search", {"query": "helo"}, viewer)
    assert [hit.segment.text for hit in found.items] == ["Hello chat."]


async def test_a_query_of_10000_letters_is_refused(desk: Desk) -> None:
    with pytest.raises(Refused) as caught:
        await desk.do("search", query="x" * 10_000)
    assert caught.value.code == "invalid_arguments"
