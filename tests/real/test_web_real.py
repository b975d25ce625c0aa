"""The dashboard in a real Chromium, on the real daemon and the real OBS."""

from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import obsws_python
import pytest
from selenium.webdriver import ActionChains, Keys
from selenium.webdriver.support.ui import Select

from tests.real import stage
from tests.real.companion import Companion
from tests.real.dashboard import come_in
from tests.real.dashboard import companion as companion
from tests.real.dashboard import dashboard as dashboard
from tests.real.desktop import until
from tests.web.browser import Window, window
from tests.web.conftest import built as built

pytestmark = [pytest.mark.real, pytest.mark.xdist_group("web"), pytest.mark.asyncio(loop_scope="session")]


async def test_the_ticket_works_once_and_leaves_no_trace(dashboard: Window, companion: Companion) -> None:
    assert "ticket" not in dashboard.driver.current_url
    with window(dashboard.base) as stranger:
        stranger.open(f"{dashboard.base}/")
        stranger.find("h2", "tray")
        assert "Scenes" not in stranger.text
        assert stranger.errors() == [] or all("401" in error for error in stranger.errors())
    ticket = (await companion.post("/api/dashboard/ticket"))["url"].partition("#ticket=")[2]
    async with aiohttp.ClientSession(dashboard.base) as session:
        for status, code in ((200, ""), (401, "ticket_invalid")):
            async with session.post("/auth/ticket", json={"ticket": ticket}) as response:
                answer = await response.json()
                assert (response.status, answer.get("error", {}).get("code", "")) == (status, code)


async def test_a_scene_is_switched_and_a_switch_in_obs_is_seen(
    dashboard: Window, obs_client: obsws_python.ReqClient
) -> None:
    first = obs_client.get_current_program_scene().current_program_scene_name
    obs_client.create_scene("<i>Second</i>")
    dashboard.go("live")
    dashboard.click(".scene", "<i>Second</i>")
    stage.wait_until(
        lambda: obs_client.get_current_program_scene().current_program_scene_name == "<i>Second</i>", "OBS switches"
    )
    dashboard.find(".scene.program", "<i>Second</i>")
    obs_client.set_current_program_scene(first)
    dashboard.find(".scene.program", first)
    obs_client.remove_scene("<i>Second</i>")
    dashboard.gone(".scene", "<i>Second</i>")


async def test_a_recording_tells_how_well_it_goes(dashboard: Window, obs_client: obsws_python.ReqClient) -> None:
    dashboard.go("live")
    assert "free" not in dashboard.text
    recording = ".output[aria-label=Recording]"
    dashboard.click(f"{recording} button", "Start")
    dashboard.find(f"{recording}.on .timer", "0:0")
    dashboard.find(f"{recording} .health", "free")
    dashboard.click(f"{recording} button", "Stop")
    dashboard.click("dialog button.danger")
    dashboard.find(f"{recording} .timer", "Off")
    stage.wait_until(lambda: not obs_client.get_record_status().output_active, "OBS stops recording")


async def test_the_picture_of_the_program_is_there_and_moves(dashboard: Window) -> None:
    dashboard.go("live")
    dashboard.find(".picture img")
    read = "const i = document.querySelector('.picture img'); return i && i.naturalWidth > 100 ? i.src : ''"
    before = dashboard.until(lambda: dashboard.driver.execute_script(read), "a picture")
    dashboard.until(lambda: dashboard.driver.execute_script(read) not in ("", before), "the next picture")


async def test_a_clip_is_made_watched_trimmed_deleted_and_brought_back(dashboard: Window, companion: Companion) -> None:
    await companion.until_reach(8)
    clip = await companion.save(6, title="From the desk")
    dashboard.go("clips")
    dashboard.find(".card img")
    dashboard.click(".card a", "From the desk")
    dashboard.find("dialog video")
    play = """
    const done = arguments[0], video = document.querySelector('dialog video');
    video.muted = true; video.playbackRate = 4;
    video.onended = () => done([video.duration, video.currentTime]);
    video.onerror = () => done([0, 0]);
    video.currentTime = 0; video.play();
    """
    duration, ended = dashboard.driver.execute_async_script(play)
    assert abs(duration - 6) < 0.1
    assert ended == duration
    dashboard.click("dialog button", "Trim")
    set_handle = """
    const handle = document.querySelectorAll('.handles input')[arguments[0]];
    handle.value = arguments[1]; handle.dispatchEvent(new Event('input', {bubbles: true}));
    """
    dashboard.find(".handles")
    dashboard.driver.execute_script(set_handle, 0, 2)
    dashboard.driver.execute_script(set_handle, 1, 5)
    dashboard.find(".film", "keeps 3 s")
    dashboard.click("dialog button", "Make clip")
    made = dashboard.until(
        lambda: (found := dashboard.driver.current_url.rsplit("/", 1)[-1]) != str(clip["id"]) and found, "the new clip"
    )
    trimmed = await companion.until_finished(int(made))
    assert trimmed["state"] == "ready", trimmed
    assert abs(trimmed["seconds"] - 3) < 0.1
    dashboard.click("dialog button", "Delete")
    dashboard.click(".toast button", "Undo")
    dashboard.find(".toast", "back")
    assert (await companion.get(f"/api/clips/{made}"))["state"] == "ready"


async def test_a_button_of_the_deck_is_lit_by_what_is_true(
    dashboard: Window, obs_client: obsws_python.ReqClient
) -> None:
    obs_client.create_scene("Lit")
    try:
        dashboard.go("deck")
        dashboard.driver.refresh()
        dashboard.click("button.chip", "Scenes")
        dashboard.click(".key", "Lit")
        dashboard.find(".key.red", "Lit")
        assert obs_client.get_current_program_scene().current_program_scene_name == "Lit"
    finally:
        others = [one["sceneName"] for one in obs_client.get_scene_list().scenes if one["sceneName"] != "Lit"]
        obs_client.set_current_program_scene(others[0])
        obs_client.remove_scene("Lit")


async def test_the_deck_is_arranged_by_hand_and_kept(dashboard: Window, companion: Companion) -> None:
    dashboard.go("deck")
    dashboard.driver.refresh()
    dashboard.click("button", "Arrange")
    dashboard.click(".key.add")
    Select(dashboard.find("dialog select")).select_by_value("clip.save")
    dashboard.type("dialog input[type=number]", "7")
    dashboard.type("dialog input[maxlength='60']", "Seven <b>")
    dashboard.click("dialog button[type=submit]")
    dashboard.gone("dialog")

    async def labels() -> list[str]:
        pages = (await companion.get("/api/deck"))["pages"]
        return [button["label"] for button in pages[0]["buttons"]]

    await until(lambda: _is_last(labels, "Seven <b>"), "the new button is kept")
    kept = (await companion.get("/api/deck"))["pages"][0]["buttons"][-1]
    assert (kept["action"], kept["arguments"]) == ("clip.save", {"seconds": 7})

    before = await labels()
    first, third = dashboard.find("[data-at='0']"), dashboard.find("[data-at='2']")
    ActionChains(dashboard.driver, duration=100).click_and_hold(first).move_to_element(third).release().perform()
    wanted = [before[1], before[2], before[0], *before[3:]]
    await until(lambda: _are(labels, wanted), "the dragged button is at its new place")
    dashboard.find("[data-at='0']").send_keys(Keys.ARROW_RIGHT)
    wanted[0], wanted[1] = wanted[1], wanted[0]
    await until(lambda: _are(labels, wanted), "the arrow key moves it as well")
    dashboard.click("button", "Done")


async def _is_last(labels: Callable[[], Awaitable[list[str]]], wanted: str) -> bool:
    return (await labels())[-1] == wanted


async def _are(labels: Callable[[], Awaitable[list[str]]], wanted: list[str]) -> bool:
    return await labels() == wanted


async def test_a_setting_is_refused_with_the_daemons_words_and_then_taken(
    dashboard: Window, companion: Companion
) -> None:
    dashboard.go("settings")
    dashboard.type("#setting-replay_buffer_seconds", "1")
    dashboard.click(".setting form button[type=submit]")
    dashboard.find("#setting-replay_buffer_seconds-error")
    dashboard.type("#setting-replay_buffer_seconds", "95")
    dashboard.click(".setting form button[type=submit]")
    dashboard.gone("#setting-replay_buffer_seconds-error")
    await companion.until(lambda found: found[0]["value"] == 95, "/api/settings?name=replay_buffer_seconds")


async def test_settings_are_edited_as_what_they_are(dashboard: Window, companion: Companion) -> None:
    async def value(name: str) -> Any:
        (setting,) = await companion.get("/api/settings", name=name)
        return setting["value"]

    dashboard.go("settings")
    Select(dashboard.find("#setting-session_follow")).select_by_value("nothing")
    await companion.until(lambda found: found[0]["value"] == "nothing", "/api/settings?name=session_follow")

    dashboard.click(".of-numbers button", "Add an entry")
    dashboard.type(".numbers > .row:last-of-type input", "0")
    dashboard.click(".of-numbers button[type=submit]")
    dashboard.find("#setting-clip_lengths-error")
    dashboard.type(".numbers > .row:last-of-type input", "90")
    dashboard.click(".of-numbers button[type=submit]")
    dashboard.gone("#setting-clip_lengths-error")
    assert await value("clip_lengths") == [15, 30, 60, 90]

    dashboard.find(".of-hotkeys .summary", "Save the last seconds")
    before = await value("quickstop")
    dashboard.click("#setting-quickstop")
    dashboard.click("dialog button", "Wait")
    dashboard.click("dialog button", "Remove step 1")
    dashboard.click("dialog button.primary", "Save")
    dashboard.gone("dialog")
    assert await value("quickstop") == [*before[1:], {"wait": 1}]

    dashboard.click("#setting-hotkeys")
    dashboard.click("dialog .macro-step button", "Change")
    ActionChains(dashboard.driver).key_down(Keys.CONTROL).send_keys(Keys.F8).key_up(Keys.CONTROL).perform()
    dashboard.find("dialog kbd", "Ctrl + F8")
    dashboard.click("dialog button.primary", "Save")
    dashboard.gone("dialog")
    dashboard.find(".of-hotkeys .summary", "Ctrl + F8")
    assert [one["keys"] for one in await value("hotkeys")] == ["<ctrl>+<f8>"]

    for name in ("session_follow", "clip_lengths", "quickstop", "hotkeys"):
        await companion.put(f"/api/settings/{name}", value=None)


async def test_a_macro_is_made_run_and_deleted(
    dashboard: Window, companion: Companion, obs_client: obsws_python.ReqClient
) -> None:
    first = obs_client.get_current_program_scene().current_program_scene_name
    obs_client.create_scene("By macro")
    try:
        dashboard.go("deck")
        dashboard.driver.refresh()
        dashboard.click("button", "Macros")
        dashboard.click("dialog button.primary", "New macro")
        dashboard.type("dialog input[maxlength='60']", "Curtain <i>")
        dashboard.click("dialog button", "Action")
        Select(dashboard.find("dialog .macro-step select")).select_by_value("scene.switch")
        dashboard.click("dialog button.primary", "Save")
        dashboard.click("dialog .toast button", "Close")  # refused without a scene, and told where it can be read
        dashboard.gone("dialog .toast")
        scenes = Select(dashboard.find("dialog .macro-step .field:nth-of-type(2) select"))
        scenes.select_by_visible_text("By macro")
        dashboard.click("dialog button", "Wait")
        dashboard.click("dialog button", "Move step 2 up")
        dashboard.click("dialog button.primary", "Save")
        dashboard.click("dialog button", "Run Curtain <i>")
        stage.wait_until(
            lambda: obs_client.get_current_program_scene().current_program_scene_name == "By macro", "the macro ran"
        )
        (macro,) = await companion.get("/api/macros")
        assert macro["steps"] == [{"wait": 1}, {"action": "scene.switch", "arguments": {"name": "By macro"}}]
        dashboard.click("dialog button", "Delete Curtain <i>")
        dashboard.click("dialog.small button.danger")
        dashboard.find("dialog", "No macros yet")
        assert await companion.get("/api/macros") == []
        dashboard.click("dialog button", "Close")
    finally:
        obs_client.set_current_program_scene(first)
        obs_client.remove_scene("By macro")


async def test_the_first_start_leads_to_a_test_clip(companion: Companion) -> None:
    with window("") as page:
        await come_in(page, companion)
        page.find("main.page-start h1", "First steps")
        page.find(".step.done", "Find OBS")
        page.click(".step button.primary", "Make it")
        page.find(".step.done .card.ready img")
        page.go("live")
        page.find("h1", "Live")
        page.go("start")
        page.find(".step.done", "Make a test clip")  # as there is one, whoever looks
        page.find(".step:not(.done)", "runs without a desktop")
        page.click("button", "Later")
        page.find("main.page-live h1")
        await come_in(page, companion)
        page.find("main.page-live h1")


async def test_the_language_is_changed_without_a_reload(dashboard: Window) -> None:
    dashboard.go("more")
    dashboard.click("[role=radio]", "Deutsch")
    dashboard.find("h1", "Mehr")
    assert dashboard.driver.execute_script("return document.documentElement.lang") == "de"
    dashboard.click("[role=radio]", "English")
    dashboard.find("h1", "More")


# As iOS does to a certificate that was only clicked through.
NO_WEBSOCKET = """
window.WebSocket = class { constructor() { setTimeout(() => this.onclose?.({code: 1006}), 20); } close() {} };
"""


async def test_without_websockets_the_same_events_come_as_a_stream(
    companion: Companion, obs_client: obsws_python.ReqClient
) -> None:
    with window("") as page:
        page.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": NO_WEBSOCKET})
        await come_in(page, companion)
        page.prefer()
        page.go("status")
        page.find(".head", "over an event stream")
        page.go("live")
        page.find(".scene.program")
        obs_client.create_scene("By stream")
        try:
            page.find(".scene", "By stream")
        finally:
            obs_client.remove_scene("By stream")
        page.gone(".scene", "By stream")


async def test_it_recovers_when_the_daemon_comes_back(dashboard: Window, companion: Companion) -> None:
    dashboard.go("status")
    dashboard.find("h1", "Status")
    companion.environment["HTTP_PORT"] = dashboard.base.rsplit(":", 1)[1]
    companion.kill()
    dashboard.find(".banner", "No connection")
    await companion.start()
    dashboard.gone(".banner")
    dashboard.find(".components li", "OBS")
    await companion.until_reach(1)
