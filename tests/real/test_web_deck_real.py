"""The deck under a finger: keys held, their looks, pages named, removed and swiped; the daemon tells what is kept."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from selenium.webdriver.support.ui import Select

from tests.real.companion import Companion
from tests.real.dashboard import come_in
from tests.web.browser import Window, window
from tests.web.conftest import built as built

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="session")]

ASKED = "return [...document.querySelectorAll('dialog h2')].map(title => title.innerText)"
NAMED = ".tabs .chip[aria-current=true]"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def companion(tmp_path_factory: pytest.TempPathFactory, built: Path) -> AsyncIterator[Companion]:
    running = Companion(tmp_path_factory.mktemp("home"))
    await running.start()
    try:
        yield running
    finally:
        await running.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def phone(companion: Companion) -> AsyncIterator[Window]:
    with window("", phone=True) as page:
        await come_in(page, companion)
        page.prefer()
        yield page


async def lay_out(companion: Companion, phone: Window, **pages: list[str]) -> None:
    """A deck of these pages, with a key for each label; opened anew."""
    laid = [
        {"name": name, "buttons": [{"label": label, "action": "clip.mark"} for label in labels]}
        for name, labels in pages.items()
    ]
    await companion.put("/api/deck", pages=laid)
    phone.go("deck")
    phone.driver.refresh()
    phone.find(".key", "A")


async def deck(companion: Companion) -> dict[str, list[dict[str, Any]]]:
    """The keys that are kept, by their page's name."""
    return {page["name"]: page["buttons"] for page in (await companion.get("/api/deck"))["pages"]}


async def test_a_held_key_is_copied_changed_and_removed(companion: Companion, phone: Window) -> None:
    await lay_out(companion, phone, One=["A", "B"])

    def choose(label: str, option: str) -> None:
        with phone.held(phone.find(".key", label)):
            phone.find("dialog h2", label)
        phone.click("dialog button", option)

    choose("A", "Copy")
    await companion.until(lambda found: labels(found) == ["A", "B", "A"], "/api/deck")
    choose("B", "Edit")
    phone.click("dialog .picker button", "rocket")
    phone.click("dialog .picker button", "Violet")
    phone.type("dialog input[maxlength='60']", "Boost")
    phone.click("dialog button[type=submit]")
    phone.find(".key.tinted .icon + .label", "Boost")
    choose("A", "Remove")
    phone.gone("dialog")
    await companion.until(lambda found: labels(found) == ["Boost", "A"], "/api/deck")
    (changed, _) = (await deck(companion))["One"]
    assert (changed["icon"], changed["colour"], changed["action"]) == ("rocket", "#7c5cd6", "clip.mark")


async def test_the_finger_that_held_a_key_presses_nothing_in_the_window_that_came_under_it(
    companion: Companion, phone: Window
) -> None:
    """On a phone that rises from below, over the last keys of a long page."""
    await lay_out(companion, phone, One=list("ABCDEFGHIJKLMNOPQR"))
    for name in "NQ":
        with phone.held(phone.find(".key", name)):
            phone.find("dialog h2", name)
        assert phone.driver.execute_script(ASKED) == [name]
        phone.click("dialog header button")
    assert labels(await companion.get("/api/deck")) == list("ABCDEFGHIJKLMNOPQR")


def labels(found: dict[str, Any]) -> list[str]:
    return [key["label"] for page in found["pages"] for key in page["buttons"]]


async def test_a_key_without_a_label_is_called_as_what_it_does(companion: Companion, phone: Window) -> None:
    await lay_out(companion, phone, One=["A"])
    phone.click(".head button", "Arrange")
    phone.click(".key.add")
    Select(phone.find("dialog select")).select_by_value("record.start")
    phone.click("dialog button[type=submit]")
    phone.find(".key", "Start recording")
    assert [key["label"] for key in (await deck(companion))["One"]] == ["A", ""]
    phone.click(".head button", "Done")


async def test_pages_are_added_named_and_removed(companion: Companion, phone: Window) -> None:
    await lay_out(companion, phone, One=["A"])
    phone.click(".head button", "Arrange")
    phone.click(".tools button", "Add page")
    phone.find(NAMED, "Page 2")
    phone.type(".tools input", "Finale")
    phone.driver.execute_script("document.activeElement.blur()")
    phone.find(NAMED, "Finale")
    assert list(await deck(companion)) == ["One", "Finale"]
    phone.click(".tabs .chip", "One")
    phone.click(".tools button", "Remove page")
    phone.find("dialog", "One")
    phone.click("dialog button.danger")
    phone.gone(".tabs")
    assert list(await deck(companion)) == ["Finale"]
    phone.click(".head button", "Done")


async def test_a_swipe_turns_to_the_next_page_and_back_and_presses_nothing(companion: Companion, phone: Window) -> None:
    await lay_out(companion, phone, One=["A", "B", "C"], Two=["D", "E", "F"])
    phone.find(NAMED, "One")
    phone.swipe(phone.find(".key", "C"), -250)
    phone.find(NAMED, "Two")
    phone.swipe(phone.find(".page:not([inert]) .key", "D"), 250)
    phone.find(NAMED, "One")
    assert phone.driver.execute_script("return document.querySelector('dialog, .toast')") is None
