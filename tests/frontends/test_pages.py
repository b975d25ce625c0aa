"""The app's files over a real socket: what browsers keep, what they ask for anew, and that nothing else can be had."""

import gzip
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from yarl import URL

from companion.frontends.http import pages
from companion.frontends.http.errors import answer_error
from companion.kernel.errors import CompanionError

SCRIPT = b"export const answer = 42;\n"


@web.middleware
async def _errors(request: web.Request, handler: pages.Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except CompanionError as error:
        return answer_error(error)


@pytest.fixture
async def base(tmp_path: Path) -> AsyncIterator[str]:
    """A server with an app of one page and one script, beside files that are none of the browser's business."""
    built = tmp_path / "dist"
    (built / "assets").mkdir(parents=True)
    (built / "index.html").write_text("<!doctype html><title>App</title>")
    (built / "assets" / "index-a1b2.js").write_bytes(SCRIPT)
    (built / "assets" / "notes.txt").write_text("not served")
    (built / "icon-32.png").write_bytes(b"\x89PNG")
    (tmp_path / "secret.js").write_text("token")
    app = web.Application(middlewares=[_errors])
    pages.add_pages(app.router, built)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def test_the_page_is_asked_for_anew_and_may_run_its_own_scripts_only(base: str) -> None:
    async with aiohttp.ClientSession() as http, http.get(f"{base}/") as answer:
        assert (answer.status, answer.content_type) == (200, "text/html")
        assert answer.headers["Cache-Control"] == "no-store"
        policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy


async def test_what_carries_a_hash_is_kept_for_good(base: str) -> None:
    async with aiohttp.ClientSession() as http, http.get(f"{base}/assets/index-a1b2.js") as answer:
        assert await answer.read() == SCRIPT
        assert answer.content_type == "text/javascript"
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"


async def test_the_compressed_twin_is_sent_to_those_that_take_it(base: str, tmp_path: Path) -> None:
    (tmp_path / "dist" / "assets" / "index-a1b2.js.gz").write_bytes(gzip.compress(SCRIPT))
    async with aiohttp.ClientSession(auto_decompress=False) as http:
        async with http.get(f"{base}/assets/index-a1b2.js", headers={"Accept-Encoding": "gzip"}) as answer:
            assert answer.headers["Content-Encoding"] == "gzip"
            assert answer.content_type == "text/javascript"
            assert gzip.decompress(await answer.read()) == SCRIPT
        async with http.get(f"{base}/assets/index-a1b2.js", headers={"Accept-Encoding": "identity"}) as answer:
            assert "Content-Encoding" not in answer.headers
            assert await answer.read() == SCRIPT


@pytest.mark.parametrize(
    "path",
    [
        "/assets",
        "/assets/",
        "/assets/missing.js",
        "/assets/notes.txt",
        "/assets/../index.html",
        "/assets/..%2f..%2fsecret.js",
        "/assets/%2e%2e/%2e%2e/secret.js",
        "/assets/..\\..\\secret.js",
        "/assets/.hidden.js",
        "/secret.js",
        "/manifest.json",
        "/icon-32.png/..",
    ],
)
async def test_nothing_else_can_be_had(base: str, path: str) -> None:
    async with aiohttp.ClientSession() as http, http.get(URL(base + path, encoded=True)) as answer:
        assert answer.status == 404, await answer.text()
        assert b"token" not in await answer.read()


async def test_an_app_that_was_not_built_says_what_to_do(base: str, tmp_path: Path) -> None:
    (tmp_path / "dist" / "index.html").unlink()
    async with aiohttp.ClientSession() as http, http.get(f"{base}/") as answer:
        assert answer.status == 503
        assert (await answer.json())["error"]["code"] == "pages_not_built"
