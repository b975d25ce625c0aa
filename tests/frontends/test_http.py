"""The loopback server over real sockets: routes, answers, errors, files."""

import asyncio
import io
import json
import os
import socket
import stat
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from companion.domain.paths import Paths
from companion.kernel.errors import Unavailable
from tests.frontends.shelf import BOOK, Doors, serving
from tests.obs_link import until


@pytest.fixture
async def doors(tmp_path: Path) -> AsyncIterator[Doors]:
    async with serving(tmp_path) as found:
        yield found


@pytest.fixture
async def http(doors: Doors) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(doors.url, headers=doors.auth) as session:
        yield session


async def code_of(response: aiohttp.ClientResponse) -> str:
    body = await response.json()
    assert set(body) == {"error"}
    assert set(body["error"]) == {"code", "message", "remedy", "details"}
    return str(body["error"]["code"])


async def raw(doors: Doors, request: bytes, *, end: bool = False) -> bytes:
    """Send `request` as it is, `end` what is sent, and return all that comes back."""
    reader, writer = await asyncio.open_connection("127.0.0.1", doors.server.port)
    writer.write(request)
    if end:
        writer.write_eof()
    answer = await asyncio.wait_for(reader.read(), 20)
    writer.close()
    await writer.wait_closed()
    return answer


async def test_an_action_is_reached_by_its_method_and_path(doors: Doors, http: aiohttp.ClientSession) -> None:
    async with http.post("/api/items", json={"title": "Ü & <b>", "tags": ["a", "b"]}) as response:
        assert response.status == 200
        assert response.content_type == "application/json"
        put = await response.json()
    assert put["id"] == 1
    async with http.get("/api/items/1") as response:
        assert await response.json() == put
    async with http.patch("/api/items/1", json={"title": "new"}) as response:
        assert (await response.json())["title"] == "new"
        assert (await response.json())["tags"] == ["a", "b"]
    async with http.delete("/api/items/1", params={"force": "true", "confirmed": "true"}) as response:
        assert response.status == 204
        assert await response.read() == b""
    assert doors.shelf.items == {}


async def test_the_caller_is_told_to_the_action(doors: Doors, http: aiohttp.ClientSession) -> None:
    async with http.post("/api/items", json={"title": "x"}, headers={"User-Agent": "stream-deck/2"}):
        pass
    assert [(c.door, c.name) for c in doors.shelf.callers] == [("http", "stream-deck/2")]


async def test_a_thousand_letters_of_any_language_fit_into_a_query(http: aiohttp.ClientSession) -> None:
    async with http.get("/api/items", params={"tags": "\N{FIRE}" * 1000}) as response:
        assert (response.status, await response.json()) == (200, [])


async def test_query_strings_are_read_as_the_arguments_types(doors: Doors, http: aiohttp.ClientSession) -> None:
    for title, tags in (("one", ["a"]), ("two", ["a", "b"]), ("three", [])):
        async with http.post("/api/items", json={"title": title, "tags": tags}):
            pass
    for query, titles in (
        ("", ["one", "two", "three"]),
        ("?limit=2", ["one", "two"]),
        ("?tags=a", ["one", "two"]),
        ("?tags=a&tags=b", ["two"]),
        ("?kind=game", []),
    ):
        async with http.get("/api/items" + query) as response:
            assert [item["title"] for item in await response.json()] == titles, query


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=x", "limit"),
        ("limit=", "limit"),
        ("limit=nan", "limit"),
        ("limit=99999999999999999999999", "limit"),
        ("kind=cow", "kind"),
        ("nope=1", "nope"),
        ("caller=admin", "caller"),
        ("limit=1&limit=2", "limit"),
    ],
)
async def test_a_wrong_query_is_refused_by_name(http: aiohttp.ClientSession, query: str, field: str) -> None:
    async with http.get(f"/api/items?{query}") as response:
        assert response.status == 400
        assert await code_of(response) == "invalid_arguments"
        assert field in (await response.json())["error"]["message"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "invalid_arguments"),
        (b"{}", 400, "invalid_arguments"),
        (b"{", 400, "invalid_json"),
        (b"[]", 400, "invalid_json"),
        (b'"title"', 400, "invalid_json"),
        (b"null", 400, "invalid_json"),
        (b"\xff\xfe", 400, "invalid_json"),
        (b"[" * 200_000, 400, "invalid_json"),
        (b'{"title": "x", "seconds": NaN}', 400, "invalid_json"),
        (b'{"title": "x", "seconds": 1e999}', 400, "invalid_arguments"),
        (b'{"title": "x", "seconds": "NaN"}', 400, "invalid_arguments"),
        (b'{"title": "x", "seconds": 0}', 400, "invalid_arguments"),
        (b'{"title": "x", "seconds": -1}', 400, "invalid_arguments"),
        (b'{"title": "x", "seconds": 1e9}', 400, "invalid_arguments"),
        (b'{"title": "x", "seconds": "many"}', 400, "invalid_arguments"),
        (b'{"title": "x", "size_bytes": 3}', 400, "invalid_arguments"),
        (b'{"title": 3}', 400, "invalid_arguments"),
        (b'{"title": "' + b"x" * 1_100_000 + b'"}', 413, "body_too_large"),
    ],
)
async def test_junk_bodies_get_a_clear_error(
    doors: Doors, http: aiohttp.ClientSession, body: bytes, status: int, code: str
) -> None:
    async with http.post("/api/items", data=io.BytesIO(body), headers={"Content-Type": "application/json"}) as response:
        assert (response.status, await code_of(response)) == (status, code)
    assert doors.shelf.items == {}


async def test_only_json_bodies_are_read(doors: Doors, http: aiohttp.ClientSession) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "application/octet-stream"):
        async with http.post("/api/items", data=b'{"title": "x"}', headers={"Content-Type": kind}) as response:
            assert (response.status, await code_of(response)) == (415, "wrong_media_type")
    assert doors.shelf.items == {}


async def test_arguments_have_one_place_each(http: aiohttp.ClientSession) -> None:
    async with http.post("/api/items?title=x", json={"title": "x"}) as response:
        assert (response.status, await code_of(response)) == (400, "invalid_arguments")
    async with http.get("/api/items", json={"limit": 1}) as response:
        assert (response.status, await code_of(response)) == (400, "invalid_arguments")
    async with http.patch("/api/items/1", json={"id": 2, "title": "x"}) as response:
        assert (response.status, await code_of(response)) == (400, "invalid_arguments")
    async with http.get("/api/items/1?id=2") as response:
        assert (response.status, await code_of(response)) == (400, "invalid_arguments")


async def test_each_kind_of_error_has_its_status(http: aiohttp.ClientSession) -> None:
    async with http.get("/api/items/7") as response:
        assert (response.status, await code_of(response)) == (404, "no_such_item")
        assert (await response.json())["error"]["details"] == {"id": 7}
    async with http.post("/api/items", json={"title": "x", "tags": ["t"]}):
        pass
    async with http.delete("/api/items/1", params={"confirmed": "true"}) as response:
        assert (response.status, await code_of(response)) == (409, "item_is_tagged")
    async with http.post("/api/trouble", json={"kind": "unavailable"}) as response:
        assert (response.status, await code_of(response)) == (503, "obs_not_running")
    async with http.post("/api/trouble", json={"kind": "failed"}) as response:
        assert (response.status, await code_of(response)) == (502, "cut_failed")
    async with http.post("/api/trouble", json={"kind": "bug"}) as response:
        assert (response.status, await code_of(response)) == (500, "internal_error")
        assert "secret" not in await response.text()


async def test_unknown_paths_and_methods_are_json_too(doors: Doors, http: aiohttp.ClientSession) -> None:
    for path in ("/nothing", "/api", "/api/nothing", "/api/items/1/nothing", "/robots.txt"):
        async with http.get(path) as response:
            assert (response.status, await code_of(response)) == (404, "unknown_path")
    async with http.put("/api/items", json={}) as response:
        assert (response.status, await code_of(response)) == (405, "method_not_allowed")
        assert response.headers["Allow"] == "GET, HEAD, OPTIONS, POST"


async def test_head_and_options(doors: Doors, http: aiohttp.ClientSession) -> None:
    async with http.head("/health") as response:
        assert (response.status, await response.read()) == (200, b"")
    async with http.head("/api/items") as response:
        assert (response.status, await response.read()) == (200, b"")
    async with http.options("/api/items") as response:
        assert response.status == 204
        assert response.headers["Allow"] == "GET, HEAD, OPTIONS, POST"
        assert not [name for name in response.headers if name.startswith("Access-Control")]


@pytest.mark.parametrize(
    "path",
    [
        "/api/items/..%2f..%2fetc%2fpasswd/file",
        "/api/items/%2e%2e/%2e%2e/etc/passwd",
        "/api/items/../../../../etc/passwd",
        "/api/items/1%00/file",
        "/api/items/%ff%fe/file",
        "/api/items/-1/file",
        "/api/items/" + "9" * 5000 + "/file",
        "//api/items/1/file",
        "/api/items/1/file/",
        "/API/items",
        "/api/items;x/1",
    ],
)
async def test_path_tricks_find_nothing(doors: Doors, path: str) -> None:
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{doors.server.port}\r\n"
    request += f"Authorization: Bearer {doors.token}\r\nConnection: close\r\n\r\n"
    head, _, body = (await raw(doors, request.encode())).partition(b"\r\n\r\n")
    assert head.split()[1] in (b"400", b"404")
    assert json.loads(body)["error"]["code"] in ("invalid_arguments", "unknown_path", "no_such_item")
    assert b"root:" not in body


@pytest.mark.parametrize(
    "junk", [b"\x16\x03\x01\x02\x00\x01\x00", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\r\n" * 50]
)
async def test_what_is_not_http_harms_nothing(
    doors: Doors, http: aiohttp.ClientSession, junk: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    await raw(doors, junk, end=True)
    async with http.get("/health") as response:
        assert response.status == 200
    assert not [record for record in caplog.records if record.exc_info]


async def test_a_client_that_leaves_in_the_middle_of_its_body_harms_nothing(
    doors: Doors, http: aiohttp.ClientSession, caplog: pytest.LogCaptureFixture
) -> None:
    head = f"POST /api/items HTTP/1.1\r\nHost: 127.0.0.1:{doors.server.port}\r\nAuthorization: Bearer {doors.token}\r\n"
    await raw(doors, (head + "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{").encode(), end=True)
    async with http.get("/health") as response:
        assert response.status == 200
    assert doors.shelf.items == {}
    assert not [record for record in caplog.records if record.exc_info]


class TestFiles:
    @pytest.fixture(autouse=True)
    async def item(self, doors: Doors, http: aiohttp.ClientSession) -> None:
        async with http.post("/api/items", json={"title": 'a"b\r\n/ü%.x'}):
            pass

    async def test_whole(self, http: aiohttp.ClientSession) -> None:
        async with http.get("/api/items/1/file") as response:
            assert response.status == 200
            assert await response.read() == BOOK
            assert response.headers["Content-Type"] == "video/mp4"
            assert response.headers["Accept-Ranges"] == "bytes"
            assert response.headers["Content-Disposition"] == (
                "inline; filename=\"__.x.mp4\"; filename*=UTF-8''%C3%BC%25.x.mp4"
            )
            assert response.headers["ETag"]
            assert response.headers["Last-Modified"]

    @pytest.mark.parametrize(
        ("asked", "start", "end"),
        [
            ("bytes=0-99", 0, 100),
            ("bytes=299990-", 299990, 300000),
            ("bytes=-5", 299995, 300000),
            ("bytes=0-", 0, 300000),
        ],
    )
    async def test_ranges(self, http: aiohttp.ClientSession, asked: str, start: int, end: int) -> None:
        async with http.get("/api/items/1/file", headers={"Range": asked}) as response:
            assert response.status == 206
            assert await response.read() == BOOK[start:end]
            assert response.headers["Content-Range"] == f"bytes {start}-{end - 1}/300000"

    async def test_a_range_outside_the_file(self, http: aiohttp.ClientSession) -> None:
        async with http.get("/api/items/1/file", headers={"Range": "bytes=300000-"}) as response:
            assert response.status == 416
            assert response.headers["Content-Range"] == "bytes */300000"

    async def test_conditions(self, http: aiohttp.ClientSession) -> None:
        async with http.head("/api/items/1/file") as response:
            assert response.headers["Content-Length"] == "300000"
            etag = response.headers["ETag"]
        async with http.get("/api/items/1/file", headers={"If-None-Match": etag}) as response:
            assert response.status == 304

    @pytest.mark.parametrize(("headers", "status"), [({}, 200), ({"Range": "bytes=300000-"}, 416)])
    async def test_a_file_made_for_one_answer_is_deleted_after_it(
        self, http: aiohttp.ClientSession, tmp_path: Path, headers: dict[str, str], status: int
    ) -> None:
        async with http.get("/api/items/1/file", params={"passing": "true"}, headers=headers) as response:
            assert response.status == status
            assert await response.read() == BOOK or status == 416
        await until(lambda: not (tmp_path / "shelf" / "1").exists(), 20, lambda: "the file's end")

    async def test_a_file_that_is_gone(self, doors: Doors, http: aiohttp.ClientSession, tmp_path: Path) -> None:
        (tmp_path / "shelf" / "1").unlink()
        async with http.get("/api/items/1/file") as response:
            assert (response.status, await code_of(response)) == (404, "file_missing")
            assert str(tmp_path) not in await response.text()


async def test_every_answer_carries_the_security_headers(doors: Doors, http: aiohttp.ClientSession) -> None:
    async with http.post("/api/items", json={"title": "x"}):
        pass
    for path in ("/health", "/nothing", "/api/items", "/api/items/1/file", "/api/docs"):
        async with http.get(path) as response:
            assert response.headers["Content-Security-Policy"].startswith("default-src 'none';"), path
            assert response.headers["X-Content-Type-Options"] == "nosniff"
            assert response.headers["Referrer-Policy"] == "no-referrer"
            assert response.headers["Cross-Origin-Resource-Policy"] == "same-origin"
            assert "aiohttp" not in response.headers["Server"]


async def test_status_tells_every_component(doors: Doors) -> None:
    async with aiohttp.ClientSession(doors.url) as session, session.get("/api/status") as response:
        body: dict[str, Any] = await response.json()
    assert body["version"] == "1.2.3"
    assert [c["name"] for c in body["components"]] == ["obs", "http"]
    assert set(body["components"][0]) == {"name", "state", "health", "since", "detail", "remedy"}
    assert body["components"][0]["remedy"] == "Start OBS."


class TestLife:
    async def test_the_daemon_file_tells_where_it_is_until_it_stops(self, tmp_path: Path) -> None:
        async with serving(tmp_path) as doors:
            port = doors.server.port
            assert json.loads(doors.paths.daemon_file.read_text()) == {"pid": os.getpid(), "port": port}
        assert not doors.paths.daemon_file.exists()
        with pytest.raises(ConnectionError):
            await asyncio.open_connection("127.0.0.1", port)

    async def test_a_taken_port_is_a_clear_error(self, tmp_path: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            with pytest.raises(Unavailable) as caught:
                async with serving(tmp_path, port):
                    pass
        assert caught.value.code == "port_in_use"
        assert str(port) in caught.value.message
        assert "HTTP_PORT" in caught.value.remedy
        assert not Paths.find({"COMPANION_HOME": str(tmp_path)}).daemon_file.exists()

    async def test_it_listens_on_loopback_only(self, doors: Doors) -> None:
        hosts = {str(info[4][0]) for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
        for host in hosts - {"127.0.0.1"}:
            with pytest.raises(OSError):
                await asyncio.wait_for(asyncio.open_connection(host, doors.server.port), 5)

    async def test_it_stops_with_a_request_in_flight(self, tmp_path: Path) -> None:
        async with serving(tmp_path) as doors, aiohttp.ClientSession(doors.url, headers=doors.auth) as session:
            request = asyncio.create_task(session.post("/api/trouble", json={"kind": "slow"}))
            await asyncio.sleep(0.2)
            async with asyncio.timeout(20):
                await doors.stop()
            with pytest.raises(aiohttp.ClientError):
                await request

    async def test_two_actions_cannot_claim_one_path(self, tmp_path: Path) -> None:
        from companion.frontends.http.server import HttpServer
        from companion.kernel.actions import Registry, Scope, action
        from companion.kernel.bus import Bus
        from companion.kernel.status import StatusBoard

        class Rival:
            @action("rival.status", scope=Scope.VIEW, http="GET /api/status")
            async def status(self) -> None:
                """Claims the server's own path."""

        bus = Bus()
        paths = Paths.find({"COMPANION_HOME": str(tmp_path)})
        server = HttpServer(Registry(bus, [Rival()]), bus, StatusBoard(bus), port=0, paths=paths, version="1")
        with pytest.raises(ValueError, match=r"rival\.status"):
            await server.run(lambda: None)


class TestToken:
    async def test_it_is_private_and_kept(self, tmp_path: Path) -> None:
        async with serving(tmp_path) as doors:
            token = doors.token
            assert len(token) == 43
            assert stat.S_IMODE(doors.paths.token_file.stat().st_mode) == 0o600
            assert stat.S_IMODE(doors.paths.daemon_file.stat().st_mode) == 0o600
        async with serving(tmp_path) as doors:
            assert doors.token == token

    async def test_one_that_others_could_read_is_replaced(self, tmp_path: Path) -> None:
        async with serving(tmp_path) as doors:
            token = doors.token
        doors.paths.token_file.chmod(0o644)
        async with serving(tmp_path) as doors:
            assert doors.token != token
            assert stat.S_IMODE(doors.paths.token_file.stat().st_mode) == 0o600

    @pytest.mark.parametrize("content", [b"", b"short", b"\xff" * 60, b" " * 50])
    async def test_one_that_is_damaged_is_replaced(self, tmp_path: Path, content: bytes) -> None:
        async with serving(tmp_path) as doors:
            doors.paths.token_file.write_bytes(content)
        async with serving(tmp_path) as doors:
            assert len(doors.token) == 43
