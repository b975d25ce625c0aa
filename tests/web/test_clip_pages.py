"""The pages Clips and Sessions in a real browser: what a finger meets there, and that all that is kept is reached."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from PIL import Image

from companion.domain.models import ClipState, Mark
from tests.media import make_video
from tests.web.browser import TARGET_PX
from tests.web.person import Person, at_the_page
from tests.web.shelf import SECONDS, Shelf, serving

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="module")]

FILM, FIRST, SECOND, ALONE, FAILED, DOUBTFUL = range(1, 7)
MANY = 130
"""Sessions, and clips in one of them: more than are asked for at a time."""
TRIES_FOR_SECONDS = 100
"""So long a browser may try by itself to get the rest of a film."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shelf(tmp_path_factory: pytest.TempPathFactory, built: Path) -> AsyncIterator[Shelf]:
    """An evening of two hours: two clips that overlap, one by itself, one that failed and one that is doubtful.

    And many other sessions; the second has many clips, of which the oldest alone has the tag "rare".
    """
    async with serving(tmp_path_factory.mktemp("shelf")) as found:
        await found.add(found.sitting(id=1), found.clip(0, SECONDS, id=FILM, title="Film"))
        await found.add(
            found.clip(1800, 20, id=FIRST, title="Triple kill", session_id=1),
            found.clip(1810, 20, id=SECOND, title="The laugh", session_id=1),
            found.clip(3600, 20, id=ALONE, title="Boss fight", session_id=1),
            found.clip(5000, 20, id=FAILED, title="Lost", session_id=1, state=ClipState.FAILED, error_message="No."),
            found.clip(6400, 20, id=DOUBTFUL, title="Odd", session_id=1, state=ClipState.DOUBTFUL),
            Mark(session_id=1, at=found.began, session_seconds=900.0, title="Here", open=False),
        )
        await found.add(*(found.sitting(id=number, title=f"Night {number}") for number in range(2, MANY + 1)))
        tags = [["rare"], *([f"often {number % 13}"] for number in range(1, MANY))]
        await found.add(*(found.clip(n * 50.0, tags=one, session_id=2, title=f"No {n}") for n, one in enumerate(tags)))
        yield found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def phone(shelf: Shelf) -> AsyncIterator[Person]:
    async with at_the_page(shelf.link("clips"), phone=True) as person:
        yield person


async def test_the_handles_are_dragged_by_a_finger_also_where_they_meet(phone: Person) -> None:
    await phone.go(f"clips/{FILM}")
    await phone.click("dialog button", "Trim")
    start, end = await phone.find(".handles input:first-of-type"), await phone.find(".handles input:last-of-type")
    await phone.find(".film", f"keeps {SECONDS} s")
    assert await phone.small_targets() == []

    await phone.slide_by_touch(end, -1000)
    await phone.find(".film", "keeps 0.1 s")
    assert await phone.small_targets() == []
    await phone.slide_by_touch(end, 100)
    await phone.gone(".film", "keeps 0.1 s")
    between = float(await phone.run("return arguments[0].value", end))

    await phone.slide_by_touch(start, 1000)
    await phone.find(".film", "keeps 0.1 s")
    assert float(await phone.run("return arguments[0].value", end)) == between
    await phone.slide_by_touch(start, -1000)
    await phone.find(".film", f"keeps {round(between, 1):g} s")
    await phone.click("dialog header button")


async def middle(person: Person, clip: int) -> tuple[float, float]:
    script = """
    const box = document.querySelector(arguments[0]).getBoundingClientRect();
    return [box.left + box.width / 2, box.top + box.height / 2];
    """
    x, y = await person.run(script, f".timeline .clip[data-clip='{clip}']")
    return x, y


async def test_a_tap_beside_a_clip_of_the_timeline_opens_it_and_overlapping_ones_are_offered(phone: Person) -> None:
    await phone.go("sessions/1")
    await phone.find(f".timeline .clip[data-clip='{ALONE}']")
    assert await phone.small_targets() == []
    x, y = await middle(phone, ALONE)
    await phone.tap(x + TARGET_PX / 2 - 2, y)
    await phone.find("dialog h2", "Boss fight")
    await phone.click("dialog header button")

    for name in ("Triple kill", "The laugh"):
        await phone.go("sessions/1")
        await phone.find(f".timeline .clip[data-clip='{FIRST}']")
        await phone.tap(*await middle(phone, FIRST))
        await phone.click(".timeline .choosing a", name)
        await phone.find("dialog h2", name)
        await phone.click("dialog header button")


PLACES = """
const ground = document.querySelector('.timeline .ground').getBoundingClientRect();
return [...document.querySelectorAll(arguments[0])].map(one =>
  Math.round((one.getBoundingClientRect().left - ground.left) / ground.width * 1000) / 10);
"""


async def test_clips_and_marks_stand_at_their_time_and_what_went_wrong_is_told_by_signs(phone: Person) -> None:
    await phone.go("sessions/1")
    await phone.find(".timeline .clip")
    hundredths = [start / 72 for start in (1800, 1810, 3600, 5000, 6400)]
    assert await phone.run(PLACES, ".timeline .ground .clip") == pytest.approx(hundredths, abs=0.5)
    assert await phone.run(PLACES, ".timeline .ground .mark") == pytest.approx([12.5], abs=0.5)
    signs = "return [...document.querySelectorAll(arguments[0])].map(sign => sign.closest('[data-clip]').dataset.clip)"
    assert await phone.run(signs, ".timeline .clip .sign.red") == [str(FAILED)]
    assert await phone.run(signs, ".timeline .clip .sign.amber") == [str(DOUBTFUL)]
    assert "1 failed 1 doubtful" in (await phone.reads(".timeline .legend"))[0].replace("\n", " ")


async def test_the_oldest_session_and_the_oldest_clip_of_a_long_one_are_reached(phone: Person) -> None:
    await phone.go("sessions")
    await phone.find(".sittings a", f"Night {MANY}")
    await phone.click("button", "Show more")
    await phone.click(".sittings a", "Friday night")
    await phone.find(".timeline .clip")

    await phone.go("sessions/2")
    await phone.find(".card", f"No {MANY - 1}")
    assert len(await phone.reads(".timeline .ground .clip")) == MANY
    await phone.click("button", "Show more")
    await phone.find(".card", f"No {MANY - 61}")
    await phone.click("button", "Show more")
    await phone.find(".card a", "No 0")
    await phone.gone("button", "Show more")


async def test_clips_are_found_by_any_tag_also_one_that_only_an_old_clip_has(phone: Person) -> None:
    await phone.go("clips")
    await phone.find("button.chip", "often 1")
    assert "rare" not in await phone.reads("button.chip")
    await phone.click("button.text", "All 14 tags")
    await phone.click("button.chip", "rare")
    await phone.find(".head", "1 clip")
    assert await phone.reads(".card .title") == ["No 0"]


@asynccontextmanager
async def cut_off(person: Person) -> AsyncIterator[None]:
    """A browser to which no film and no picture of one comes through."""

    async def block(*addresses: str) -> None:
        cdp = person.page.driver.execute_cdp_cmd
        await asyncio.to_thread(cdp, "Network.enable", {})
        await asyncio.to_thread(cdp, "Network.setBlockedURLs", {"urls": addresses})

    await block("*/video", "*/thumbnail")
    try:
        yield
    finally:
        await block()
        await person.run("dispatchEvent(new Event('online'))")  # as the system tells


async def test_a_film_goes_on_where_it_stopped_and_its_picture_comes_when_the_network_is_back(
    shelf: Shelf, phone: Person, tmp_path: Path
) -> None:
    """Of a video so large that a browser has but a part of it."""
    filled = {"x264-params": "nal-hrd=cbr:filler=1:keyint=30", "b": "8M", "maxrate": "8M", "bufsize": "8M"}
    large = make_video(tmp_path / "large.mp4", size=(320, 180), seconds=120, audio=(), options=filled)
    picture = tmp_path / "large.jpg"
    Image.new("RGB", (320, 180), "teal").save(picture)
    noise = tmp_path / "noise.mp4"
    noise.write_bytes(bytes(10_000))
    await shelf.add(shelf.clip(7000, 120, title="Large", path=str(large), thumbnail_path=str(picture)))
    await shelf.add(shelf.clip(7000, title="Noise", path=str(noise)))

    async def shows(script: str) -> bool:
        return bool(await phone.run(f"const film = document.querySelector('video'); return {script}"))

    await phone.go("sessions")
    async with cut_off(phone):
        await phone.go("clips")
        await phone.find(".card", "Large")
        await phone.until(lambda: shows("!document.querySelector('.card img')"), "its picture does not come")
        await phone.click(".card a", "Large")
        await phone.find(".film [role=alert]", "does not answer")
        assert await shows("film.error.code === MediaError.MEDIA_ERR_SRC_NOT_SUPPORTED"), "of a network, too"
    await phone.until(lambda: shows("film.readyState > 1"), "it is there")
    await phone.until(lambda: shows("document.querySelector('.card img').naturalWidth"), "its picture came")

    await phone.click("button[aria-label='Play']")
    await phone.until(lambda: shows("film.currentTime > 0"), "it plays")
    async with cut_off(phone):
        await phone.run("document.querySelector('video').currentTime = 100")
        await phone.find(".film [role=alert]", "does not answer", TRIES_FOR_SECONDS)
    await phone.gone(".film [role=alert]")
    await phone.until(lambda: shows("film.currentTime > 100 && !film.paused"), "it goes on")

    await phone.click("dialog header button")
    await phone.click(".card a", "Noise")
    await phone.find(".film [role=alert]", "cannot play this clip")
