"""In a real browser: what strangers can do to a phone that is being paired."""

from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest

from companion.domain.pairing import WRONG_CODES
from companion.frontends.http.limits import FREE_TRIES
from tests.real.companion import Companion
from tests.real.dashboard import come_in, show_code
from tests.real.dashboard import companion_without_obs as companion_without_obs
from tests.web.browser import window
from tests.web.conftest import built as built

pytestmark = [pytest.mark.real, pytest.mark.xdist_group("phone")]


async def test_a_code_that_strangers_locked_is_said_to_be_locked_on_both_screens(
    companion: Companion, built: Path
) -> None:
    with window("") as desk, window("", phone=True) as phone:
        await come_in(desk, companion)
        desk.prefer()
        door = show_code(desk).split("/#")[0]
        code = desk.find(".pairing-code").text
        for n in range(WRONG_CODES):
            # More than one stranger: of one address fewer codes are looked at.
            own = aiohttp.TCPConnector(ssl=False, local_addr=(f"127.0.3.{1 + n // FREE_TRIES}", 0))
            here = f"https://127.0.0.1:{urlsplit(door).port}"
            body = {"code": f"{(int(code.replace(' ', '')) + n + 1) % 10**8:08}", "name": "Stranger"}
            async with (
                aiohttp.ClientSession(connector=own, headers={"Origin": here, "X-Companion": "1"}) as http,
                http.post(f"{here}/auth/pair", json=body) as answer,
            ):
                assert answer.status == 403
        desk.find("[role=alert]", "the code is not taken any more")
        desk.gone(".pairing-code")
        phone.open(door)
        phone.prefer()
        phone.type("input.code", code)
        phone.click("button.primary", "Pair")
        phone.find("[role=alert]", "Scan the QR code, or show a new code on the PC.")
        desk.click("button", "Show a new code")
        phone.type("input.code", desk.find(".pairing-code").text)
        phone.click("button.primary", "Pair")
        assert desk.find(".asking-number").text == phone.find(".number").text
