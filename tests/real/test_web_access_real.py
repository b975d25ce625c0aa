"""Every page and window of the app, in both themes, on phone and desktop: accessible, touchable, nothing cut off.

With SCREENSHOTS set to a folder (docs/screens), pictures of them are put there.
"""

import os
import re
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from selenium.webdriver.support.ui import Select

import hatch_build
from companion.adapters.obs.private import PrivateObs
from tests.real import stage
from tests.real.companion import Companion
from tests.real.dashboard import come_in, pair, show_code
from tests.sound_server import SoundServer, sound_server
from tests.web.browser import COLOUR_RULES, TABLET, Window, window
from tests.web.conftest import built as built

pytestmark = [pytest.mark.real, pytest.mark.xdist_group("access"), pytest.mark.asyncio(loop_scope="session")]

PAGES = (
    "live",
    "deck",
    "clips",
    "transcript",
    "sessions",
    "status",
    "devices",
    "speech",
    "settings",
    "audit",
    "start",
    "more",
)
ADMIN = ("devices", "speech", "settings", "audit", "start")
"""Those that no other device is led to."""
SHOTS = os.environ.get("SCREENSHOTS")
FURTHER = {"live": ".mixer", "status": ".plots"}
"""What lies below the first look at a page, and is pictured, too."""
WHOLE = ("player", "trim", "session")
"""What is as good as a page: pictured in both themes, on phone and desktop."""
SCENES = ("Starting soon", "Just talking", "Be right back")


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SoundServer]:
    with sound_server(tmp_path_factory.mktemp("sound")) as running:
        running.plug_in("headset")
        running.set_default("headset.source")
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def companion(
    obs: PrivateObs, sound: SoundServer, tmp_path_factory: pytest.TempPathFactory, built: Path
) -> AsyncIterator[Companion]:
    """A daemon in the middle of an evening: a session with clips and marks, a recording, a macro, a paired phone."""
    environment = {name: sound.environment[name] for name in ("PULSE_SERVER", "PULSE_COOKIE", "XDG_RUNTIME_DIR")}
    running = Companion(tmp_path_factory.mktemp("home"), obs, {"LAN_PORT": "0", **environment})
    await running.start()
    try:
        with stage.witness(obs) as client:
            for name in SCENES:
                client.create_scene(name)
        await furnish(running)
        yield running
    finally:
        await running.stop()


async def furnish(companion: Companion) -> None:
    await offer(companion, [5, 10, 15])
    hotkey = {"keys": "<ctrl>+<shift>+<f9>", "action": "clip.save", "arguments": {"seconds": 10}}
    await companion.put("/api/settings/hotkeys", value=[hotkey])
    phrase = {"phrase": "clip that|this", "action": "clip.save", "arguments": {"seconds": 10}}
    await companion.put("/api/settings/voice_phrases", value=[phrase])
    await companion.until_reach(16)
    await companion.post("/api/sessions", title="Friday night")
    await companion.post("/api/studio/record/start")
    await companion.post("/api/marks", title="Boss fight")
    for title, tags in (("Triple kill", ["ace", "ranked"]), ("The laugh", ["funny"])):
        clip = await companion.save(6, title=title)
        await companion.patch(f"/api/clips/{clip['id']}", title=title, tags=tags)
    await companion.post("/api/macros", name="Intro", steps=[{"action": "clip.mark"}, {"wait": 1}])
    with window("") as desk, window("", phone=True) as phone:
        await come_in(desk, companion)
        desk.prefer()
        pair(desk, phone, show_code(desk), "Pocket")


async def offer(companion: Companion, lengths: list[int]) -> None:
    await companion.put("/api/settings/clip_lengths", value=lengths)


@pytest.fixture(scope="module", params=["desktop", "phone"])
def kind(request: pytest.FixtureRequest) -> str:
    """What the app is looked at with."""
    return str(request.param)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def page(companion: Companion, kind: str) -> AsyncIterator[Window]:
    """The app in a window of this kind; for all tests that begin with what it is to remember."""
    with window("", phone=kind == "phone") as page:
        await come_in(page, companion)
        yield page


def shoot(page: Window, name: str, kind: str, theme: str) -> None:
    if SHOTS:
        page.screenshot(Path(SHOTS) / f"{name}-{kind}-{theme}.webp")


def look(page: Window, name: str, kind: str, shown: Sequence[str] = ()) -> dict[str, Any]:
    """What is wrong with what is open now, in both themes; the pictures are of those that are `shown`.

    It is one and the same page in both, so that in the second one axe-core has to be asked about colours only.
    """
    found = {}
    for theme, rules in (("dark", None), ("light", COLOUR_RULES)):
        page.wear(theme)
        if faults := page.faults(rules):
            found[f"{name} {theme}"] = faults
        if theme in shown:
            shoot(page, name, kind, theme)
    if kind == "desktop":
        with page.sized(*TABLET):
            if faults := page.misfits():
                found[f"{name} on a tablet"] = faults
    return found


async def test_every_page_is_accessible_in_both_themes(companion: Companion, page: Window, kind: str) -> None:
    page.prefer()
    page.find("nav.nav")
    found: dict[str, Any] = {}
    for name in PAGES:
        page.go(name)
        settle(page, name)
        found |= look(page, name, kind, ("dark", "light"))
        if SHOTS and kind == "phone" and name in FURTHER:
            await further(companion, page, FURTHER[name])
    await offer(companion, [60])
    page.go("live")
    page.find("button.wanted", "Make it longer")
    found |= look(page, "live, too short,", kind)
    await offer(companion, [5, 10, 15])
    assert found == {}
    assert page.errors() == []


async def further(companion: Companion, page: Window, selector: str) -> None:
    """Picture what is reached by scrolling, the desk as it is in studio mode."""
    await companion.post("/api/studio/mode", on=True)
    await companion.post("/api/studio/preview", name=SCENES[1])
    page.wear("dark")
    if selector == ".mixer":
        page.find(".scene.preview", SCENES[1])
    page.driver.execute_script("arguments[0].closest('section').scrollIntoView()", page.find(selector))
    shoot(page, selector.removeprefix("."), "phone", "dark")
    await companion.post("/api/studio/mode", on=False)


def settle(page: Window, name: str) -> None:
    """Wait until the page has all that it shows."""
    page.find(f"main.page-{name} h1")
    page.gone(".waiting")
    if name == "live":
        page.find(".picture img")
        page.find(".health")
    if name == "speech":
        page.find(".choosable", "Headset")
    if name in ("clips", "sessions"):
        page.find(".card img" if name == "clips" else ".sittings a")


WINDOWS: dict[str, Callable[[Window], None]] = {}


def opens(function: Callable[[Window], None]) -> Callable[[Window], None]:
    WINDOWS[function.__name__] = function
    return function


@opens
def player(page: Window) -> None:
    page.go("clips")
    page.click(".card a", "The laugh")
    page.find("dialog video")
    page.click("dialog button", "Proved")
    page.find("dialog table")


@opens
def trim(page: Window) -> None:
    page.go("clips")
    page.click(".card a", "Triple kill")
    page.find("dialog video")
    page.click("dialog button", "Trim")
    page.find(".handles")


@opens
def session(page: Window) -> None:
    page.go("sessions")
    page.click(".sittings a", "Friday night")
    page.find(".timeline .clip")
    page.find(".card img")


@opens
def key(page: Window) -> None:
    page.go("deck")
    page.click("button", "Arrange")
    page.click(".key.add")
    Select(page.find("dialog select")).select_by_value("clip.save")
    page.find("dialog input[type=number]")


@opens
def macros(page: Window) -> None:
    page.go("deck")
    page.click("button", "Macros")
    page.find("dialog li", "Intro")


@opens
def macro(page: Window) -> None:
    macros(page)
    page.click("dialog button", "Change Intro")
    page.find("dialog .macro-step select")


@opens
def hotkeys(page: Window) -> None:
    page.go("settings")
    page.find(".of-hotkeys .summary", "Save the last seconds")  # which moves what is below it
    page.click("#setting-hotkeys")
    page.find("dialog .macro-step select")


@opens
def phrases(page: Window) -> None:
    page.go("settings")
    page.find(".of-phrases .summary", "clip that|this")
    page.click("#setting-voice_phrases")
    page.find("dialog .macro-step select")


@opens
def microphone(page: Window) -> None:
    page.go("settings")
    page.find(".of-hotkeys .summary", "Save the last seconds")
    page.click("#setting-microphone")
    page.find("dialog .choosable", "Headset")


@opens
def code(page: Window) -> None:
    page.go("devices")
    page.click("button", "Show the code")
    page.find("img.qr")


@opens
def question(page: Window) -> None:
    page.go("devices")
    page.click(".device button", "Revoke")
    page.find("dialog button.danger")


async def test_every_window_is_accessible_in_both_themes(companion: Companion, page: Window, kind: str) -> None:
    found: dict[str, Any] = {}
    for name, show in WINDOWS.items():
        page.prefer()  # loads the page anew, which closes what was open
        page.find("nav.nav")
        show(page)
        page.gone(".waiting")
        shown = ("dark", "light") if name in WHOLE else ("dark",) if kind == "phone" else ()
        found |= look(page, name, kind, shown)
        if name == "code":
            await companion.delete("/api/pairing")  # the code stays open when the page is gone
    assert found == {}
    assert page.errors() == []


async def test_the_way_in_is_accessible(companion: Companion) -> None:
    """A phone that types the code, waits, and is denied."""
    with window("") as desk, window("", phone=True) as phone:
        await come_in(desk, companion)
        desk.prefer()
        address = show_code(desk)
        found: dict[str, Any] = {}

        phone.open(address.split("#")[0])
        phone.prefer()
        phone.find("input.code")
        found |= look(phone, "pair-code", "phone", ("dark", "light"))
        phone.open(address)
        phone.find("button.primary", "Pair")
        found |= look(phone, "pair-name", "phone", ("dark", "light"))
        phone.click("button.primary", "Pair")
        phone.find(".number")
        found |= look(phone, "pair-number", "phone", ("dark", "light"))
        desk.find(".asking-number")
        found |= look(desk, "asking", "desktop", ("light",))
        desk.go("status")
        desk.click(".components .button", "Devices")
        desk.click(".asking button", "Deny")
        phone.find("[role=alert]", "not allowed")
        found |= look(phone, "pair-denied", "phone", ("dark", "light"))
        assert found == {}


async def test_a_phone_that_may_only_look_is_shown_accessible_pages(companion: Companion) -> None:
    """Keys that it may not press, and pages that it is refused, among them."""
    with window("") as desk, window("", phone=True) as phone:
        await come_in(desk, companion)
        desk.prefer()
        pair(desk, phone, show_code(desk), "On the sofa", scope="View")
        phone.prefer()
        phone.find("nav.nav")
        phone.errors()
        found: dict[str, Any] = {}
        for name in sorted(PAGES, key=ADMIN.__contains__):
            phone.go(name)
            phone.find(f"main.page-{name} h1")
            phone.gone(".waiting")
            found |= look(phone, f"{name}, to look at,", "phone")
            if name not in ADMIN:
                assert phone.errors() == [], f"{name} asked for something that it may not have"
        assert found == {}
        assert all("403" in error for error in phone.errors())


async def test_the_page_about_trust_is_accessible(companion: Companion) -> None:
    """Read by a phone that nobody has let in, and before it trusts anything."""
    lan = await companion.get("/api/lan")
    with window("", phone=True) as phone:
        phone.open(f"{lan['urls'][0]}/trust")
        phone.find("h1", "Trust")
        assert lan["fingerprint"] in phone.text
        assert look(phone, "trust", "phone", ("dark", "light")) == {}


def english_only() -> set[str]:
    """The app's English texts that German does not have as well."""
    said = {}
    for language in ("en", "de"):
        files = (hatch_build.WEB / "src" / "i18n").glob(f"*{language}.ts")
        source = "\n".join(file.read_text() for file in files)
        said[language] = set(re.findall(r'"((?:[^"\\\n]|\\.)+)"', source))
    return said["en"] - said["de"]


def names_of_keys(pages: list[dict[str, Any]]) -> set[str]:
    """What somebody named: on the deck, and scenes and inputs, which have keys there."""
    return {key["label"] for page in pages for key in page["buttons"]}


async def test_german_is_whole_and_fits(companion: Companion, page: Window) -> None:
    english = english_only()
    assert {"Settings", "Scenes", "Paired devices"} < english
    english -= names_of_keys((await companion.get("/api/deck"))["pages"])
    page.prefer(language="de")
    page.find("nav.nav", "Mehr")
    found: dict[str, Any] = {}
    for name in PAGES:
        page.go(name)
        settle(page, name)
        if left := page.said() & english:
            found[f"{name}, in English"] = left
        if cut := page.cut_off():
            found[name] = cut
        if (wider := page.too_wide()) > 0:
            found[f"{name}, wide"] = wider
    assert found == {}


@pytest.mark.parametrize("language", ["en", "de"])
async def test_whatever_a_key_can_do_is_told_in_whole_words(companion: Companion, page: Window, language: str) -> None:
    english = english_only() - names_of_keys((await companion.get("/api/deck"))["pages"])
    page.prefer(language=language)
    page.go("deck")
    page.click(".head button[aria-pressed=false]")
    page.click(".key.add")
    choice = Select(page.find("dialog select"))
    names = [name for option in choice.options if (name := option.get_attribute("value"))]
    assert {"clip.save", "item.show", "scene.switch"} <= set(names)
    found: dict[str, Any] = {}
    for name in names:
        choice.select_by_value(name)
        faults = page.cut_off()
        if language == "de":
            faults += page.said() & english
        if faults:
            found[name] = faults
    assert found == {}


async def test_what_the_daemon_says_in_english_is_marked_as_that(tmp_path: Path, built: Path) -> None:
    """Where little is as it should be: without OBS, a microphone, a tray or a keyring, and in German."""
    companion = Companion(tmp_path / "home", None, {})
    await companion.start()
    try:
        with window("", phone=True) as page:
            await come_in(page, companion)
            page.prefer(language="de")
            parts = (await companion.get("/api/status"))["components"]
            english = {text for part in parts for text in (part["detail"], part["remedy"]) if text}
            found: dict[str, set[str]] = {}
            for name in PAGES:
                page.go(name)
                page.find(f"main.page-{name} h1")
                page.gone(".waiting")
                if left := {said for said in page.said() if any(text in said for text in english)}:
                    found[name] = left
            page.go("status")
            page.find(".components li", "läuft nicht")
            page.find(".components [lang=en]")
            assert found == {}
    finally:
        await companion.stop()


async def test_what_is_empty_or_away_is_shown_as_that(tmp_path: Path, built: Path) -> None:
    """Without OBS, clips, sessions or phones, and then without the daemon."""
    companion = Companion(tmp_path / "home", None, {"LAN_PORT": "0"})
    await companion.start()
    with window("", phone=True) as page:
        found: dict[str, Any] = {}
        try:
            await come_in(page, companion)
            page.prefer(theme="dark")
            page.find("nav.nav")
            for name in PAGES:
                page.go(name)
                page.find(f"main.page-{name} h1")
                page.gone(".waiting")
                if faults := page.faults():
                    found[name] = faults
                if name in ("live", "clips"):
                    shoot(page, f"empty-{name}", "phone", "dark")
            page.go("live")
            page.find(".empty", "OBS is not connected")
        finally:
            await companion.stop()
        page.find(".banner", "No connection")
        page.find("main.stale")
        page.gone(".tally")
        page.go("clips")
        page.find(".empty", "does not answer")
        if faults := page.faults():
            found["offline"] = faults
        shoot(page, "offline", "phone", "dark")
        assert found == {}
