"""Who gets in from the LAN, and with what: every bad key there is, foreign pages, and every route without one."""

import asyncio
import contextlib
import io
import json
import time
from pathlib import Path

import aiohttp
import jwt
import pytest

from companion.adapters import device_store
from companion.adapters.tokens import ACCESS_SECONDS
from companion.domain.denials import Denials
from companion.domain.events import DeviceRevoked, SceneChanged
from companion.frontends.http.application import LARGEST_BODY
from companion.frontends.http.trust import Trust
from companion.kernel.actions import Scope
from companion.kernel.errors import CompanionError
from tests.frontends.phones import LanDoor, Phone, lan_door

pytestmark = pytest.mark.slow

ACCESS = "__Host-companion_access"
REFRESH = "__Secure-companion_refresh"


def forged(token: str, secret: bytes, algorithm: str = "HS256", **changes: object) -> str:
    claims = jwt.decode(token, options={"verify_signature": False}) | changes
    return jwt.encode({key: value for key, value in claims.items() if value is not None}, secret, algorithm)


async def test_only_a_token_of_this_installation_opens(door: LanDoor, tmp_path: Path) -> None:
    phone = await door.paired()
    token = phone.cookies[ACCESS]
    secret = door.parts.tokens._secret
    head, body, mac = token.split(".")
    assert (await phone.get("/api/items")).status == 200
    assert (await Phone(door).get("/api/items", cookies={ACCESS: forged(token, secret)})).status == 200
    wrong = {
        "tampered": f"{head}.{body[:-2]}{'AA' if body[-2:] != 'AA' else 'BB'}.{mac}",
        "no signature": f"{head}.{body}.",
        "alg none": jwt.encode({"sub": str(phone.device), "exp": 2**40, "iat": 0, "rot": 1, "gen": 1}, None, "none"),
        "another secret": forged(token, b"x" * 32),
        "another hash": forged(token, secret * 2, "HS512"),
        "another generation": forged(token, secret, gen=0),
        "no end": forged(token, secret, exp=None),
        "no device": forged(token, secret, sub=None),
        "odd device": forged(token, secret, sub="1; DROP"),
        "words": "let me in",
        "empty parts": "..",
        "refresh token": phone.cookies[REFRESH],
        "bearer of the PC": "x" * 43,
    }
    async with lan_door(tmp_path / "other", another=True) as other:
        wrong["another installation"] = (await other.paired()).cookies[ACCESS]
    for what, given in wrong.items():
        answer = await Phone(door).get("/api/items", cookies={ACCESS: given})
        assert (answer.status, answer.code) == (401, "token_invalid"), what
    assert (await Phone(door).get("/api/items", headers={"Authorization": f"Bearer {token}"})).status == 401
    assert (await Phone(door).get(f"/api/items?token={token}")).status == 401
    assert (await phone.get("/api/items")).status == 200


async def test_an_expired_token_is_refreshed(door: LanDoor) -> None:
    phone = await door.paired()
    claims = jwt.decode(phone.cookies[ACCESS], options={"verify_signature": False})
    assert claims["exp"] - claims["iat"] == ACCESS_SECONDS == 15 * 60
    old = forged(phone.cookies[ACCESS], door.parts.tokens._secret, exp=int(time.time()) - 1)
    assert (await phone.get("/api/items", cookies={ACCESS: old})).code == "token_expired"
    refreshed = await phone.post("/auth/refresh")
    assert (refreshed.status, refreshed.body) == (204, b"")
    assert (await phone.get("/api/items")).status == 200


async def test_a_revoked_device_is_out_at_once_with_its_streams(door: LanDoor) -> None:
    phone, other = await door.paired(), await door.paired(name="Other")
    async with phone.stream() as stream, phone.socket() as socket, other.stream() as others:
        await stream.content.readuntil(b"\n\n")
        assert (await socket.receive(timeout=10)).type is aiohttp.WSMsgType.TEXT
        await others.content.readuntil(b"\n\n")
        infos = {device.id: device.online for device in await door.do("device.list")}
        assert infos == {phone.device: True, other.device: True}
        await door.do("device.revoke", id=phone.device)
        async with asyncio.timeout(5):
            await stream.content.read()
            while (message := await socket.receive()).type is aiohttp.WSMsgType.TEXT:
                pass
        assert (message.type, message.data) == (aiohttp.WSMsgType.CLOSE, 1008)
        door.bus.publish(DeviceRevoked(999, "nobody", "Pocket"))
        door.bus.publish(SceneChanged("next"))
        while (block := await others.content.readuntil(b"\n\n")) == b":\n\n":
            pass
        assert b"SceneChanged" in block, "what is an administrator's to know does not come before it"
    assert (await phone.get("/api/items")).code == "device_revoked"
    assert (await phone.post("/auth/refresh")).code == "refresh_invalid"
    assert (await other.get("/api/items")).status == 200
    listed = {device.id: device for device in await door.do("device.list")}
    assert listed[phone.device].revoked_at is not None
    assert "the test" in listed[phone.device].revoked_reason


async def test_revoke_all_and_leave(door: LanDoor) -> None:
    one, two, three = [await door.paired(name=str(n)) for n in range(3)]
    left = await one.post("/auth/leave")
    assert left.status == 204
    assert left.cookies[ACCESS].value == ""
    assert await door.do("device.revoke_all") == 2
    for phone in (one, two, three):
        assert (await phone.get("/auth/me", cookies=phone.cookies)).status == 401


async def test_a_new_scope_counts_at_once_and_closes_the_streams(door: LanDoor) -> None:
    phone = await door.paired("admin")
    assert (await phone.get("/api/devices")).status == 200
    async with phone.stream() as stream:
        first = await stream.content.readuntil(b"\n\n")
        assert b"PairingChanged" in first, "an administrator sees who wants in"
        await door.do("device.edit", id=phone.device, scope="view")
        async with asyncio.timeout(5):
            await stream.content.read()
    assert (await phone.get("/api/devices")).code == "scope_too_low"
    assert (await phone.post("/api/items", {"title": "x"})).code == "scope_too_low"
    async with phone.stream() as stream:
        first = await stream.content.readuntil(b"\n\n")
        snapshot = json.loads(first.split(b"data: ")[1])["payload"]
        assert snapshot["me"]["scope"] == "view"
        assert "PairingChanged" not in snapshot["states"]
        await door.do("pairing.start")
        door.bus.publish(door.lan)
        assert b"LanStateChanged" in await stream.content.readuntil(b"\n\n"), "and nothing of the pairing before it"


async def test_rotating_the_secret_makes_tokens_worthless_but_pairs_nobody_anew(door: LanDoor) -> None:
    phone = await door.paired()
    async with phone.stream() as stream:
        await stream.content.readuntil(b"\n\n")
        await door.do("secrets.rotate")
        async with asyncio.timeout(5):
            await stream.content.read()
    assert (await phone.get("/api/items")).code == "token_invalid"
    assert (await phone.post("/auth/refresh")).status == 204
    assert (await phone.get("/api/items")).status == 200


class TestRefresh:
    async def test_a_copied_token_throws_the_device_out_and_says_so(
        self, door: LanDoor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(device_store, "RACE_SECONDS", -1.0)
        phone = await door.paired()
        stolen = phone.cookies[REFRESH]
        assert (await phone.post("/auth/refresh")).status == 204
        assert (await phone.get("/auth/me")).status == 200  # the phone has its new tokens, and uses them
        thief = await Phone(door).post("/auth/refresh", cookies={REFRESH: stolen})
        assert (thief.status, thief.code) == (401, "refresh_reused")
        assert (await phone.get("/auth/me")).code == "device_revoked"
        (device,) = await door.do("device.list")
        assert "copied" in device.revoked_reason
        async with asyncio.timeout(10):
            while not any(
                entry.kind == "device" and "copied" in entry.outcome for entry in (await door.do("audit.list")).items
            ):
                await asyncio.sleep(0.05)

    async def test_a_thief_who_is_faster_is_found_out_by_the_phone(
        self, door: LanDoor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(device_store, "RACE_SECONDS", -1.0)
        phone = await door.paired()
        thief = Phone(door)
        assert (await thief.post("/auth/refresh", cookies={REFRESH: phone.cookies[REFRESH]})).status == 204
        assert (await thief.get("/auth/me")).status == 200
        assert (await phone.post("/auth/refresh")).code == "refresh_reused"
        assert (await thief.get("/auth/me")).code == "device_revoked"

    async def test_tabs_that_race_get_the_same_successor(self, door: LanDoor) -> None:
        phone = await door.paired()
        old = {REFRESH: phone.cookies[REFRESH]}
        answers = await asyncio.gather(*(Phone(door).post("/auth/refresh", cookies=old) for _ in range(6)))
        assert [answer.status for answer in answers] == [204] * 6
        assert len({answer.cookies[REFRESH].value for answer in answers}) == 1
        access = {ACCESS: answers[0].cookies[ACCESS].value}
        assert (await phone.get("/auth/me", cookies=access)).status == 200
        late = await Phone(door).post("/auth/refresh", cookies=old)
        assert late.status == 204, "a tab whose request was under way while another used the successor"

    async def test_a_lost_answer_is_given_again_for_some_seconds(self, door: LanDoor) -> None:
        phone = await door.paired()
        old = {REFRESH: phone.cookies[REFRESH]}
        lost = await Phone(door).post("/auth/refresh", cookies=old)
        again = await Phone(door).post("/auth/refresh", cookies=old)
        assert again.cookies[REFRESH].value == lost.cookies[REFRESH].value
        door.parts.store._successors.clear()  # the companion was restarted meanwhile
        anew = await phone.post("/auth/refresh", cookies=old)
        assert anew.status == 204
        assert anew.cookies[REFRESH].value != lost.cookies[REFRESH].value
        assert (await phone.get("/auth/me")).status == 200
        assert (await phone.post("/auth/refresh")).status == 204

    async def test_a_successor_that_was_replaced_is_a_copy(self, door: LanDoor) -> None:
        phone = await door.paired()
        old = {REFRESH: phone.cookies[REFRESH]}
        first = await Phone(door).post("/auth/refresh", cookies=old)
        door.parts.store._successors.clear()  # the companion was restarted meanwhile
        assert (await phone.post("/auth/refresh", cookies=old)).status == 204
        late = await Phone(door).post("/auth/refresh", cookies={REFRESH: first.cookies[REFRESH].value})
        assert late.code == "refresh_reused"
        assert (await phone.get("/auth/me")).code == "device_revoked"

    async def test_an_answer_that_a_sleeping_phone_never_got_is_given_anew(
        self, door: LanDoor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(device_store, "RACE_SECONDS", -1.0)
        phone = await door.paired()
        asleep = dict(phone.cookies)
        lost = await phone.post("/auth/refresh")
        phone.cookies = asleep
        awake = await phone.post("/auth/refresh")
        assert awake.status == 204
        assert awake.cookies[REFRESH].value != lost.cookies[REFRESH].value
        assert (await phone.get("/auth/me")).status == 200
        assert (await phone.post("/auth/refresh")).status == 204

    async def test_a_thief_who_hides_what_he_was_given_is_found_out_when_he_uses_it(
        self, door: LanDoor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(device_store, "RACE_SECONDS", -1.0)
        phone, thief = await door.paired(), Phone(door)
        thief.cookies = dict(phone.cookies)
        assert (await thief.post("/auth/refresh")).status == 204
        assert (await phone.post("/auth/refresh")).status == 204
        told = await thief.post("/auth/refresh")
        assert (told.status, told.code) == (401, "refresh_reused")
        assert (await phone.get("/auth/me")).code == "device_revoked"
        assert (await phone.post("/auth/refresh")).code == "refresh_invalid"

    async def test_a_revocation_that_the_disk_refused_is_written_later(self, door: LanDoor) -> None:
        phone = await door.paired()
        store = door.parts.store
        await store.flush()
        engine = store._database._engine
        store._database._engine = None
        with pytest.raises(CompanionError):
            await door.do("device.revoke", id=phone.device)
        assert (await phone.get("/auth/me")).code == "device_revoked"
        store._database._engine = engine
        await store.flush()
        fresh = device_store.DeviceStore(store._database, door.bus)
        await fresh.load()
        assert fresh.get(phone.device) is None

    async def test_strangers_cannot_throw_anybody_out(self, door: LanDoor) -> None:
        phone = await door.paired()
        number, family, secret = phone.cookies[REFRESH].split(".")
        for token in (
            f"{number}.{'A' * len(family)}.{secret}",
            f"{number}..",
            f"{number}.x.y",
            f"999.{family}.{secret}",
            "9" * 50,
            "-1.x.y",
            "ü.ü.ü",
            number,
        ):
            assert (await Phone(door).post("/auth/refresh", cookies={REFRESH: token})).code == "refresh_invalid"
        assert (await Phone(door).post("/auth/refresh", cookies={})).code == "unauthorized"
        assert (await phone.get("/auth/me")).status == 200
        assert (await phone.post("/auth/refresh")).status == 204

    async def test_only_hashes_are_stored(self, door: LanDoor) -> None:
        phone = await door.paired()
        await phone.post("/auth/refresh")
        await door.parts.store.flush()
        _, family, secret = phone.cookies[REFRESH].split(".")
        stored = b"".join(path.read_bytes() for path in (door.folder / "data").glob("companion.db*"))
        assert b"Phone" in stored
        for part in (family, secret, door.parts.tokens._secret.decode("latin-1")):
            assert part.encode() not in stored

    async def test_devices_outlive_a_restart(self, door: LanDoor) -> None:
        phone = await door.paired("admin")
        await phone.get("/auth/me")
        await door.parts.store.flush()
        before = door.parts.store.all()[0].model_dump()
        fresh = device_store.DeviceStore(door.parts.store._database, door.bus)
        await fresh.load()
        assert fresh.all()[0].model_dump() == before
        assert before["used_rotation"] == 1
        found = await fresh.refresh(phone.cookies[REFRESH])
        assert found is not None
        assert found[0].scope == "admin"


async def test_foreign_hosts_and_pages_are_refused(door: LanDoor) -> None:
    phone = await door.paired("admin")
    port = door.lan.port
    for host in (
        "evil.example",
        f"evil.example:{port}",
        "127.0.0.1",
        f"127.0.0.1.evil.example:{port}",
        f"10.0.0.1:{port}",
    ):
        for path in ("/", "/trust", "/auth/pair", "/auth/me", "/api/items"):
            assert (await phone.get(path, headers={"Host": host})).code == "host_not_allowed", (host, path)
    for name in ("localhost", "127.0.0.1", "[::1]"):
        assert (await phone.get("/auth/me", headers={"Host": f"{name}:{port}"})).status == 200
    for headers in (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": f"http://127.0.0.1:{port}"},
        {"Origin": f"https://127.0.0.1:{port + 1}"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ):
        for method, path in (
            ("GET", "/api/items"),
            ("POST", "/api/items"),
            ("POST", "/auth/refresh"),
            ("POST", "/auth/pair"),
        ):
            answer = await phone.ask(method, path, None if method == "GET" else {}, headers=headers)
            assert answer.code == "origin_not_allowed", (headers, path)
        with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
            async with phone.socket(**headers):
                pass
        assert caught.value.status == 403


async def test_what_changes_something_comes_from_the_own_page(door: LanDoor) -> None:
    phone = await door.paired("admin")
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    for method, path in (
        ("POST", "/api/items"),
        ("PATCH", "/api/items/1"),
        ("DELETE", "/api/devices"),
        ("POST", "/auth/refresh"),
        ("POST", "/auth/pair"),
        ("POST", "/auth/leave"),
        ("POST", "/auth/step_up"),
        ("POST", "/api/events/alive"),
    ):
        own = {"Origin": door.url}
        assert (await phone.ask(method, path, headers={"X-Companion": "0", **own})).code == "header_needed", path
        assert (await phone.ask(method, path, headers={"X-Companion": "", **own, **form}, data=b"a=b")).status == 403
        async with (
            aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as bare,
            bare.request(
                method, door.url + path, headers={**phone.cookie_header(), "X-Companion": "1"}, ssl=door.trusting()
            ) as response,
        ):
            assert (await response.json())["error"]["code"] == "origin_needed", path
    with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
        async with (
            aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as bare,
            bare.ws_connect(door.url + "/ws", headers=phone.cookie_header(), ssl=door.trusting()),
        ):
            pass
    assert caught.value.status == 403
    assert (await phone.get("/auth/me")).status == 200


async def test_every_route_is_closed_to_strangers(door: LanDoor) -> None:
    """A new route that strangers reach has to be added here, on purpose."""
    open_to_all = {
        "/",
        "/assets/{name}",
        "/app.webmanifest",
        "/icon-32.png",
        "/favicon.ico",
        "/icon-128.png",
        "/icon-256.png",
        "/trust",
        "/trust/authority.crt",
        "/trust/authority.mobileconfig",
        "/auth/pair",
        "/auth/refresh",
    }
    gate = door.server._gate
    assert gate is not None
    assert gate.open_paths == open_to_all
    routes = door.server._application(gate, Trust(), Denials(door.bus, "phone")).router.routes()
    stranger, tried = Phone(door), 0
    for route in routes:
        assert route.resource is not None
        path = route.resource.canonical
        if path in open_to_all:
            continue
        filled = path.replace("{id}", "1").replace("{name}", "x")
        method = route.method
        answer = await stranger.ask(method, filled, headers={"Origin": door.url})
        assert answer.status == 401, (method, path)
        tried += 1
    assert tried > 30
    for path in ("/nothing", "/api/nothing", "/.env", "/%2e%2e/etc/passwd", "/api/docs", "/auth/ticket"):
        assert (await stranger.get(path)).status == 401, path
    with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
        async with stranger.socket():
            pass
    assert caught.value.status == 401


SCOPES = {
    "view": Scope.VIEW,
    "control": Scope.CONTROL,
    "admin": Scope.ADMIN,
}


@pytest.mark.parametrize("name", SCOPES)
async def test_every_action_asks_for_its_scope(door: LanDoor, name: str) -> None:
    phone = await door.paired(name)
    for action in door.registry.all():
        drastic = ("device.revoke_all", "lan.renew", "lan.switch", "secrets.rotate", "trouble.make", "pairing.start")
        if action.name in drastic and SCOPES[name] >= action.scope:
            continue
        path = action.http_path.replace("{id}", "99")
        answer = await phone.ask(action.http_method, path, None if action.http_method in ("GET", "DELETE") else {})
        if SCOPES[name] < action.scope:
            assert (answer.status, answer.code) == (403, "scope_too_low"), action.name
        else:
            assert answer.status not in (401, 403), (action.name, answer.code)


async def test_what_is_too_large_is_refused(door: LanDoor) -> None:
    phone = await door.paired()
    big = await phone.post(
        "/api/items", headers={"Content-Type": "application/json"}, data=io.BytesIO(b" " * (LARGEST_BODY + 1))
    )
    assert big.code == "body_too_large"
    stranger = await Phone(door).post(
        "/auth/pair", headers={"Content-Type": "application/json"}, data=io.BytesIO(b" " * (LARGEST_BODY + 1))
    )
    assert stranger.code == "body_too_large"
    assert (await phone.get("/api/items", headers={"X-Long": "x" * 100_000})).status == 400
    assert (await phone.get("/api/items")).status == 200


async def test_one_device_may_open_so_many_streams(door: LanDoor) -> None:
    phone, other = await door.paired(), await door.paired(name="Other")
    async with contextlib.AsyncExitStack() as stack:
        for _ in range(8):
            stream = await stack.enter_async_context(phone.stream())
            assert stream.status == 200
        refused = await stack.enter_async_context(phone.stream())
        assert refused.status == 429
        assert (await stack.enter_async_context(other.stream())).status == 200
