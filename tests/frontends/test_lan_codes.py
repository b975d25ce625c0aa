"""One-time passwords for what phones administer: asked for, given, forgotten, and never skipped."""

import asyncio
import time

import pyotp
import pytest

from companion.frontends.http import phones
from companion.frontends.http.limits import FREE_TRIES
from tests.frontends.phones import LanDoor

pytestmark = pytest.mark.slow


async def set_up(door: LanDoor) -> pyotp.TOTP:
    """One-time passwords, asked for from now on; the present code is not used up."""
    totp = pyotp.parse_uri((await door.do("totp.set_up")).uri)
    assert isinstance(totp, pyotp.TOTP)
    await door.do("totp.confirm", code=totp.at(time.time() - 30))
    return totp


async def test_where_it_is_unknown_whether_codes_are_asked_for_no_phone_administers(door: LanDoor) -> None:
    phone = await door.paired("admin")
    assert (await phone.get("/api/devices")).status == 200
    (door.folder / "data" / "secrets.json").write_bytes(b'["signing", "to')
    assert (await phone.get("/api/devices")).code == "one_time_password_needed"
    assert (await phone.post("/auth/step_up", {"code": "123456"})).code == "totp_unreadable"
    assert (await phone.ask("DELETE", "/api/totp")).code == "one_time_password_needed"
    assert (await phone.post("/api/items", {"title": "x"})).status == 200, "only administrative acts need it"
    said = door.board.get("secrets")
    assert said is not None
    assert said.state == "damaged"
    await door.do("totp.remove")
    assert (await phone.get("/api/devices")).status == 200


async def test_admin_acts_of_phones_need_one_once_it_is_set_up(door: LanDoor) -> None:
    phone, control = await door.paired("admin"), await door.paired("control", "Second")
    offer = await door.do("totp.set_up")
    totp = pyotp.parse_uri(offer.uri)
    assert isinstance(totp, pyotp.TOTP)
    assert offer.qr_svg.startswith("<svg")
    assert (await phone.get("/api/devices")).status == 200, "not before it is confirmed"
    with pytest.raises(Exception, match="wrong"):
        await door.do("totp.confirm", code="000000")
    now = time.time()
    await door.do("totp.confirm", code=totp.at(now - 30))
    assert (await phone.get("/api/devices")).code == "one_time_password_needed"
    assert (await phone.post("/api/items", {"title": "x"})).status == 200, "only administrative acts need it"
    assert (await phone.post("/auth/step_up", {"code": totp.at(now - 30)})).code == "one_time_password_wrong"
    assert (await phone.post("/auth/step_up", {"code": totp.at(now)})).status == 204
    assert (await phone.get("/api/devices")).status == 200
    assert await door.do("device.list"), "the PC needs none"
    assert (await control.get("/api/devices")).code == "scope_too_low"
    assert (await phone.ask("DELETE", "/api/totp?confirmed=true")).status == 204
    assert (await (await door.paired("admin", "Third")).get("/api/devices")).status == 200


async def test_what_a_phone_sends_before_they_are_set_up_counts_for_nothing(door: LanDoor) -> None:
    phone = await door.paired("admin")
    assert (await phone.post("/auth/step_up", {"code": "anything"})).status == 204, "none is asked for"
    await set_up(door)
    assert (await phone.get("/api/devices")).code == "one_time_password_needed"
    assert (await phone.ask("DELETE", "/api/totp?confirmed=true")).code == "one_time_password_needed"
    assert door.parts.passwords.is_set_up


async def test_one_of_an_earlier_secret_counts_for_nothing(door: LanDoor) -> None:
    phone, totp = await door.paired("admin"), await set_up(door)
    assert (await phone.post("/auth/step_up", {"code": totp.at(time.time())})).status == 204
    assert (await phone.get("/api/devices")).status == 200
    again = await set_up(door)
    assert (await phone.get("/api/devices")).code == "one_time_password_needed"
    assert (await phone.post("/auth/step_up", {"code": again.at(time.time())})).status == 204
    await door.do("totp.remove")
    assert (await phone.get("/api/devices")).status == 200
    await set_up(door)
    assert (await phone.get("/api/devices")).code == "one_time_password_needed"


async def test_a_phone_takes_them_away_with_one_that_it_gives_just_now(
    door: LanDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone, totp = await door.paired("admin"), await set_up(door)
    assert (await phone.post("/auth/step_up", {"code": totp.at(time.time())})).status == 204
    with monkeypatch.context() as later:
        later.setattr(phones, "JUST_NOW_SECONDS", 0.0)
        assert (await phone.get("/api/devices")).status == 200
        assert (await phone.ask("DELETE", "/api/totp?confirmed=true")).code == "one_time_password_needed"
        assert (await phone.post("/api/totp")).code == "one_time_password_needed"
    assert door.parts.passwords.is_set_up
    offer = await phone.post("/api/totp")
    assert offer.status == 200
    anew = pyotp.parse_uri(offer.body["uri"])
    assert isinstance(anew, pyotp.TOTP)
    assert (await phone.post("/api/totp/confirm", {"code": anew.at(time.time() - 30)})).status == 204
    assert (await phone.ask("DELETE", "/api/totp?confirmed=true")).code == "one_time_password_needed", "of the new one"
    assert (await phone.post("/auth/step_up", {"code": anew.at(time.time())})).status == 204
    assert (await phone.ask("DELETE", "/api/totp?confirmed=true")).status == 204
    assert not door.parts.passwords.is_set_up


async def test_the_pc_takes_them_away_without_one(door: LanDoor) -> None:
    await set_up(door)
    await set_up(door)
    await door.do("totp.remove")
    assert not door.parts.passwords.is_set_up


async def test_guessing_locks_the_guessing_phone_only(door: LanDoor) -> None:
    one, two = await door.paired("admin"), await door.paired("admin", "Second")
    now, totp = time.time(), await set_up(door)
    right = {totp.at(now + 30 * step) for step in range(-2, 4)}
    wrong = [code for n in range(60) if (code := f"{n:06}") not in right][:40]
    codes: list[str] = []
    for first in range(0, len(wrong), 8):  # an address has few places
        tries = (one.post("/auth/step_up", {"code": code}) for code in wrong[first : first + 8])
        codes += [answer.code for answer in await asyncio.gather(*tries)]
    assert codes.count("one_time_password_wrong") == FREE_TRIES + 1
    assert codes.count("too_many_tries") == len(wrong) - FREE_TRIES - 1
    assert (await one.post("/auth/step_up", {"code": totp.at(now + 30)})).code == "too_many_tries"
    assert (await two.post("/auth/step_up", {"code": totp.at(now)})).status == 204
    assert (await two.get("/api/devices")).status == 200
