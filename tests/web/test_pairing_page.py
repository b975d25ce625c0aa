"""The way in on a phone whose page is loaded anew, or whose answers are lost, while it waits to be let in."""

import asyncio
from pathlib import Path

import pytest

from tests.frontends.phones import lan_door
from tests.web.person import at_the_page

pytestmark = pytest.mark.real

# A network that loses the first answer to who asks, which the daemon gave.
LOSING = """
const ask = window.fetch;
window.fetch = async (...given) => {
  const answer = await ask(...given);
  if (given[0] !== '/auth/me' || !answer.ok || window.lost) return answer;
  window.lost = true;
  throw new TypeError('lost');
};
"""

ELSEWHERE = "127.0.0.2"
"""An address that the app does not take for the PC's own door."""


async def test_a_page_that_is_loaded_anew_while_it_waits_is_let_in_though_an_answer_is_lost(
    tmp_path: Path, built: Path
) -> None:
    async with lan_door(tmp_path, address=ELSEWHERE) as door:
        offer = await door.do("pairing.start")
        async with at_the_page(offer.url, phone=True) as person:
            await person.type("input:not(.code)", "Pocket")
            await person.click("button.primary", "Pair")
            number = (await person.find(".number")).text
            driver = person.page.driver
            await asyncio.to_thread(driver.execute_cdp_cmd, "Page.addScriptToEvaluateOnNewDocument", {"source": LOSING})
            await asyncio.to_thread(driver.refresh)
            await person.find(".number", number)
            [asked] = (await door.do("pairing.show")).requests
            assert asked.number == number
            await door.do("pairing.allow", id=asked.id, scope="control")
            await person.find("nav.nav")
            assert await person.run("return window.lost")
            assert [device.name for device in await door.do("device.list")] == ["Pocket"]
