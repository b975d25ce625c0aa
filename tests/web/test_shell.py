"""The app in a real browser, as a whole: gone through by keyboard alone, and the desk seen at a glance."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from selenium.webdriver import Keys

from companion.domain.events import ReplayState, ReplayStateChanged, StudioChanged
from companion.domain.studio import Input, Item, Scene, StudioState
from tests.web.browser import TABLET
from tests.web.person import Person, at_the_page
from tests.web.shelf import Shelf, serving

pytestmark = pytest.mark.real

INSIDE = "return document.activeElement === document.body || document.activeElement.closest('dialog') !== null"
FOCUSED = "return arguments[0] === document.activeElement"


@pytest.fixture
async def shelf(tmp_path: Path, built: Path) -> AsyncIterator[Shelf]:
    async with serving(tmp_path) as found:
        yield found


async def focused(person: Person, css: str, text: str = "") -> None:
    async def is_it() -> bool:
        return bool(await person.run(FOCUSED, await person.find(css, text)))

    await person.until(is_it, f"{css} with {text!r} has the focus")


async def tab_to(person: Person, css: str, stops: int = 40) -> None:
    """Press Tab until the focus is on what fits `css`."""
    for _ in range(stops):
        await person.press(Keys.TAB)
        if await person.run("return document.activeElement.matches(arguments[0])", css):
            return
    raise AssertionError(f"no Tab leads to {css}")


async def test_pages_choices_and_windows_are_gone_through_by_keyboard(shelf: Shelf) -> None:
    await shelf.add(shelf.clip(0, id=1, title="Boss fight"))
    async with at_the_page(shelf.link("live")) as person:
        await tab_to(person, ".nav a[href='#/more']")
        await person.press(Keys.ENTER)
        await focused(person, "main.page-more h1")
        await tab_to(person, "[role=radio]")
        await focused(person, "[role=radio][aria-checked=true]", "System")
        await person.press(Keys.ARROW_RIGHT)
        await focused(person, "[role=radio][aria-checked=true]", "Dark")
        assert await person.run("return document.documentElement.dataset.theme") == "dark"
        await person.press(Keys.ARROW_LEFT, Keys.ARROW_LEFT)
        await focused(person, "[role=radio][aria-checked=true]", "Light")
        await person.press(Keys.TAB)
        await focused(person, "[role=radio][aria-checked=true]", "English")

        await person.go("clips")
        await focused(person, "main.page-clips h1")
        await person.find(".card")
        await tab_to(person, ".card a")
        await person.press(Keys.ENTER)
        await person.find("dialog", "Boss fight")
        for _ in range(25):
            await person.press(Keys.TAB)
            assert await person.run(INSIDE)
        await person.press(Keys.ESCAPE)
        await person.gone("dialog")
        await focused(person, ".card a")


# How far each part of the desk reaches below the window.
SEEN = """
const parts = ['picture', 'scenes', 'sources', 'maker', 'outputs', 'mixer'];
return parts.map(name => document.querySelector(`.${name}`).getBoundingClientRect().bottom - innerHeight);
"""


def furnish(shelf: Shelf) -> None:
    sources = enumerate(("Game", "Camera", "Chat", "Alerts", "Overlay"))
    items = tuple(Item(id=number, source=name, visible=True, kind="image_source") for number, name in sources)
    scenes = tuple(Scene(name, items) for name in ("Game", "Just talking", "Starting soon", "Be right back"))
    names = ("Desktop Audio", "Mic/Aux", "Music", "Game")
    sounds = tuple(Input(name, "wasapi", has_audio=True, volume_db=0.0) for name in names)
    shelf.bus.publish(StudioChanged(StudioState(connected=True, program="Game", scenes=scenes, inputs=sounds)))
    shelf.bus.publish(ReplayStateChanged(ReplayState.RECORDING, 60.0, 60.0))


async def test_the_desk_is_seen_without_scrolling_and_has_two_columns_on_a_tablet(shelf: Shelf) -> None:
    furnish(shelf)
    async with at_the_page(shelf.link("live")) as person:
        await person.find(".strip", "Music")
        with await asyncio.to_thread(person.page.sized, 1360, 850):
            assert max(await person.run(SEEN)) <= 0
        with await asyncio.to_thread(person.page.sized, *TABLET):
            assert await person.misfits() == {}
            columns = "return getComputedStyle(document.querySelector('.desk')).gridTemplateColumns.split(' ').length"
            assert await person.run(columns) == 2
