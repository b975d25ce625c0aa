"""The deck: one to begin with, arranged by the streamer, and never a button that lends somebody's rights."""

import dataclasses
from typing import Any

import pytest

from companion.adapters.database import Database
from companion.domain.events import DeckChanged, StudioChanged
from companion.domain.settings import Settings
from companion.domain.studio import Input, Scene, StudioState
from companion.features.deck import Deck
from companion.features.macros import Macros
from companion.kernel.actions import ActionInvoked, Caller, Registry, Scope
from companion.kernel.bus import Bus
from companion.kernel.errors import NotAllowed, Refused
from tests.features.pad import PHONE, Pad

STREAMER = Caller("http", Scope.ADMIN, "test")
OWNER = dataclasses.replace(PHONE, scope=Scope.ADMIN)
OWES = dataclasses.replace(OWNER, owes_code=True)


@pytest.fixture
def registry(database: Database, bus: Bus) -> Registry:
    settings = Settings(clip_lengths=[20, 40])
    made: list[Registry] = []
    features = [Macros(database, bus, lambda: made[0]), Deck(database, bus, lambda: settings, lambda: made[0])]
    made.append(Registry(bus, [Pad(), *features]))
    return made[0]


def button(action: str = "pad.press", label: str = "A", **more: Any) -> dict[str, Any]:
    arguments = {"key": "a"} if action == "pad.press" else {}
    return {"label": label, "action": action, "arguments": arguments, **more}


async def test_the_first_deck_is_made_from_the_settings_and_the_studio(registry: Registry, bus: Bus) -> None:
    first = await registry.invoke("deck.show", {}, PHONE)
    assert not first.arranged
    assert [page.name for page in first.pages] == ["Clips"]
    lengths = [b.arguments.get("seconds") for b in first.pages[0].buttons if b.action == "clip.save"]
    assert lengths == [20, 40]
    inputs = (Input("Mic", "pulse", has_audio=True), Input("Logo", "image"))
    bus.publish(StudioChanged(StudioState(connected=True, scenes=(Scene("Game"), Scene("Pause")), inputs=inputs)))
    pages = (await registry.invoke("deck.show", {}, PHONE)).pages
    assert [page.name for page in pages] == ["Clips", "Scenes", "Sound"]
    assert [b.arguments for b in pages[1].buttons] == [{"name": "Game"}, {"name": "Pause"}]
    assert [b.arguments for b in pages[2].buttons] == [{"name": "Mic"}]


async def test_the_first_decks_keys_differ_and_those_with_words_of_the_apps_own_leave_them_to_it(
    registry: Registry,
) -> None:
    (page,) = (await registry.invoke("deck.show", {}, PHONE)).pages
    others = [found for found in page.buttons if found.action != "clip.save"]
    assert {found.label for found in others} == {""}
    assert len({found.icon for found in others}) == len(others)
    assert not [found for found in others if found.action.endswith(".stop")], "a press on what runs stops it"


async def test_every_button_of_the_first_deck_names_a_real_action(registry: Registry, bus: Bus) -> None:
    from companion import app
    from companion.kernel.actions import validated

    inputs = (Input("Mic", "pulse", has_audio=True),)
    bus.publish(StudioChanged(StudioState(connected=True, scenes=(Scene("Game"),), inputs=inputs)))
    known = {item.name: item for item in app.actions()}
    pages = (await registry.invoke("deck.show", {}, PHONE)).pages
    for found in [found for page in pages for found in page.buttons]:
        validated(known[found.action], dict(found.arguments))


async def test_it_is_arranged_kept_told_and_taken_back(registry: Registry, bus: Bus) -> None:
    pages = [
        {"name": "One", "buttons": [button(colour="#aa0000", icon="rotate-ccw"), button(label="")]},
        {"name": "Two", "buttons": []},
    ]
    saved = await registry.invoke("deck.save", {"pages": pages}, PHONE)
    assert saved.arranged
    shown = await registry.invoke("deck.show", {}, PHONE)
    assert shown == saved
    assert [(page.name, len(page.buttons)) for page in shown.pages] == [("One", 2), ("Two", 0)]
    assert shown.pages[0].buttons[0].colour == "#aa0000"
    told = bus.latest(DeckChanged)
    assert told is not None
    assert [page["name"] for page in told.pages] == ["One", "Two"]
    await registry.invoke("deck.save", {"pages": [pages[1]]}, PHONE)
    assert [page.name for page in (await registry.invoke("deck.show", {}, PHONE)).pages] == ["Two"]
    assert not (await registry.invoke("deck.save", {"pages": []}, PHONE)).arranged


@pytest.mark.parametrize(
    ("page", "code"),
    [
        ({"name": "", "buttons": []}, "invalid_arguments"),
        ({"name": "A", "buttons": [button(colour="red")]}, "invalid_arguments"),
        ({"name": "A", "buttons": [button(icon="../x")]}, "invalid_arguments"),
        ({"name": "A", "buttons": [button(label="x" * 61)]}, "invalid_arguments"),
        ({"name": "A", "buttons": [button()] * 65}, "invalid_arguments"),
        ({"name": "A", "buttons": [button("pad.nothing")]}, "invalid_step"),
        ({"name": "A", "buttons": [{**button(), "arguments": {"key": 1}}]}, "invalid_step"),
    ],
)
async def test_what_could_not_work_is_refused_and_the_deck_stays(
    registry: Registry, page: dict[str, Any], code: str
) -> None:
    await registry.invoke("deck.save", {"pages": [{"name": "Kept", "buttons": [button()]}]}, STREAMER)
    with pytest.raises(Refused) as caught:
        await registry.invoke("deck.save", {"pages": [page]}, STREAMER)
    assert caught.value.code == code
    assert [kept.name for kept in (await registry.invoke("deck.show", {}, STREAMER)).pages] == ["Kept"]


async def test_nobody_lays_out_a_button_for_what_they_may_not_do(registry: Registry) -> None:
    pages = [{"name": "Trap", "buttons": [button("pad.lock", "Clip")]}]
    with pytest.raises(NotAllowed):
        await registry.invoke("deck.save", {"pages": pages}, PHONE)
    assert (await registry.invoke("deck.save", {"pages": pages}, STREAMER)).arranged


@pytest.mark.parametrize(("caller", "code"), [(PHONE, "scope_too_low"), (OWES, "one_time_password_needed")])
async def test_neither_the_code_nor_a_macro_around_it_is_a_way_past(
    registry: Registry, caller: Caller, code: str
) -> None:
    lock = {"name": "Lock", "steps": [{"action": "pad.lock"}]}
    macro = await registry.invoke("macro.save", lock, STREAMER)
    for action, arguments in (("pad.lock", {}), ("macro.run", {"id": macro.id}), ("macro.save", lock | {"name": "x"})):
        pages = [{"name": "Trap", "buttons": [button(action, "Clip") | {"arguments": arguments}]}]
        with pytest.raises(NotAllowed) as refused:
            await registry.invoke("deck.save", {"pages": pages}, caller)
        assert refused.value.code == code
        assert "Trap, Clip" in refused.value.message
        assert (await registry.invoke("deck.save", {"pages": pages}, OWNER)).arranged


async def test_administrative_buttons_are_told_for_the_record(registry: Registry, bus: Bus) -> None:
    told = bus.subscribe(ActionInvoked)
    for buttons in ([button("pad.lock"), button()], [button()]):
        await registry.invoke("deck.save", {"pages": [{"name": "One", "buttons": buttons}]}, OWNER)
    facts = [envelope.event for envelope in told.take_waiting()]
    assert [(fact.subject, fact.administrative) for fact in facts if isinstance(fact, ActionInvoked)] == [
        ("pad.lock", True),
        ("", False),
    ]
