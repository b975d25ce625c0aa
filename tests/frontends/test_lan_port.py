"""A port for phones that another program holds: it is said wherever the streamer looks, and taken once it is free."""

import socket
from pathlib import Path

import pytest

from companion.frontends.http import lan
from companion.kernel.errors import Unavailable
from companion.kernel.status import Health
from tests.frontends.phones import NO_KEYRING, Phone, lan_door

pytestmark = pytest.mark.slow


async def test_a_port_that_is_taken_is_named_with_what_to_do_and_taken_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(*next(iter(NO_KEYRING.items())))
    monkeypatch.setattr(lan, "RETRY_SECONDS", 0.2)
    with socket.create_server(("0.0.0.0", 0)) as other:
        port = other.getsockname()[1]
        async with lan_door(tmp_path, lan_port=port) as door:
            told = await door.until_state("lan_port_not_available")
            assert str(port) in told.detail
            assert "LAN_PORT" in told.remedy
            assert (told.port, told.urls) == (0, [])
            on_the_board = door.board.get("lan")  # which the tray, the status page and `companion status` show
            assert on_the_board is not None
            found = (on_the_board.state, on_the_board.health, on_the_board.detail, on_the_board.remedy)
            assert found == (told.state, Health.FAILED, told.detail, told.remedy)
            shown = await door.do("lan.show")  # which the page Devices shows
            assert (shown.on, shown.state, shown.detail, shown.remedy) == (True, told.state, told.detail, told.remedy)
            with pytest.raises(Unavailable) as caught:
                await door.do("pairing.start")
            assert (caught.value.code, caught.value.message) == ("lan_not_open", told.detail)
            assert caught.value.remedy == told.remedy
            other.close()
            await door.until_state("listening")
            assert door.lan.port == port
            assert (await Phone(door).get("/auth/me")).status == 401
