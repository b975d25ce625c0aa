"""Who gets in: token, Host, Origin, and the docs page's ticket. Raw sockets, since clients would tidy the attacks."""

import asyncio
import json
import logging
import re
import time
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from companion.domain.denials import Denials
from companion.frontends.http import auth
from companion.frontends.http.auth import Gate
from companion.frontends.http.errors import Unauthorized
from tests.frontends.shelf import Doors, serving


@pytest.fixture
async def doors(tmp_path: Path) -> AsyncIterator[Doors]:
    async with serving(tmp_path) as found:
        yield found


async def ask(doors: Doors, path: str, *lines: str, method: str = "GET", host: str | None = None) -> tuple[int, str]:
    """The status and error code of a request with exactly these header lines."""
    reader, writer = await asyncio.open_connection("127.0.0.1", doors.server.port)
    head = [
        f"{method} {path} HTTP/1.1",
        f"Host: {host or f'127.0.0.1:{doors.server.port}'}",
        *lines,
        "Connection: close",
    ]
    writer.write("\r\n".join([*head, "", ""]).encode())
    answer = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    await writer.wait_closed()
    first, _, body = answer.partition(b"\r\n\r\n")
    text = body.decode() if b"application/json" in first else "{}"
    return int(first.split()[1]), json.loads(text).get("error", {}).get("code", "") if text.startswith(
        '{"error'
    ) else ""


async def test_only_three_routes_are_open(doors: Doors) -> None:
    for path in ("/health", "/api/status", "/api/obs/status"):
        assert await ask(doors, path) == (200, "")
    closed = ["/api/items", "/api/items/1", "/api/items/1/file", "/api/openapi.json", "/api/docs", "/ws", "/ws?since=1"]
    for path in [*closed, "/api/unknown", "/%61pi/items", "/api/./items", "/api/status/../items"]:
        assert await ask(doors, path) == (401, "unauthorized"), path
    assert await ask(doors, "/api/docs/ticket", method="POST") == (401, "unauthorized")
    assert await ask(doors, "/api/items", method="DELETE") == (401, "unauthorized")
    assert await ask(doors, "/api/items", method="OPTIONS") == (401, "unauthorized")


async def test_every_route_but_these_needs_the_token(doors: Doors) -> None:
    app = doors.server._application(Gate(doors.token, doors.paths.token_file), Denials(doors.bus, "http"))
    answered = set()
    for route in app.router.routes():
        assert route.resource is not None
        known = route.resource.canonical
        status, code = await ask(doors, re.sub(r"\{\w+\}", "1", known), method=route.method)
        if (status, code) not in ((401, "unauthorized"), (401, "")):  # of HEAD there is no code
            answered.add(known)
    files = {
        "/",
        "/assets/{name}",
        "/icon-32.png",
        "/icon-128.png",
        "/icon-256.png",
        "/app.webmanifest",
        "/favicon.ico",
    }
    states = {"/health", "/api/status", "/api/obs/status"}
    with_a_key_of_their_own = {"/auth/ticket", "/overlay/captions/live"}
    assert answered == files | states | with_a_key_of_their_own | {"/overlay/captions"}
    for path in ("/nothing", "/nothing/api", "/metrics", "/index.html"):
        assert await ask(doors, path) == (401, "unauthorized"), path


async def test_the_token_opens_and_nothing_like_it_does(doors: Doors) -> None:
    token = doors.token
    assert await ask(doors, "/api/items", f"Authorization: Bearer {token}") == (200, "")
    assert await ask(doors, "/api/items", f"authorization: bearer   {token}") == (200, "")
    for value in (
        token,
        f"Bearer {token[:-1]}",
        f"Bearer {token}x",
        f"Bearer {token.swapcase()}",
        "Bearer",
        "Bearer ",
        f"Basic {token}",
        f"Bearer {token} {token}",
        "Bearer \xfc\xff",
    ):
        assert await ask(doors, "/api/items", f"Authorization: {value}") == (401, "unauthorized"), value
    assert await ask(doors, f"/api/items?token={token}") == (401, "unauthorized")
    assert await ask(doors, "/api/items", f"Cookie: token={token}; {auth.DOCS_COOKIE}={token}") == (401, "unauthorized")
    assert await ask(doors, "/api/items", f"Sec-WebSocket-Protocol: bearer.{token}") == (401, "unauthorized")


async def test_a_refusal_says_where_the_token_is_but_not_what(doors: Doors) -> None:
    async with aiohttp.ClientSession(doors.url) as session, session.get("/api/items") as response:
        assert response.headers["WWW-Authenticate"].startswith("Bearer ")
        text = await response.text()
    assert str(doors.paths.token_file) in json.loads(text)["error"]["remedy"]
    assert doors.token not in text


async def test_a_foreign_host_is_refused_even_with_the_token(doors: Doors) -> None:
    port = doors.server.port
    bearer = f"Authorization: Bearer {doors.token}"
    for host in (f"127.0.0.1:{port}", f"localhost:{port}", f"LocalHost:{port}", f"[::1]:{port}"):
        assert await ask(doors, "/api/items", bearer, host=host) == (200, ""), host
    for host in (
        "evil.example",
        f"evil.example:{port}",
        f"127.0.0.1.evil.example:{port}",
        "127.0.0.1",
        "localhost",
        f"localhost:{port + 1}",
        f"localhost.:{port}",
        f"0.0.0.0:{port}",
        f"127.1:{port}",
        f"user@localhost:{port}",
    ):
        for path in ("/health", "/api/items", "/ws"):
            assert await ask(doors, path, bearer, host=host) == (403, "host_not_allowed"), host


async def test_two_hosts_or_none_are_refused(doors: Doors) -> None:
    status, _ = await ask(doors, "/health", f"Host: 127.0.0.1:{doors.server.port}")
    assert status in (400, 403)
    reader, writer = await asyncio.open_connection("127.0.0.1", doors.server.port)
    writer.write(b"GET /health HTTP/1.0\r\n\r\n")
    assert b" 403 " in await asyncio.wait_for(reader.readline(), 10)
    writer.close()
    await writer.wait_closed()


async def test_an_absolute_address_does_not_get_around_the_host(doors: Doors) -> None:
    own = f"127.0.0.1:{doors.server.port}"
    assert (await ask(doors, f"http://{own}/health", host="evil.example"))[1] == "host_not_allowed"


async def test_pages_of_other_sites_are_refused(doors: Doors) -> None:
    port = doors.server.port
    bearer = f"Authorization: Bearer {doors.token}"
    assert await ask(
        doors, "/api/items", bearer, f"Origin: http://127.0.0.1:{port}", "Sec-Fetch-Site: same-origin"
    ) == (
        200,
        "",
    )
    assert await ask(doors, "/api/items", bearer, "Sec-Fetch-Site: none") == (200, "")
    for origin in (
        "null",
        "https://evil.example",
        f"https://127.0.0.1:{port}",
        f"http://localhost:{port}",
        f"http://127.0.0.1:{port + 1}",
        "http://127.0.0.1",
        "",
    ):
        for path in ("/health", "/api/items", "/ws"):
            for method in ("GET", "POST", "OPTIONS"):
                answer = await ask(doors, path, bearer, f"Origin: {origin}", method=method)
                assert answer == (403, "origin_not_allowed"), (origin, path, method)
    for site in ("cross-site", "same-site", "other"):
        assert await ask(doors, "/health", f"Sec-Fetch-Site: {site}") == (403, "origin_not_allowed")


async def test_a_websocket_needs_the_token_and_its_own_origin(doors: Doors) -> None:
    async with aiohttp.ClientSession(doors.url) as session:
        async with session.ws_connect("/ws", headers=doors.auth) as socket:
            assert socket.protocol is None
        async with session.ws_connect("/ws", protocols=("companion.events", f"bearer.{doors.token}")) as socket:
            assert socket.protocol == "companion.events"
        for headers, protocols, status in (
            ({}, (), 401),
            ({}, ("companion.events",), 401),
            ({}, ("companion.events", "bearer.x"), 401),
            (doors.auth | {"Origin": "https://evil.example"}, (), 403),
            (doors.auth | {"Origin": "null"}, (), 403),
            (doors.auth | {"Host": "evil.example"}, (), 403),
        ):
            with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
                await session.ws_connect("/ws", headers=headers, protocols=protocols)
            assert caught.value.status == status


async def test_the_token_is_in_no_log(doors: Doors, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with aiohttp.ClientSession(doors.url) as session:
        for path in (f"/api/items?token={doors.token}", f"/ws?since={doors.token}", "/api/items"):
            async with session.get(path, headers=doors.auth) as response:
                await response.read()
        await ask(doors, "/api/items", f"Authorization: Bearer {doors.token}\x00")
    assert "/api/items" in caplog.text
    assert doors.token not in caplog.text


class TestDocsTicket:
    async def test_it_opens_the_docs_once_and_nothing_else(self, doors: Doors) -> None:
        async with (
            aiohttp.ClientSession(doors.url) as program,
            program.post("/api/docs/ticket", headers=doors.auth) as response,
        ):
            path = (await response.json())["path"]
        async with aiohttp.ClientSession(doors.url, cookie_jar=aiohttp.CookieJar(unsafe=True)) as browser:
            async with browser.get(path, allow_redirects=False) as response:
                assert (response.status, response.headers["Location"]) == (303, "/api/docs")
                cookie = response.cookies[auth.DOCS_COOKIE]
                assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Strict", "/api/docs")
            for _ in range(2):
                async with browser.get("/api/docs") as response:
                    assert (response.status, response.content_type) == (200, "text/html")
            cookies = {"Cookie": f"{auth.DOCS_COOKIE}={cookie.value}"}
            for closed in ("/api/items", "/api/openapi.json", "/api/docs/ticket", "/ws"):
                async with browser.get(closed, headers=cookies) as response:
                    assert response.status == 401, closed
        async with aiohttp.ClientSession(doors.url) as thief:
            for again in (path, "/api/docs", "/api/docs?ticket=x", "/api/docs?ticket="):
                async with thief.get(again, allow_redirects=False) as response:
                    assert response.status == 401, again
            async with thief.get("/api/items?ticket=x") as response:
                assert response.status == 401

    def test_it_expires(self) -> None:
        now = [0.0]
        gate = auth.Gate("t", Path("token"), clock=lambda: now[0])
        gate.redeem(gate.issue_ticket())
        late = gate.issue_ticket()
        now[0] = auth.TICKET_SECONDS
        with pytest.raises(Unauthorized):
            gate.redeem(late)


async def test_a_program_of_this_pc_may_say_that_it_was_asked_a_moment_ago(
    doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with aiohttp.ClientSession() as client:

        async def put(said: str, token: str) -> int:
            headers = {"Authorization": f"Bearer {token}", "Companion-Asked-At": said}
            async with client.post(f"{doors.url}/api/items", json={"title": "x"}, headers=headers) as answer:
                return answer.status

        monkeypatch.setattr(auth, "LONGEST_START_SECONDS", 60.0)
        for ago in (0.8, 0.0):
            said = time.time() - ago
            assert await put(repr(said), doors.token) == 200
            assert doors.shelf.callers[-1].asked_at == said
        for ago, believed in ((1000.0, 60.0), (-1000.0, 0.0)):
            now = time.time()
            assert await put(repr(now - ago), doors.token) == 200
            asked_at = doors.shelf.callers[-1].asked_at
            assert asked_at is not None
            assert now - believed <= asked_at <= time.time() - believed, ago
        known = len(doors.shelf.callers)
        for nonsense in ("", "soon", "nan", "inf", "1e999"):
            assert await put(nonsense, doors.token) == 400, nonsense
        assert len(doors.shelf.callers) == known
        gate = doors.server._gate
        assert gate is not None
        page, _ = gate.redeem_for_dashboard(gate.issue_ticket())
        assert await put(f"{time.time() - 1:.3f}", page) == 200
        assert doors.shelf.callers[-1].asked_at is None, "a page in a browser was there before"
