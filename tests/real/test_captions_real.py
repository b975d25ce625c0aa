"""Captions where the audience sees them: on the page for OBS in a real Chromium, and in a real stream, received."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from companion.adapters.obs.config import ObsCredentials
from companion.adapters.obs.link import ObsLink
from companion.adapters.obs.private import PrivateObs
from companion.domain.events import SpeechStateChanged
from companion.domain.settings import CaptionAlign, CaptionPlace
from companion.kernel.bus import Bus
from companion.kernel.status import StatusBoard
from tests.captions import CaptionsRig, captioning
from tests.obs_link import until
from tests.real import stage
from tests.real.closed_captions import closed_captions
from tests.real.rtmp import rtmp_server
from tests.studio import studio
from tests.web.browser import Window, window
from tests.web.conftest import built as built

pytestmark = pytest.mark.real

PICTURE = Path(__file__).parents[2] / "docs" / "screens" / "captions-overlay.webp"


async def _nowhere() -> ObsCredentials:
    raise AssertionError("nobody connects here")


@pytest.fixture
async def rig(tmp_path: Path, built: Path) -> AsyncIterator[CaptionsRig]:
    bus = Bus()
    board = StatusBoard(bus)
    async with captioning(tmp_path, bus, board, ObsLink(bus, board, _nowhere)) as made:
        made.ago = 100.0
        made.connect()
        await made.until_shown()
        made.ago = 0.0
        yield made


def _shown(page: Window) -> list[str]:
    """The lines that can be seen now."""
    opacity = page.driver.execute_script(
        "const box = document.querySelector('.captions-box'); return box ? getComputedStyle(box).opacity : '0'"
    )
    lines = "return [...document.querySelectorAll('.captions-box span')].map(line => line.textContent)"
    return [] if float(opacity) < 1 else [str(line) for line in page.driver.execute_script(lines)]


async def _until(page: Window, *lines: str) -> None:
    await asyncio.to_thread(page.until, lambda: _shown(page) == list(lines), f"the captions {lines}")


async def test_the_page_for_obs_shows_captions_over_nothing_and_follows_style_mute_and_key(rig: CaptionsRig) -> None:
    rig.change(captions_size=40, captions_lines=2, captions_fade=0.1, captions_place=CaptionPlace.BOTTOM)
    address = (await rig.do("captions.address")).url
    with window(rig.server.url()) as page:
        await asyncio.to_thread(page.open, address)
        assert address.split("#key=")[1] not in await asyncio.to_thread(lambda: page.driver.page_source)
        rig.say("hello chat", final=False)
        await _until(page, "hello chat")
        rig.say("Hello chat and welcome.", seconds=1.5, ago=0.0)
        rig.say("This boss is insane <b>&", ago=-3.0)
        await _until(page, "Hello chat and welcome.", "This boss is insane <b>&")
        corners = _look(page)
        assert corners["background"] == "rgba(0, 0, 0, 0)"
        assert corners["size"] == "40px"
        assert corners["bottom"] > 0.8
        page.screenshot(PICTURE)
        rig.change(captions_size=72, captions_place=CaptionPlace.TOP, captions_align=CaptionAlign.LEFT)
        await asyncio.to_thread(page.until, lambda: _look(page)["size"] == "72px", "its new size")
        look = _look(page)
        assert look["bottom"] < 0.5
        assert (look["align"], look["fade"]) == ("left", "0.1s")
        rig.change(captions_lines=1, captions_align=CaptionAlign.RIGHT)
        rig.say("One line alone.", ago=-6.0)
        await _until(page, "One line alone.")
        await asyncio.to_thread(page.until, lambda: _look(page)["align"] == "right", "it stands right")
        rig.change(captions_lines=2, captions_hold=1.0)
        rig.say("Soon over.", ago=-7.0)
        await _until(page, "One line alone.", "Soon over.")
        await _until(page)
        rig.change(captions_hold=30.0)
        rig.connect(muted=True)
        await _until(page)
        rig.connect(muted=False)
        rig.say("Heard again.", ago=-9.0)
        await _until(page, "Heard again.")
        assert page.errors() == []
        await rig.do("captions.renew")
        note = await asyncio.to_thread(page.find, ".overlay-note")
        assert "no longer" in note.text
        await asyncio.to_thread(page.open, (await rig.do("captions.address")).url)
        await _until(page, "Heard again.")


def _look(page: Window) -> dict[str, Any]:
    """How the captions stand: their letters' size, where their lowest line ends (0 to 1), their fading."""
    script = """
    const box = document.querySelector('.captions-box'), style = getComputedStyle(box);
    const bottom = Math.max(...[...box.children].map(line => line.getBoundingClientRect().bottom));
    const background = getComputedStyle(document.body).backgroundColor;
    const [align, fade] = [style.textAlign, style.transitionDuration];
    return {size: style.fontSize, bottom: bottom / innerHeight, background, align, fade};
    """
    return dict(page.driver.execute_script(script))


async def test_the_dashboard_shows_captions_as_the_audience_reads_them(rig: CaptionsRig) -> None:
    rig.bus.publish(SpeechStateChanged("listening"))
    with window(rig.server.url()) as page:
        await asyncio.to_thread(page.open, rig.server.dashboard_url("live"))
        await asyncio.to_thread(page.find, ".live-captions", "Nothing is being said")
        await until(lambda: rig.bus.watched("captions"), 20, lambda: "the page watches")
        rig.say("hello", final=False)
        await asyncio.to_thread(page.find, ".live-captions span", "hello")
        rig.say("hello my", final=False)
        await asyncio.to_thread(page.find, ".live-captions.soft span", "hello my")
        rig.say("Hello <b>chat</b>.")
        await asyncio.to_thread(page.find, ".live-captions:not(.soft) span", "Hello <b>chat</b>.")
        rig.connect(muted=True)
        await asyncio.to_thread(page.gone, ".live-captions span", "Hello")
        await asyncio.to_thread(page.find, "section[aria-label=Captions] .amber", "muted in OBS")
        assert page.errors() == []


async def test_only_its_own_key_opens_the_stream_of_captions_and_that_opens_nothing_else(rig: CaptionsRig) -> None:
    key = (await rig.do("captions.address")).url.split("#key=")[1]
    live = "/overlay/captions/live"
    async with aiohttp.ClientSession(rig.server.url()) as http:
        for wrong in ("", "Bearer ", "Bearer wrong", f"Basic {key}", f"Bearer {key}x", "Bearer \u00fc"):
            async with http.get(live, headers={"Authorization": wrong}) as response:
                assert response.status == 401
                assert (await response.json())["error"]["code"] == "overlay_key_wrong"
        for path in ("/api/captions", "/api/captions/address", "/ws", "/api/events"):
            async with http.get(path, headers={"Authorization": f"Bearer {key}"}) as response:
                assert response.status == 401
        async with http.get(live, headers={"Authorization": f"Bearer {key}"}) as response:
            assert response.status == 200
            assert b'"style"' in await response.content.readline()


async def test_closed_captions_arrive_in_a_real_stream(obs: PrivateObs, tmp_path: Path) -> None:
    async with rtmp_server(tmp_path / "rtmp") as server, studio(obs.url, obs.password, tmp_path) as made:
        with stage.witness(obs) as client:
            client.set_stream_service_settings("rtmp_custom", {"server": server.address, "key": "test"})
        link, bus = made.link, made.bus
        async with captioning(tmp_path, bus, made.rig.board, link) as rig:
            rig.change(captions_stream=True, captions_hold=2.0)
            await rig.until_shown()
            await made.do("stream.start")
            rig.say("Hello chat and welcome.", ago=-3.0)
            await rig.until_shown("Hello chat and welcome.")
            await asyncio.sleep(1.0)
            rig.say("What the fuck, the boss is back", ago=-6.0)
            await rig.until_shown("Hello chat and welcome.", "What the f***, the boss is back")
            await rig.until_shown(seconds=15)
            await asyncio.sleep(1.5)
            await made.do("stream.stop")
        await asyncio.sleep(0.5)
        texts = closed_captions(server.received()[0])
    assert "Hello chat and welcome." in texts
    assert "What the f***, the boss is back" in texts
    assert texts[-1] == ""  # when nothing more is said, they go
