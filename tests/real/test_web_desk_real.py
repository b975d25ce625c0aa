"""The dashboard's hands on the studio, a clip, the phones and the first steps; another client of OBS is the witness."""

import contextlib
import json
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import obsws_python
import pytest
from selenium.webdriver import ActionChains, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select

from companion.kernel.errors import Failed
from tests.real import stage
from tests.real.companion import Companion
from tests.real.conftest import StartObs
from tests.real.dashboard import come_in, pair, show_code
from tests.real.dashboard import companion as companion
from tests.real.dashboard import dashboard as dashboard
from tests.web.browser import Window, window
from tests.web.conftest import built as built

pytestmark = [pytest.mark.real, pytest.mark.xdist_group("desk"), pytest.mark.asyncio(loop_scope="session")]

PICTURE, SOUND = "Test picture", "Desktop Audio"
FRAME = 1 / 30
SCRIPT = "<img src=x onerror=hit()>"

SET_RANGE = """
const range = document.querySelector(arguments[0]);
range.value = arguments[1]; range.dispatchEvent(new Event('input', {bubbles: true}));
"""
COVER = """
const strip = [...document.querySelectorAll('.strip')].find(one => one.innerText.includes(arguments[0]));
return strip?.querySelector('.meter i').style.getPropertyValue('--cover') ?? '';
"""

Witness = obsws_python.ReqClient


@pytest.fixture
def second(obs_client: Witness) -> Iterator[str]:
    with stage.second_scene(obs_client, "Second") as name:
        yield name


def until(reached: Callable[[], Any], what: str) -> None:
    stage.wait_until(lambda: bool(reached()), what)


async def lay_out(companion: Companion, *buttons: dict[str, Any]) -> None:
    """A deck of these buttons alone."""
    await companion.put("/api/deck", pages=[{"name": "Test", "buttons": list(buttons)}])


async def test_the_mixer_mutes_and_the_decks_key_is_lit(
    dashboard: Window, companion: Companion, obs_client: Witness
) -> None:
    await lay_out(companion, {"label": "Quiet", "action": "input.mute", "arguments": {"name": SOUND}})
    dashboard.go("live")
    dashboard.click(".strip button", f"Mute {SOUND}")
    until(lambda: obs_client.get_input_mute(SOUND).input_muted, "OBS mutes")
    dashboard.find(".strip.muted", SOUND)
    dashboard.go("deck")
    dashboard.find(".key.red", "Muted")
    dashboard.click(".key", "Quiet")
    until(lambda: not obs_client.get_input_mute(SOUND).input_muted, "OBS is heard again")
    dashboard.gone(".key.red")
    dashboard.find(".key", "Quiet")


async def test_the_volume_follows_the_hand_and_obs(dashboard: Window, obs_client: Witness) -> None:
    dashboard.go("live")
    volume = f"[aria-label='Volume of {SOUND}']"
    dashboard.find(volume)
    dashboard.driver.execute_script(SET_RANGE, volume, -20)
    until(lambda: abs(obs_client.get_input_volume(SOUND).input_volume_db + 20) < 0.1, "OBS takes the volume")
    obs_client.set_input_volume(SOUND, vol_db=-10)
    dashboard.find(f"{volume}[aria-valuetext='-10 dB'][max='0']")
    obs_client.set_input_volume(SOUND, vol_db=6.5)
    louder = dashboard.find(f"{volume}[aria-valuetext='6.5 dB'][max='7']")
    assert louder.get_attribute("value") == "6.5", "as loud as it is, so that a touch of it changes nothing"
    obs_client.set_input_volume(SOUND, vol_db=0)
    dashboard.find(f"{volume}[aria-valuetext='0 dB']")


async def test_the_meter_moves_with_the_sound_and_falls_silent_with_it(dashboard: Window, obs_client: Witness) -> None:
    dashboard.go("live")

    def cover() -> float:
        return float(dashboard.driver.execute_script(COVER, PICTURE) or 1)

    dashboard.driver.execute_script("arguments[0].scrollIntoView()", dashboard.find(".strip", PICTURE))
    first = dashboard.until(lambda: (now := cover()) < 1 and now, "a level")
    dashboard.until(lambda: cover() not in (first, 1), "another level")
    obs_client.set_input_mute(PICTURE, muted=True)
    try:
        dashboard.until(lambda: cover() == 1, "silence")
    finally:
        obs_client.set_input_mute(PICTURE, muted=False)


async def test_a_source_is_hidden_and_shown(dashboard: Window, obs_client: Witness) -> None:
    scene = obs_client.get_current_program_scene().current_program_scene_name
    item = obs_client.get_scene_item_id(scene, PICTURE).scene_item_id

    def shown() -> bool:
        return bool(obs_client.get_scene_item_enabled(scene, item).scene_item_enabled)

    dashboard.go("live")
    switch = f"[role=switch][aria-label='Show {PICTURE}']"
    dashboard.click(f"{switch}[aria-checked=true]")
    until(lambda: not shown(), "OBS hides it")
    dashboard.click(f"{switch}[aria-checked=false]")
    until(shown, "OBS shows it")
    dashboard.find(f"{switch}[aria-checked=true]")


async def test_in_studio_mode_a_scene_is_previewed_and_then_on_program(
    dashboard: Window, obs_client: Witness, second: str
) -> None:
    first = obs_client.get_current_program_scene().current_program_scene_name
    dashboard.go("live")
    dashboard.click("[role=switch]", "Studio mode")
    until(lambda: obs_client.get_studio_mode_enabled().studio_mode_enabled, "studio mode")
    dashboard.find("[role=switch][aria-checked=true]", "Studio mode")  # nobody chooses a scene before they see that
    dashboard.click(".scene", second)
    until(lambda: obs_client.get_current_preview_scene().current_preview_scene_name == second, "the preview")
    dashboard.find(".scene.preview", second)
    assert obs_client.get_current_program_scene().current_program_scene_name == first
    dashboard.find(".sources", "Blue")
    dashboard.click("button.transition")
    until(lambda: obs_client.get_current_program_scene().current_program_scene_name == second, "the transition")
    dashboard.find(".scene.program", second)
    dashboard.click("[role=switch]", "Studio mode")
    until(lambda: not obs_client.get_studio_mode_enabled().studio_mode_enabled, "no studio mode")


async def test_keys_tell_what_was_so_before_the_page_was_opened(
    dashboard: Window, companion: Companion, obs_client: Witness, second: str
) -> None:
    """A macro that runs, and a filter of a scene; a press ends the one and switches the other."""
    obs_client.create_source_filter(second, "Tint", "color_filter_v2")
    macro = await companion.post("/api/macros", name="Long", steps=[{"wait": 60}])
    await lay_out(
        companion,
        {"label": "Long one", "action": "macro.run", "arguments": {"id": macro["id"]}},
        {"label": "Colder", "action": "filter.switch", "arguments": {"source": second, "filter": "Tint"}},
    )
    await companion.post(f"/api/macros/{macro['id']}/run")
    dashboard.go("deck")
    dashboard.driver.refresh()
    dashboard.find(".key.amber", "Running")
    dashboard.click(".key", "Long one")
    dashboard.gone(".key.amber")
    assert [one["running"] for one in await companion.get("/api/macros")] == [False]
    dashboard.click(".key.green", "Colder")
    until(lambda: not obs_client.get_source_filter(second, "Tint").filter_enabled, "OBS switches the filter")
    dashboard.gone(".key.green")
    await companion.delete(f"/api/macros/{macro['id']}", confirmed=True)


async def test_keys_that_end_the_stream_ask_whatever_is_kept_with_them(dashboard: Window, companion: Companion) -> None:
    macro = await companion.post("/api/macros", name="Over", steps=[{"action": "stream.stop"}])
    await lay_out(
        companion,
        {"label": "End it", "action": "stream.stop"},
        {"label": "Later", "action": "macro.run", "arguments": {"id": macro["id"]}},
    )
    with contextlib.closing(sqlite3.connect(companion.paths.database_file, timeout=10)) as database, database:
        [[kept]] = database.execute("SELECT buttons FROM deck_page")
        buttons = [{**one, "arguments": {**one["arguments"], "confirmed": True}} for one in json.loads(kept)]
        database.execute("UPDATE deck_page SET buttons = ?", [json.dumps(buttons)])
    dashboard.go("deck")
    dashboard.driver.refresh()
    for times, (key, question) in enumerate(
        (("End it", "“End it” asks first"), ("Later", "It contains: End the stream")), 1
    ):
        dashboard.click(".key", key)
        dashboard.find("dialog", question)
        dashboard.click("dialog button", "Cancel")
        dashboard.gone("dialog")
        assert companion.log.count("stream.stop by") == times - 1
        dashboard.click(".key", key)
        dashboard.click("dialog button", "Do it")
        until(lambda wanted=times: companion.log.count("stream.stop by") == wanted, "the end of the stream")
    await companion.delete(f"/api/macros/{macro['id']}", confirmed=True)


async def test_a_quick_start_and_stop_do_each_step_and_say_which_failed(
    dashboard: Window, companion: Companion, obs_client: Witness, second: str
) -> None:
    first = obs_client.get_current_program_scene().current_program_scene_name
    mute = {"action": "input.mute", "arguments": {"name": SOUND, "muted": True}}
    there, back, gone = ({"action": "scene.switch", "arguments": {"name": name}} for name in (second, first, "Gone"))
    await companion.put("/api/settings/quicklaunch", value=[there, {"wait": 0.1}, mute])
    started = await companion.post("/api/studio/quicklaunch")
    assert [step["outcome"] for step in started["steps"]] == ["ok", "ok", "ok"]
    assert obs_client.get_current_program_scene().current_program_scene_name == second
    assert obs_client.get_input_mute(SOUND).input_muted
    await companion.put("/api/settings/quickstop", value=[gone, mute | {"arguments": {"name": SOUND}}, back])
    with pytest.raises(Failed) as stopped:
        await companion.post("/api/studio/quickstop", confirmed=True)
    assert [step["outcome"] for step in stopped.value.details["steps"]] == ["failed", "ok", "ok"]
    assert obs_client.get_current_program_scene().current_program_scene_name == first
    assert not obs_client.get_input_mute(SOUND).input_muted

    await companion.put("/api/settings/quicklaunch", value=[gone])
    macro = await companion.post("/api/macros", name="Begin", steps=[{"wait": 0.1}, gone])
    await lay_out(
        companion,
        {"label": "Quick", "action": "studio.quicklaunch"},
        {"label": "Macro", "action": "macro.run", "arguments": {"id": macro["id"]}},
    )
    dashboard.go("deck")
    dashboard.click(".key", "Quick")
    dashboard.find(".toast.bad", "Step 1 (scene.switch): There is no scene 'Gone'")
    dashboard.click(".key", "Macro")
    dashboard.find(".toast.bad", "“Begin” stopped: a step failed")
    dashboard.find(".toast.bad", "Step 2: There is no scene 'Gone'")
    for name in ("quicklaunch", "quickstop"):
        await companion.put(f"/api/settings/{name}", value=None)
    await companion.delete(f"/api/macros/{macro['id']}", confirmed=True)


async def test_a_stopped_replay_buffer_is_started_by_its_remedy(
    dashboard: Window, companion: Companion, obs_client: Witness
) -> None:
    await companion.put("/api/settings/replay_autostart", value=False)
    try:
        obs_client.stop_replay_buffer()
        dashboard.go("live")
        dashboard.find(".truth", "The replay buffer is stopped")
        dashboard.find("button.big:disabled")
        dashboard.click("button.wanted", "Start")
        until(lambda: obs_client.get_replay_buffer_status().output_active, "OBS's buffer runs")
        dashboard.find(".truth", "Ready")
        dashboard.gone("button.wanted", "Start")
    finally:
        await companion.put("/api/settings/replay_autostart", value=None)


async def test_a_clip_is_stepped_named_found_by_its_tag_and_downloaded(
    dashboard: Window, companion: Companion, tmp_path: Path
) -> None:
    await companion.until_reach(6)
    clip, other = await companion.save(4), await companion.save(3)
    dashboard.go("clips")
    dashboard.driver.refresh()
    dashboard.click(f".card a[href='#/clips/{clip['id']}']")
    step_through(dashboard)
    dashboard.type(".naming .field:nth-of-type(1) input", "Boss & <b>all</b>")
    dashboard.type(".naming .field:nth-of-type(2) input", "ace, funny")
    dashboard.click(".naming button", "Save")
    dashboard.gone(".naming button")
    dashboard.find("dialog h2", "Boss & <b>all</b>")
    kept = await companion.get(f"/api/clips/{clip['id']}")
    assert (kept["title"], kept["tags"]) == ("Boss & <b>all</b>", ["ace", "funny"])
    download(dashboard, Path(kept["path"]), tmp_path)
    dashboard.click("dialog button", "Close")
    dashboard.find(f".card a[href='#/clips/{other['id']}']")
    dashboard.click("button.chip", "ace")
    dashboard.gone(f".card a[href='#/clips/{other['id']}']")
    dashboard.find(".card", "Boss & <b>all</b>")
    dashboard.click("button.chip[aria-pressed=true]", "ace")
    dashboard.find(f".card a[href='#/clips/{other['id']}']")


def step_through(page: Window) -> None:
    """Seek to two seconds, then a frame on and back."""

    def at() -> float:
        return float(page.driver.execute_script("return document.querySelector('dialog video').currentTime"))

    page.find("dialog video")
    page.until(lambda: page.driver.execute_script("return document.querySelector('video').readyState > 1"), "a video")
    page.driver.execute_script(SET_RANGE, ".seek", 2)
    page.until(lambda: at() == 2, "the place that was sought")
    page.click("dialog button", "One frame on")
    page.until(lambda: 0 < at() - 2 < 2 * FRAME, "the next frame")
    on = at()
    page.click("dialog button", "One frame on")
    page.until(lambda: abs(at() - on - FRAME) < 0.001, "a whole frame further")
    page.click("dialog button", "One frame back")
    page.until(lambda: abs(at() - on) < 0.001, "a whole frame back")


def download(page: Window, original: Path, folder: Path) -> None:
    """Press the link: what arrives is the clip's own file, under its own name."""
    page.driver.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(folder)})
    page.click("dialog a.button", "Download")
    arrived = folder / original.name
    page.until(lambda: arrived.exists() and arrived.stat().st_size == original.stat().st_size, "the file")
    assert arrived.read_bytes() == original.read_bytes()


async def test_a_phone_is_renamed_and_what_it_may_do_is_changed(dashboard: Window, companion: Companion) -> None:
    with window("", phone=True) as phone:
        pair(dashboard, phone, show_code(dashboard), "Pocket")
        dashboard.click(".device button", "Rename Pocket")
        dashboard.find(".device input").send_keys(Keys.CONTROL, "a", Keys.NULL, "<b>Tablet</b>", Keys.ENTER)
        dashboard.find(".device b", "<b>Tablet</b>")
        Select(dashboard.find(".device select")).select_by_visible_text("View")
        await companion.until(
            lambda found: (found[0]["name"], found[0]["scope"]) == ("<b>Tablet</b>", "view"), "/api/devices"
        )
        phone.find(".key:disabled")
        phone.gone(".key:not(:disabled)")
        Select(dashboard.find(".device select")).select_by_visible_text("Control")
        phone.find(".key:not(:disabled)")
    await companion.until(lambda found: edits(found["items"]) == 3, "/api/audit")
    await put_out(dashboard, companion, "<b>Tablet</b>")


def edits(entries: list[dict[str, Any]]) -> int:
    """How often a device was renamed or allowed something else."""
    return sum(entry["what"].startswith("device.edit") for entry in entries)


async def put_out(dashboard: Window, companion: Companion, name: str) -> None:
    """Revoke the only phone, and see it told."""
    (device,) = [one for one in await companion.get("/api/devices") if one["revoked_at"] is None]
    await companion.delete(f"/api/devices/{device['id']}", confirmed=True)
    dashboard.go("devices")
    dashboard.find(".out li", name)
    dashboard.gone(".device")


async def test_names_that_are_scripts_are_shown_as_text(dashboard: Window, companion: Companion) -> None:
    """Of a clip, its tag, a session and a phone, wherever they stand, on the phone too."""
    await companion.until_reach(4)
    session = await companion.post("/api/sessions", title=SCRIPT)
    clip = await companion.save(3, title=SCRIPT)
    await companion.patch(f"/api/clips/{clip['id']}", tags=[SCRIPT])
    with window("", phone=True) as phone:
        pair(dashboard, phone, show_code(dashboard), SCRIPT, scope="Admin")
        phone.prefer()
        phone.go("settings")
        phone.click(".setting [role=switch]", "Sounds")  # which the audit log tells of
        for page in (dashboard, phone):
            for place, css in (
                ("clips", ".card .title"),
                ("clips", ".card .badge"),
                ("clips", "button.chip"),
                (f"clips/{clip['id']}", "dialog h2"),
                ("sessions", ".sittings a"),
                (f"sessions/{session['id']}", "main h1"),
                (f"sessions/{session['id']}", ".card .title"),
                ("devices", ".device b"),
                ("audit", ".entries li"),
            ):
                page.go(place)
                page.find(css, SCRIPT)
                assert page.driver.find_elements(By.CSS_SELECTOR, "img[src='x']") == [], place
        phone.go("more")
        phone.find(".panel b", SCRIPT)
        assert [error for error in phone.errors() if "Security Policy" in error] == []
    await put_out(dashboard, companion, SCRIPT)
    assert dashboard.driver.find_elements(By.CSS_SELECTOR, "img[src='x']") == []
    await companion.put("/api/settings/sounds", value=None)


async def test_the_first_steps_lead_through_all_of_it(start_obs: StartObs, tmp_path: Path, built: Path) -> None:
    """An OBS without a replay buffer, a keyboard, and nothing set up."""
    obs = await start_obs(replay_enabled=False)
    companion = Companion(tmp_path / "home", obs, {"LAN_PORT": "0", "DISPLAY": obs.display, "CLIP_LENGTHS": "[5, 10]"})
    await companion.start(headless=False)
    try:
        with window("") as desk, window("", phone=True) as phone:
            await come_in(desk, companion)
            step = "main.page-start .step"
            desk.find(f"{step}.done", "Find OBS")
            desk.find(f"{step}:not(.done)", "Make the replay buffer ready")
            desk.click(f"{step} button.wanted", "Switch on")
            desk.click("dialog button.primary", "Switch on")
            desk.find(f"{step}.done", "Make the replay buffer ready")
            with stage.witness(obs) as client:
                assert client.get_replay_buffer_status().output_active
            desk.find(f"{step}.done kbd", "Ctrl + Shift + F9")
            choose_keys(desk, step, Keys.F7)
            desk.find(f"{step}:not(.done) kbd", "Ctrl + Alt + F7")
            desk.find(step, "the system switches to a text console with it")
            choose_keys(desk, step, "k")
            desk.find(f"{step}.done kbd", "Ctrl + Alt + K")
            (hotkeys,) = await companion.get("/api/settings", name="hotkeys")
            assert [(one["keys"], one["action"]) for one in hotkeys["value"]] == [("<ctrl>+<alt>+k", "clip.save")]
            desk.click(f"{step} button.primary", "Make it")
            desk.find(f"{step}.done", "Make a test clip", seconds=90)
            desk.click(f"{step} button.primary", "Show the code")
            pair(desk, phone, desk.scan(), "Pocket")
            desk.find(f"{step}.done", "Pair your phone")
            desk.click("button", "To the studio")
            desk.find("main.page-live h1")
    finally:
        await companion.stop()


def choose_keys(desk: Window, step: str, key: str) -> None:
    """Press Ctrl, Alt and `key` where the first steps ask for a hotkey."""
    desk.click(f"{step} button", "Change")
    keys = ActionChains(desk.driver).key_down(Keys.CONTROL).key_down(Keys.ALT).send_keys(key)
    keys.key_up(Keys.ALT).key_up(Keys.CONTROL).perform()
