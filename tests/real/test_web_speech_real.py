"""What the app says of microphone and speech model, and how they are chosen there: real browser, daemon and sound."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from selenium.webdriver import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import Select

from tests.adapters.test_speech_models import REPOSITORY
from tests.fakes.model_hub import ModelHub
from tests.real.companion import Companion
from tests.real.dashboard import come_in, pair, show_code
from tests.sound_server import SoundServer, beeps, sound_server, write_wav
from tests.web.browser import Window, window
from tests.web.conftest import built as built

pytestmark = [pytest.mark.real, pytest.mark.xdist_group("web_speech"), pytest.mark.asyncio(loop_scope="session")]

MODEL = Path(__file__).parents[1] / "speech_model"
CAPTIONS = "section[aria-label=Captions]"
# How much of its meter a microphone fills, from 0 to 1.
FILLED = "return 1 - Number(arguments[0].querySelector('.meter i').style.getPropertyValue('--cover') || 1)"

# How many lines the captions' preview has, their letters' size as a part of its height, and where it stands.
PREVIEW = """
const [frame, box] = ['.caption-preview', '.caption-preview .captions-box'].map(css => document.querySelector(css));
const size = parseFloat(getComputedStyle(box).fontSize) / frame.clientHeight;
return [box.children.length, Math.round(size * 100) / 100, frame.dataset.place];
"""


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SoundServer]:
    with sound_server(tmp_path_factory.mktemp("sound")) as running:
        running.plug_in("desk")
        running.plug_in("headset")
        running.set_default("desk.source")
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def hub() -> AsyncIterator[ModelHub]:
    """Offers, in the smallest model's place, the one that the tests have."""
    files = {path.name: path.read_bytes() for path in (*MODEL.glob("*.json"), MODEL / "model.bin")}
    async with ModelHub(REPOSITORY, files) as hub:
        yield hub


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def companion(
    sound: SoundServer, hub: ModelHub, tmp_path_factory: pytest.TempPathFactory, built: Path
) -> AsyncIterator[Companion]:
    environment = {
        **{name: sound.environment[name] for name in ("PULSE_SERVER", "PULSE_COOKIE", "XDG_RUNTIME_DIR")},
        "HF_ENDPOINT": hub.url,
        "OBS_WS_URL": "ws://127.0.0.1:9",
        "OBS_WS_PASSWORD": "unused",
        "LAN_PORT": "0",
    }
    running = Companion(tmp_path_factory.mktemp("home"), None, environment)
    await running.start()
    try:
        yield running
    finally:
        await running.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def dashboard(companion: Companion) -> AsyncIterator[Window]:
    with window("") as page:
        await come_in(page, companion)
        page.prefer()
        page.find("nav.nav")
        yield page


async def value(companion: Companion, name: str) -> Any:
    (setting,) = await companion.get("/api/settings", name=name)
    return setting["value"]


def row(page: Window, title: str) -> WebElement:
    return page.find(".choosable b", title).find_element("xpath", "ancestor::li")


async def test_without_a_speech_model_nothing_seems_to_listen(dashboard: Window) -> None:
    dashboard.go("live")
    dashboard.find(f"{CAPTIONS} .truth", "There is no speech model")
    switch = dashboard.find(f"{CAPTIONS} [role=switch]")
    assert switch.get_attribute("aria-checked") == "true"
    on = _ground_of(dashboard, switch)
    switch.click()
    dashboard.find(CAPTIONS, "Captions are switched off")
    dashboard.until(lambda: switch.get_attribute("aria-checked") == "false", "it is off")
    assert _ground_of(dashboard, switch) == on, "it is lit while nothing can be recognized"
    switch.click()
    dashboard.find(f"{CAPTIONS} .truth", "There is no speech model")
    assert "Nothing is being said" not in dashboard.text
    dashboard.click(f"{CAPTIONS} a", "Choose a speech model")
    dashboard.find("main.page-speech h1")

    dashboard.go("transcript")
    dashboard.find(".empty", "Your PC needs one to write down what you say")
    assert "Nothing was said" not in dashboard.text
    dashboard.click(".empty a", "Choose a speech model")
    dashboard.find("main.page-speech h1")


async def test_the_preview_shows_captions_as_obs_will(dashboard: Window, companion: Companion) -> None:
    dashboard.go("settings")
    try:
        await companion.put("/api/settings/captions_columns", value=20)
        for lines, size, place in ((2, 54, "top"), (1, 108, "bottom")):
            for name, value in (("lines", lines), ("size", size), ("place", place)):
                await companion.put(f"/api/settings/captions_{name}", value=value)
            _until_previewed(dashboard, [lines, round(size / 1080, 2), place])
    finally:
        for name in ("lines", "size", "place", "columns"):
            await companion.put(f"/api/settings/captions_{name}", value=None)


def _until_previewed(page: Window, wanted: list[Any]) -> None:
    page.until(lambda: page.driver.execute_script(PREVIEW) == wanted, f"a preview of {wanted}")


def _ground_of(page: Window, switch: WebElement) -> str:
    script = "return getComputedStyle(arguments[0].querySelector('i')).backgroundColor"
    return str(page.driver.execute_script(script, switch))


async def test_a_phone_that_may_not_choose_is_told_where_that_is_done(dashboard: Window) -> None:
    with window("", phone=True) as phone:
        pair(dashboard, phone, show_code(dashboard), "Pocket")
        phone.go("transcript")
        phone.find(".empty", "It is put right in the dashboard on the PC.")
        assert phone.driver.find_elements("css selector", ".empty a") == []
        phone.go("more")
        phone.find(".pages-list", "Transcript")
        assert "Speech" not in phone.find(".pages-list").text


@pytest.mark.parametrize("theme", ["dark", "light"])
async def test_the_page_of_what_hears_is_accessible(dashboard: Window, theme: str) -> None:
    dashboard.prefer(theme=theme)
    dashboard.go("speech")
    row(dashboard, "Headset")
    dashboard.click("button", "other models")
    row(dashboard, "large-v3-turbo")
    assert dashboard.faults() == {}
    dashboard.go("settings")
    for setting, shown in (("microphone", "Headset"), ("stt_model", "tiny")):
        dashboard.click(f"#setting-{setting}")
        dashboard.find("dialog .choosable", shown)
        assert dashboard.faults() == {}
        dashboard.click("dialog button", "Close")
        dashboard.gone("dialog")


async def test_a_microphone_is_chosen_by_hearing_it(
    dashboard: Window, companion: Companion, sound: SoundServer, tmp_path: Path
) -> None:
    dashboard.go("speech")
    assert "chosen" in row(dashboard, "The one that the system uses").text
    assert "hears what the PC plays" in row(dashboard, "Monitor of").text

    sound.play("headset", write_wav(tmp_path / "noise.wav", beeps(30, every=0.1)))
    dashboard.click(".choosable button", "Test Headset")
    headset, desk = row(dashboard, "Headset"), row(dashboard, "Desk")
    dashboard.until(lambda: dashboard.driver.execute_script(FILLED, headset) > 0.7, "the level of the tested one moves")
    assert dashboard.driver.execute_script(FILLED, desk) == 0
    dashboard.find(".choosable", "It heard you: -8")
    dashboard.until(lambda: dashboard.driver.execute_script(FILLED, headset) == 0, "and falls when the test is over")
    dashboard.click(".choosable button", "Test Desk")
    dashboard.find(".choosable", "It heard nothing.")

    dashboard.click(".choosable button", "Use Headset")
    dashboard.find(".choosable[aria-current]", "Headset")
    assert await value(companion, "microphone") == "headset.source"

    sound.unplug("headset")
    dashboard.click("button", "Look again")
    dashboard.find(".choosable[aria-current] .amber", "It is not there.")
    sound.plug_in("headset")
    dashboard.click("button", "Look again")
    dashboard.find(".choosable[aria-current]", "48 kHz")
    dashboard.click(".choosable button", "Use The one that the system uses")
    dashboard.find(".choosable[aria-current]", "The one that the system uses")
    assert await value(companion, "microphone") is None


async def test_a_setting_of_what_hears_is_picked_not_typed(dashboard: Window, companion: Companion) -> None:
    dashboard.go("speech")
    dashboard.click(".head a", "Language and more")
    top = "return document.getElementById('group-speech')?.getBoundingClientRect().top ?? 9999"
    dashboard.until(lambda: 0 <= dashboard.driver.execute_script(top) < 300, "the group is in sight")
    assert dashboard.driver.find_elements("css selector", ".of-microphone input, .of-model input") == []
    dashboard.find(".of-model", "The best that is fast here")
    dashboard.click("#setting-microphone")
    dashboard.click("dialog .choosable button", "Use Headset")
    dashboard.find("dialog .choosable[aria-current]", "Headset")
    dashboard.click("dialog button", "Close")
    dashboard.find(".of-microphone .value", "headset.source")
    dashboard.click(".of-microphone button", "back to the default")
    dashboard.find(".of-microphone .value", "The one that the system uses")
    assert await value(companion, "microphone") is None


async def test_without_sound_the_page_says_so_and_recovers(dashboard: Window, sound: SoundServer) -> None:
    dashboard.go("speech")
    row(dashboard, "Desk")
    sound.kill()
    try:
        dashboard.click("button", "Look again")
        dashboard.find("[role=alert]", "There is no sound server.")
    finally:
        sound.start()
    sound.plug_in("desk")
    sound.plug_in("headset")
    sound.set_default("desk.source")
    dashboard.click("[role=alert] button", "Try again")
    row(dashboard, "Desk")


async def test_a_speech_model_is_brought_used_and_deleted(
    dashboard: Window, companion: Companion, hub: ModelHub, sound: SoundServer, tmp_path: Path
) -> None:
    dashboard.go("speech")
    await companion.put("/api/settings/listen_when", value="always")

    def failing() -> None:
        dashboard.find(".truth button", "Download what suits this PC")
        dashboard.click(".choosable button", "Download tiny")
        dashboard.find(".choosable .red", "no speech model")

    def bringing() -> None:
        dashboard.click(".choosable button", "Download tiny")
        bar = "return document.querySelector('.choosable progress')?.value ?? 0"
        dashboard.until(lambda: 0 < dashboard.driver.execute_script(bar) < 1, "it tells how far it is")
        dashboard.find(".choosable", "in use")
        dashboard.gone(".choosable progress")
        dashboard.gone("button", "Download what suits this PC")

    hub.files, whole = {"config.json": b"{}"}, hub.files  # a repository without a model
    await asyncio.to_thread(failing)
    hub.files, hub.break_off_after = whole, 600_000  # as an unsteady network does: it goes on where it was
    await asyncio.to_thread(bringing)
    dashboard.find(".truth", "What you say is written down")
    sound.play("desk", write_wav(tmp_path / "noise.wav", beeps(30, every=0.1)))
    desk = row(dashboard, "Desk")
    dashboard.until(lambda: dashboard.driver.execute_script(FILLED, desk) > 0.7, "what is heard moves its level")

    dashboard.go("live")
    dashboard.find(CAPTIONS, "Nothing is being said")
    dashboard.go("transcript")
    dashboard.find(".empty", "Nothing was said yet")

    dashboard.go("speech")
    dashboard.click(".choosable button", "Use tiny")
    dashboard.find(".choosable[aria-current]", "tiny")
    assert await value(companion, "stt_model") == "tiny"
    dashboard.click(".choosable button", "Use The best that is fast here")
    dashboard.find(".choosable[aria-current]", "The best that is fast here")
    assert await value(companion, "stt_model") is None
    dashboard.click(".choosable button", "Delete tiny")
    dashboard.click("dialog button.danger")
    dashboard.find(".truth", "There is no speech model")
    assert not any(model["installed"] for model in await companion.get("/api/models"))


async def test_a_model_of_ones_own_is_used_from_its_folder(dashboard: Window, companion: Companion) -> None:
    dashboard.go("speech")
    folder = "form input[maxlength='1000']"
    dashboard.type(folder, "/nowhere/at/all")
    dashboard.click("form button[type=submit]", "Use")
    dashboard.click(".toast.bad button", "Close")
    assert await value(companion, "stt_model") is None
    dashboard.type(folder, str(MODEL))
    dashboard.click("form button[type=submit]", "Use")
    dashboard.find(".choosable[aria-current]", str(MODEL))
    assert await value(companion, "stt_model") == str(MODEL)
    dashboard.click(".choosable button", "Use The best that is fast here")
    dashboard.gone(".choosable", str(MODEL))


async def test_a_phrase_is_added_changed_and_kept(dashboard: Window, companion: Companion) -> None:
    before = await value(companion, "voice_phrases")
    last = "dialog .macro-step:last-child"
    dashboard.go("settings")
    dashboard.find(".of-phrases .summary", "clip that|this")
    dashboard.click("#setting-voice_phrases")
    dashboard.click("dialog button", "Phrase")
    assert not dashboard.find("dialog button.primary", "Save").is_enabled()
    dashboard.type(f"{last} input", "boss [fight] over {duration}")
    Select(dashboard.find(f"{last} select")).select_by_value("clip.save")
    dashboard.type(f"{last} .field:nth-of-type(2) input", "{duration}")
    dashboard.click("dialog button.primary", "Save")
    dashboard.gone("dialog")
    dashboard.find(".of-phrases .summary", "“boss [fight] over {duration}”: Save the last seconds")
    added = {"phrase": "boss [fight] over {duration}", "action": "clip.save", "arguments": {"seconds": "{duration}"}}
    assert await value(companion, "voice_phrases") == [*before, added]

    dashboard.click("#setting-voice_phrases")
    dashboard.find(f"{last} input").send_keys(Keys.END, " now")
    dashboard.click("dialog button", "Remove entry 1")
    dashboard.click("dialog button.primary", "Save")
    dashboard.gone("dialog")
    dashboard.find(".of-phrases .summary", "“boss [fight] over {duration} now”")
    changed = {**added, "phrase": "boss [fight] over {duration} now"}
    assert await value(companion, "voice_phrases") == [*before[1:], changed]
    dashboard.click(".of-phrases button", "back to the default")
    dashboard.find(".of-phrases .summary", "clip that|this")
