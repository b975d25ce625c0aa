"""What the audit log tells: who was refused what and how often, and what administrators did."""

import asyncio
import time
from typing import Any

import pyotp
import pytest

from companion.domain import denials
from companion.kernel.errors import NotFound
from tests.frontends.phones import LanDoor, Phone

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _one_window(monkeypatch: pytest.MonkeyPatch) -> None:
    """The counts here are those of one window, however long a test takes."""
    monkeypatch.setattr(denials, "WINDOW_SECONDS", 3600.0)


async def until_told(door: LanDoor, *wanted: tuple[str, str, str, str]) -> Any:
    """The audit log once it has entries of these kinds, doors, texts and outcomes."""
    found: set[tuple[str, str, str, str]] = set()
    try:
        async with asyncio.timeout(10):
            while True:
                page = await door.do("audit.list", limit=500)
                found = {(entry.kind, entry.door, entry.what, entry.outcome) for entry in page.items}
                if found >= set(wanted):
                    return page
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"missing: {set(wanted) - found}") from None


async def test_denials_and_admin_acts_are_in_the_audit_log(door: LanDoor) -> None:
    phone = await door.paired(name="<script>alert(1)</script>")
    await Phone(door).get("/api/items")
    await phone.get("/api/devices")
    await phone.ask("DELETE", "/api/devices/7")
    await door.do("device.edit", id=phone.device, scope="admin")
    assert (await phone.ask("PATCH", f"/api/devices/{phone.device}", {"name": "Mine"})).status == 200
    page = await until_told(
        door,
        ("denied", "phone", "GET /api/items", "unauthorized"),
        ("denied", "phone", "device.list", "scope_too_low"),
        ("denied", "phone", "device.revoke", "scope_too_low"),
        ("admin", "http", "pairing.allow 2 <script>alert(1)</script> as control", "ok"),
        ("admin", "http", f"device.edit {phone.device} as admin", "ok"),
        ("admin", "phone", f"device.edit {phone.device} named Mine", "ok"),
        ("pairing", "phone", "asks to be paired", "waiting"),
    )
    assert page.total == len(page.items)
    denied = next(entry for entry in page.items if entry.what == "device.list")
    assert (denied.actor, denied.address) == ("<script>alert(1)</script>", "127.0.0.1")
    older = await door.do("audit.list", before=page.items[1].id, limit=2)
    assert [entry.id for entry in older.items] == [entry.id for entry in page.items[2:4]]


async def test_a_flood_of_denials_does_not_fill_the_log(door: LanDoor) -> None:
    stranger = Phone(door)
    for _ in range(30):
        await asyncio.gather(*(stranger.get("/api/items") for _ in range(4)))
    page = await until_told(door, ("denied", "phone", "GET /api/items (100 times)", "unauthorized"))
    assert len([entry for entry in page.items if entry.outcome == "unauthorized"]) == 3


async def test_each_route_that_was_refused_is_named_and_counted(door: LanDoor) -> None:
    stranger = Phone(door)
    await stranger.get("/api/items")
    for _ in range(7):
        await stranger.ask("DELETE", "/api/devices")
    await door.change("lan_mode", "off")  # the minute ends with the door
    page = await until_told(
        door,
        ("denied", "phone", "GET /api/items", "unauthorized"),
        ("denied", "phone", "DELETE /api/devices", "unauthorized"),
        ("denied", "phone", "DELETE /api/devices (7 times)", "unauthorized"),
    )
    assert len([entry for entry in page.items if entry.kind == "denied"]) == 3


async def test_an_answer_to_a_request_that_is_gone_is_told_as_it_was(door: LanDoor) -> None:
    with pytest.raises(NotFound):
        await door.do("pairing.allow", id=9, scope="admin")
    await until_told(door, ("admin", "http", "pairing.allow 9 as admin", "no_such_request"))


async def test_what_a_paired_phone_may_not_do_is_counted_too(door: LanDoor) -> None:
    phone = await door.paired(scope="view", name="Guest")
    for _ in range(25):
        await asyncio.gather(*(phone.get("/api/devices") for _ in range(4)))
    page = await until_told(door, ("denied", "phone", "device.list (100 times)", "scope_too_low"))
    told = [entry.what for entry in page.items if entry.outcome == "scope_too_low"]
    assert told == ["device.list (100 times)", "device.list (10 times)", "device.list"]


async def test_that_a_phone_was_refused_the_code_of_an_offer_is_told(door: LanDoor) -> None:
    phone = await door.paired(scope="admin")
    assert (await phone.get("/api/pairing/code")).code == "shown_on_the_pc"
    await until_told(door, ("denied", "phone", "pairing.code", "shown_on_the_pc"))


async def test_what_an_action_refused_is_told_once_and_what_the_door_refused_too(door: LanDoor) -> None:
    phone, lost = await door.paired("admin"), await door.paired(name="Lost")
    assert (await phone.ask("PUT", "/api/lan", {"on": True, "plain_http": True})).code == "only_on_this_pc"
    totp = pyotp.parse_uri((await phone.post("/api/totp")).body["uri"])
    assert isinstance(totp, pyotp.TOTP)
    assert (await phone.post("/api/totp/confirm", {"code": "x" * 6})).code == "one_time_password_wrong"
    await door.do("totp.confirm", code=totp.at(time.time() - 30))
    assert (await phone.post("/auth/step_up", {"code": "x" * 6})).code == "one_time_password_wrong"
    assert (await phone.post("/auth/step_up", {"code": totp.at(time.time())})).status == 204
    await door.do("device.revoke", id=lost.device)
    assert (await lost.get("/api/items")).code == "device_revoked"
    page = await until_told(
        door,
        ("admin", "phone", "one-time password", "ok"),
        ("denied", "phone", "GET /api/items", "device_revoked"),
    )
    assert [(entry.what, entry.outcome) for entry in reversed(page.items) if entry.kind == "denied"] == [
        ("lan.switch", "only_on_this_pc"),
        ("totp.confirm", "one_time_password_wrong"),
        ("POST /auth/step_up", "one_time_password_wrong"),
        ("GET /api/items", "device_revoked"),
    ]
    assert {entry.actor for entry in page.items if entry.what == "one-time password"} == {"Phone"}
