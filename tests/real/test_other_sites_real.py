"""In a real browser: what another site's page can do with a phone's cookies, and whom the app itself asks."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.real.companion import Companion
from tests.real.dashboard import come_in, pair, show_code
from tests.real.dashboard import companion_without_obs as companion_without_obs
from tests.web.browser import window
from tests.web.conftest import built as built

pytestmark = [pytest.mark.real, pytest.mark.xdist_group("phone")]

PAGES = ("live", "deck", "clips", "transcript", "sessions", "status", "devices", "settings", "more")

# What came of each attempt; a form's answer is not to be seen, it is looked for in the audit log.
ATTACK = """
const [door, done] = arguments;
const tried = {};
const read = (path, options) => fetch(door + path, {credentials: 'include', ...options})
  .then(async answer => answer.type === 'opaque' ? 'opaque' : await answer.text(), error => error.name);
const ended = thing => new Promise(resolve => {
  thing.onopen = () => resolve('open');
  thing.onmessage = () => resolve('message');
  thing.onerror = () => resolve('error');
});
(async () => {
  tried.read = await read('/auth/me');
  tried.readWithHeader = await read('/auth/me', {headers: {'X-Companion': '1'}});
  tried.leave = await read('/auth/leave', {method: 'POST', headers: {'X-Companion': '1'}});
  tried.leaveUnseen = await read('/auth/leave', {method: 'POST', mode: 'no-cors'});
  tried.socket = await ended(new WebSocket(door.replace('https', 'wss') + '/ws'));
  tried.stream = await ended(new EventSource(door + '/api/events', {withCredentials: true}));
  const frame = document.body.appendChild(Object.assign(document.createElement('iframe'), {name: 'answer'}));
  const form = Object.assign(document.createElement('form'), {method: 'POST', action: door + '/auth/leave'});
  form.target = 'answer';
  document.body.append(form);
  const answered = new Promise(resolve => { frame.onload = resolve; });
  form.submit();
  await answered;
  done(tried);
})();
"""


@contextmanager
def another_site(host: str, companion: Companion) -> Iterator[str]:
    """A page of the same host at another port, over TLS: browsers call that the same site, and send its cookies."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            page = b"<!doctype html><title>Win a prize</title><body>"
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, *_: object) -> None:
            pass

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    folder = companion.paths.data / "lan"
    context.load_cert_chain(folder / "server.crt", folder / "server.key")
    with ThreadingHTTPServer(("0.0.0.0", 0), Page) as server:
        # Each connection greets in its own thread: browsers open some that they leave silent.
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        try:
            yield f"https://{host}:{server.server_address[1]}/"
        finally:
            server.shutdown()
            serving.join()


async def test_another_sites_page_gets_nothing_and_the_app_asks_its_own_host_alone(
    companion: Companion, built: Path
) -> None:
    with window("") as desk, window("", phone=True, traced=True) as phone:
        await come_in(desk, companion)
        desk.prefer()
        pair(desk, phone, show_code(desk), "Pocket")
        for page in PAGES:
            phone.go(page)
            phone.find("h1")
            phone.gone(".waiting")
        own = urlsplit(phone.base)
        assert phone.requested() == {own.netloc}
        with another_site(str(own.hostname), companion) as elsewhere:
            phone.open(elsewhere)
            tried = phone.driver.execute_async_script(ATTACK, phone.base)
            assert tried == {
                "read": "TypeError",
                "readWithHeader": "TypeError",
                "leave": "TypeError",
                "leaveUnseen": "TypeError",
                "socket": "error",
                "stream": "error",
            }
        refused = {"GET /auth/me", "POST /auth/leave", "GET /ws", "GET /api/events"}
        await companion.until(
            lambda page: (
                refused <= {entry["what"] for entry in page["items"] if entry["outcome"] == "origin_not_allowed"}
            ),
            "/api/audit",
        )
        phone.open(phone.base)
        phone.find("nav.nav")
        (device,) = await companion.get("/api/devices")
        assert device["revoked_at"] is None, "it can still come in"
