"""Pairing over the real TLS door: nothing before the streamer's yes, then exactly the scope that was given."""

import asyncio
import contextlib
import sqlite3
from pathlib import Path

import pytest

from companion.adapters import database, device_store
from companion.domain import pairing
from companion.domain.events import PairingChanged, PairingRequested
from companion.domain.pairing import WRONG_CODES
from companion.domain.settings import Settings
from companion.frontends.http.limits import FREE_TRIES, OVERALL_TRIES
from companion.frontends.http.openapi import document
from companion.kernel.errors import Conflict, NotFound
from tests.frontends.phones import NO_KEYRING, Answer, LanDoor, Phone, lan_door

pytestmark = pytest.mark.slow


def secret_of(url: str) -> str:
    return url.partition("#pair=")[2]


async def test_a_phone_is_let_in_by_the_streamer_only(door: LanDoor) -> None:
    offer = await door.do("pairing.start")
    assert offer.url == f"https://127.0.0.1:{door.lan.port}/#pair={secret_of(offer.url)}"
    assert len(secret_of(offer.url)) >= 32  # 192 bits
    assert (pairing.OFFER_SECONDS, Settings().lan_port) == (120.0, 3124), "as it is shipped"
    assert (len(offer.code), offer.code.isdigit()) == (8, True)
    assert offer.qr_svg.startswith("<svg")
    assert "▀" in offer.qr_text or "█" in offer.qr_text
    assert offer.fingerprint == door.lan.fingerprint
    phone = Phone(door)
    asked = await phone.post("/auth/pair", {"secret": secret_of(offer.url), "name": " My\u202e\n<b>Phone</b> "})
    assert (asked.status, set(asked.body)) == (201, {"id", "number", "expires_at"})
    cookie = asked.cookies["__Secure-companion_pairing"]
    assert (cookie["httponly"], cookie["secure"], cookie["samesite"], cookie["path"]) == (True, True, "Strict", "/auth")
    shown = await door.do("pairing.show")
    assert shown.offer is None, "an offer is good for one phone"
    assert [(r.name, r.number) for r in shown.requests] == [("My <b>Phone</b>", asked.body["number"])]
    for path in ("/auth/me", "/api/items", "/api/devices", "/api/status", "/api/events"):
        assert (await phone.get(path)).code == "unauthorized", path
    looked = await phone.get("/auth/pair")
    told = {name: asked.body[name] for name in ("number", "expires_at")}
    assert looked.body == {"state": "waiting", **told, "scope": None}
    assert "__Host-companion_access" not in phone.cookies

    device = await door.do("pairing.allow", id=asked.body["id"], scope="view")
    assert (device.name, device.scope, device.last_seen_at) == ("My <b>Phone</b>", "view", None)
    allowed = await phone.get("/auth/pair")
    assert allowed.body["state"] == "allowed"
    for name, path in (("__Host-companion_access", "/"), ("__Secure-companion_refresh", "/auth")):
        morsel = allowed.cookies[name]
        assert (morsel["httponly"], morsel["secure"], morsel["samesite"], morsel["path"]) == (
            True,
            True,
            "Strict",
            path,
        )
        assert morsel["domain"] == ""
    me = await phone.get("/auth/me")
    assert {key: me.body[key] for key in ("name", "scope", "device", "door")} == {
        "name": "My <b>Phone</b>",
        "scope": "view",
        "device": device.id,
        "door": "phone",
    }
    assert (await phone.get("/api/items")).status == 200
    assert (await phone.post("/api/items", {"title": "x"})).code == "scope_too_low"
    assert (await phone.get("/api/devices")).code == "scope_too_low"


async def test_the_code_may_be_typed_instead(door: LanDoor) -> None:
    offer = await door.do("pairing.start")
    phone = Phone(door)
    asked = await phone.post("/auth/pair", {"code": f"{offer.code[:4]} {offer.code[4:]}", "name": "Typed"})
    assert asked.status == 201


async def test_a_denied_phone_and_a_withdrawn_offer_get_nowhere(door: LanDoor) -> None:
    offer = await door.do("pairing.start")
    phone = Phone(door)
    asked = await phone.post("/auth/pair", {"secret": secret_of(offer.url), "name": "P"})
    await door.do("pairing.deny", id=asked.body["id"])
    assert (await phone.get("/auth/pair")).body["state"] == "denied"
    assert "__Host-companion_access" not in phone.cookies
    offer = await door.do("pairing.start")
    await door.do("pairing.stop")
    assert (await phone.post("/auth/pair", {"secret": secret_of(offer.url), "name": "P"})).code == "pairing_closed"
    assert (await door.do("pairing.show")).requests == []
    assert await door.do("device.list") == []


async def test_an_offer_ends_by_itself_and_so_does_a_request(door: LanDoor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pairing, "OFFER_SECONDS", 0.3)
    seen = door.bus.subscribe(PairingChanged)
    offer = await door.do("pairing.start")
    async with asyncio.timeout(10):
        while (await seen.get()).event != PairingChanged(None, []):
            pass
    late = await Phone(door).post("/auth/pair", {"secret": secret_of(offer.url), "name": "P"})
    assert late.code == "pairing_closed"
    monkeypatch.setattr(pairing, "OFFER_SECONDS", 120.0)
    monkeypatch.setattr(pairing, "REQUEST_SECONDS", 0.3)
    offer = await door.do("pairing.start")
    phone = Phone(door)
    asked = await phone.post("/auth/pair", {"secret": secret_of(offer.url), "name": "P"})
    async with asyncio.timeout(10):
        while (await phone.get("/auth/pair")).body["state"] != "expired":
            await asyncio.sleep(0.05)
    with pytest.raises(Exception, match="no longer waiting"):
        await door.do("pairing.allow", id=asked.body["id"])


async def test_a_secret_works_once(door: LanDoor) -> None:
    offer = await door.do("pairing.start")
    body = {"secret": secret_of(offer.url), "name": "P"}
    answers = await asyncio.gather(*(Phone(door).post("/auth/pair", body) for _ in range(8)))
    assert sorted(answer.status for answer in answers) == [201] + [403] * 7


async def test_codes_guessed_in_parallel_are_slowed_and_end(door: LanDoor) -> None:
    offer = await door.do("pairing.start")
    wrong = [f"{(int(offer.code) + n) % 10**8:08}" for n in range(1, 41)]
    answers: list[Answer] = []
    for first in range(0, len(wrong), 5):  # an address has few places
        five = wrong[first : first + 5]
        answers += await asyncio.gather(*(Phone(door).post("/auth/pair", {"code": code, "name": "P"}) for code in five))
    codes = [answer.code for answer in answers]
    assert codes.count("pairing_wrong") <= FREE_TRIES
    assert codes.count("too_many_tries") >= len(wrong) - FREE_TRIES
    locked = next(answer for answer in answers if answer.status == 429)
    assert int(locked.headers["Retry-After"]) >= 1
    right = await Phone(door).post("/auth/pair", {"code": offer.code, "name": "P"})
    assert right.code == "too_many_tries", "during a lock not even the right code is tried"
    scanned = await Phone(door).post("/auth/pair", {"secret": secret_of(offer.url), "name": "P"})
    assert scanned.status == 201, "who can see the QR code is not locked out"


async def test_a_code_that_others_guessed_at_is_not_called_wrong_and_the_streamer_is_told(door: LanDoor) -> None:
    offer = await door.do("pairing.start")
    wrong = [f"{(int(offer.code) + n) % 10**8:08}" for n in range(1, WRONG_CODES + 1)]
    for n, code in enumerate(wrong):
        assert (await door.do("pairing.show")).offer.code_locked is False
        guesser = Phone(door, f"127.0.3.{1 + n // FREE_TRIES}")
        assert (await guesser.post("/auth/pair", {"code": code, "name": "P"})).code == "pairing_wrong"
    told = door.bus.latest(PairingChanged)
    assert told is not None
    assert told.offer == {"id": offer.id, "expires_at": offer.expires_at, "code_locked": True}
    assert (await door.do("pairing.show")).offer.model_dump() == told.offer
    for code in (offer.code, wrong[0]):
        answer = await Phone(door).post("/auth/pair", {"code": code, "name": "P"})
        assert (answer.status, answer.code) == (403, "pairing_code_locked"), "right or wrong, nobody learns which"
        assert "QR code" in answer.body["error"]["remedy"]
    assert (await Phone(door).post("/auth/pair", {"secret": "x" * 32, "name": "P"})).code == "pairing_wrong"
    new = await door.do("pairing.start")
    assert (await door.do("pairing.show")).offer.code_locked is False
    assert (await Phone(door).post("/auth/pair", {"code": new.code, "name": "P"})).status == 201


async def test_guessers_at_many_addresses_are_locked_out_together(door: LanDoor) -> None:
    for n in range(OVERALL_TRIES - 1):
        if n % (WRONG_CODES - 1) == 0:
            await door.do("pairing.start")  # of one offer, fewer can be guessed at all
        guess = {"code": f"{n:08}", "name": "P"}
        assert (await Phone(door, f"127.0.3.{n + 1}").post("/auth/pair", guess)).code == "pairing_wrong"
    for address in ("127.0.4.1", "127.0.4.2"):
        locked = await Phone(door, address).post("/auth/pair", {"code": "0" * 8, "name": "P"})
        assert locked.code == "too_many_tries"


async def test_guessers_lock_out_nobody_but_themselves(door: LanDoor) -> None:
    phone = await door.paired()
    offer = await door.do("pairing.start")
    for n in range(FREE_TRIES + 3):
        await Phone(door).post("/auth/pair", {"code": f"{n:08}", "name": "P"})
    for _ in range(OVERALL_TRIES + 1):
        wrong = await Phone(door).get("/auth/me", cookies={"__Host-companion_access": "x.y.z"})
        assert (wrong.status, wrong.code) == (401, "token_invalid"), "a token cannot be guessed: it is only refused"
    for _ in range(FREE_TRIES + 1):
        assert (await Phone(door).post("/auth/pair", {"secret": "x" * 32, "name": "P"})).code == "pairing_wrong"
    assert (await phone.get("/auth/me")).status == 200
    await door.do("secrets.rotate")
    assert (await phone.get("/auth/me")).status == 401
    assert (await phone.post("/auth/refresh")).status == 204
    assert (await phone.get("/auth/me")).status == 200
    elsewhere = await Phone(door, "127.0.3.9").post("/auth/pair", {"code": offer.code, "name": "P"})
    assert elsewhere.status == 201


@pytest.mark.parametrize(
    ("line", "cookie", "body"),
    [
        ("GET /auth/me", "__Host-companion_access=x.y.z", None),
        ("POST /auth/refresh", "__Secure-companion_refresh=x.y", None),
        ("POST /auth/pair", "", b'{"secret": "x", "name": "P"}'),
    ],
    ids=["access token", "refresh token", "secret"],
)
async def test_a_wrong_guess_costs_its_connection_and_a_right_token_beside_it_nothing(
    door: LanDoor, line: str, cookie: str, body: bytes | None
) -> None:
    phone, stranger = await door.paired(), Phone(door)
    await door.do("pairing.start")
    stranger.cookies = dict([cookie.split("=")]) if cookie else {}
    guess = stranger.head(line, len(body) if body else None) + (body or b"")
    right = phone.head("GET /auth/me")
    last = right.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    for sender, sent, answered in ((stranger, guess * 3, 1), (phone, right * 3 + last, 4)):
        reader, writer = await sender.connection()
        writer.write(sent)
        async with asyncio.timeout(30):
            found = await reader.read()
        assert found.count(b"HTTP/1.1 ") == answered, found
        writer.transport.abort()


@pytest.mark.parametrize(("first", "second"), [("allow", "deny"), ("deny", "allow"), ("allow", "allow")])
async def test_of_two_answers_the_first_counts(door: LanDoor, first: str, second: str) -> None:
    offer = await door.do("pairing.start")
    phone = Phone(door)
    asked = await phone.post("/auth/pair", {"secret": secret_of(offer.url), "name": "P"})
    arguments = {"allow": {"id": asked.body["id"], "scope": "view"}, "deny": {"id": asked.body["id"]}}
    later = arguments[second] | ({"scope": "admin"} if second == "allow" else {})
    answers = await asyncio.gather(
        door.do(f"pairing.{first}", **arguments[first]), door.do(f"pairing.{second}", **later), return_exceptions=True
    )
    assert not isinstance(answers[0], BaseException)
    assert isinstance(answers[1], NotFound)
    looked = (await phone.get("/auth/pair")).body
    assert (looked["state"], looked["scope"]) == (("allowed", "view") if first == "allow" else ("denied", None))
    assert len(await door.do("device.list")) == (1 if first == "allow" else 0)


async def test_an_answer_that_failed_can_be_given_again(door: LanDoor, monkeypatch: pytest.MonkeyPatch) -> None:
    offer = await door.do("pairing.start")
    asked = await Phone(door).post("/auth/pair", {"secret": secret_of(offer.url), "name": "P"})
    with monkeypatch.context() as full:
        full.setattr(device_store, "MOST_DEVICES", 0)
        with pytest.raises(Conflict):
            await door.do("pairing.allow", id=asked.body["id"])
    assert (await door.do("pairing.allow", id=asked.body["id"])).name == "P"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": "P"},
        {"secret": "x", "code": "1", "name": "P"},
        {"secret": 5, "name": "P"},
        {"secret": "x"},
        {"secret": "x", "name": "P", "scope": "admin"},
        {"secret": "x", "name": ["P"]},
        [],
        "x",
        None,
    ],
)
async def test_a_wrong_body_is_refused(door: LanDoor, body: object) -> None:
    await door.do("pairing.start")
    assert (await Phone(door).post("/auth/pair", body)).status in (400, 415)


@pytest.mark.parametrize("name", ["", "   ", "\u202e\u200b", "\n"])
async def test_a_device_needs_a_name(door: LanDoor, name: str) -> None:
    offer = await door.do("pairing.start")
    answer = await Phone(door).post("/auth/pair", {"secret": secret_of(offer.url), "name": name})
    assert answer.code == "invalid_name"


async def test_without_a_request_there_is_nothing_to_look_at(door: LanDoor) -> None:
    phone = Phone(door)
    for cookie in ("", "x", "ü" * 40):
        answer = await phone.get("/auth/pair", cookies={"__Secure-companion_pairing": cookie})
        assert answer.code == "no_such_request"


async def test_an_answer_that_was_lost_is_given_again_until_it_was_used(door: LanDoor) -> None:
    phone = await door.paired()
    again = await phone.get("/auth/pair")
    assert (again.body["state"], "__Host-companion_access" in again.cookies) == ("allowed", True)
    assert (await phone.get("/auth/me")).status == 200
    assert (await phone.get("/auth/pair")).code == "already_paired"


async def test_pairing_opens_the_door_and_its_events_hold_no_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(*next(iter(NO_KEYRING.items())))
    async with lan_door(tmp_path, lan_mode="off") as door:
        assert door.lan.state == "off"
        heard = door.bus.subscribe(PairingChanged, PairingRequested)
        offer = await door.do("pairing.start")
        assert door.lan.state == "listening"
        assert door.settings.lan_mode == "https"
        await Phone(door).post("/auth/pair", {"secret": secret_of(offer.url), "name": "P"})
        told = " ".join(envelope.text for envelope in heard.take_waiting())
        assert "PairingRequested" in told
        assert secret_of(offer.url) not in told
        assert offer.code not in told


async def test_the_code_of_an_open_offer_is_shown_on_the_pc_alone(door: LanDoor) -> None:
    phone = await door.paired("admin")
    with pytest.raises(NotFound) as none:
        await door.do("pairing.code")
    assert none.value.code == "no_offer"
    offer = await door.do("pairing.start")
    assert await door.do("pairing.code") == offer
    answer = await phone.get("/api/pairing/code")
    assert (answer.status, answer.code) == (404, "shown_on_the_pc")
    assert secret_of(offer.url) not in str((await phone.get("/api/pairing")).body)
    await door.do("pairing.stop")
    with pytest.raises(NotFound):
        await door.do("pairing.code")


async def test_a_database_that_another_program_holds_is_answered_as_described(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(*next(iter(NO_KEYRING.items())))
    monkeypatch.setattr(database, "BUSY_SECONDS", 1)
    async with lan_door(tmp_path) as door:
        here, leaving, new = await door.paired(), await door.paired(), Phone(door)
        offer = await door.do("pairing.start")
        asked = await new.post("/auth/pair", {"secret": secret_of(offer.url), "name": "P"})
        await door.do("pairing.allow", id=asked.body["id"])
        held = sqlite3.connect(door.folder / "data" / "companion.db", isolation_level=None)
        with contextlib.closing(held):
            held.execute("BEGIN EXCLUSIVE")
            answers = await asyncio.gather(
                here.post("/auth/refresh"), leaving.post("/auth/leave"), new.get("/auth/pair")
            )
            held.execute("ROLLBACK")
        assert [(answer.status, answer.code) for answer in answers] == [(503, "database_busy")] * 3
        paths = document([], "1.2.3")["paths"]
        for operation in ("/auth/refresh post", "/auth/leave post", "/auth/pair get", "/auth/step_up post"):
            path, method = operation.split()
            assert {"502", "503"} <= set(paths[path][method]["responses"]), operation
        assert (await here.post("/auth/refresh")).status == 204
        assert (await leaving.get("/auth/me")).code == "device_revoked", "out it is all the same"
        assert (await new.get("/auth/pair")).body["state"] == "allowed"
