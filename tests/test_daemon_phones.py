"""What phones may cause, on a whole daemon: through the LAN's door, with what is planted for others to press."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pyotp
import pytest

from companion.kernel.errors import Conflict
from tests.real.companion import Companion

pytestmark = pytest.mark.slow

ENVIRONMENT = {
    "LAN_MODE": "https",
    "LAN_PORT": "0",
    "OBS_WS_URL": "ws://127.0.0.1:9",
    "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
}


class Phone:
    """A paired phone's page."""

    def __init__(self, http: aiohttp.ClientSession, url: str, id: int) -> None:
        self._http = http
        self._url = url
        self.id = id

    @property
    def cookies(self) -> str:
        """As its browser sends them."""
        return "; ".join(f"{cookie.key}={cookie.value}" for cookie in self._http.cookie_jar)

    async def ask(self, method: str, path: str, **body: Any) -> tuple[int, Any]:
        async with self._http.request(
            method, self._url + path, json=body or None, headers={"Origin": self._url, "X-Companion": "1"}
        ) as answer:
            return answer.status, await answer.json() if answer.content_type == "application/json" else None

    async def refused(self, method: str, path: str, **body: Any) -> str:
        status, answer = await self.ask(method, path, **body)
        assert status == 403, answer
        return str(answer["error"]["code"])


@pytest.fixture
async def companion(tmp_path: Path) -> AsyncIterator[Companion]:
    daemon = Companion(tmp_path / "home", None, ENVIRONMENT)
    await daemon.start()
    try:
        await daemon.until(lambda found: found["state"] == "listening", "/api/lan")
        yield daemon
    finally:
        await daemon.stop()


@contextlib.asynccontextmanager
async def paired(companion: Companion, scope: str) -> AsyncIterator[Phone]:
    url, _, secret = (await companion.post("/api/pairing"))["url"].partition("/#pair=")
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar, connector=aiohttp.TCPConnector(ssl=False)) as http:
        phone = Phone(http, url, 0)
        _, asked = await phone.ask("POST", "/auth/pair", secret=secret, name=f"My {scope}")
        phone.id = (await companion.post(f"/api/pairing/requests/{asked['id']}/allow", scope=scope))["id"]
        assert (await phone.ask("GET", "/auth/pair"))[1]["state"] == "allowed"
        yield phone


async def test_the_command_that_rotates_the_secret_lets_phones_stay(companion: Companion) -> None:
    async with paired(companion, "view") as phone:
        unasked = await companion.cli("secrets", "rotate")
        assert (unasked.returncode, "--yes" in unasked.stderr) == (2, True), unasked
        assert (await phone.ask("GET", "/auth/me"))[0] == 200
        rotated = await companion.cli("secrets", "rotate", "--yes")
        assert rotated.returncode == 0, rotated.stderr
        status, answer = await phone.ask("GET", "/auth/me")
        assert (status, answer["error"]["code"]) == (401, "token_invalid")
        assert (await phone.ask("POST", "/auth/refresh"))[0] == 204
        assert (await phone.ask("GET", "/auth/me"))[0] == 200


async def test_what_a_phone_began_ends_with_its_rights(companion: Companion) -> None:
    mark = {"action": "clip.mark"}
    async with paired(companion, "control") as phone:
        _, macro = await phone.ask("POST", "/api/macros", name="Marks", steps=[mark, {"wait": 600}, mark])
        await companion.put("/api/settings/quicklaunch", value=[mark, {"wait": 600}])
        launch = asyncio.create_task(phone.ask("POST", "/api/studio/quicklaunch"))
        status, begun = await phone.ask("POST", f"/api/macros/{macro['id']}/run")
        assert (status, begun["running"]) == (200, True)
        await companion.until(lambda macros: macros[0]["step"] == 2, "/api/macros")
        with pytest.raises(Conflict) as running:
            await companion.post("/api/studio/quicklaunch")
        assert running.value.code == "quick_runs"
        await companion.delete(f"/api/devices/{phone.id}", confirmed=True)
        await companion.until(lambda macros: not macros[0]["running"], "/api/macros")
        assert (await phone.ask("GET", "/api/macros"))[0] == 401
        assert companion.log.count("(macro Marks): ok") == 1, "its first step alone"
        await companion.put("/api/settings/quicklaunch", value=[mark])
        assert [step["outcome"] for step in (await companion.post("/api/studio/quicklaunch"))["steps"]] == ["ok"]
        with contextlib.suppress(aiohttp.ClientError):  # the phone was thrown out, or is told
            failed = (await launch)[1]["error"]
            assert failed["code"] == "step_failed"
            assert [step["code"] for step in failed["details"]["steps"]] == ["", "device_revoked"]


async def test_a_one_time_password_is_asked_for_what_is_planted(companion: Companion) -> None:
    secret = pyotp.parse_uri((await companion.post("/api/totp"))["uri"])
    assert isinstance(secret, pyotp.TOTP)
    await companion.post("/api/totp/confirm", code=secret.now())
    trap = {"action": "system.quit"}
    deck = [{"name": "Clips", "buttons": [{"label": "Clip", **trap}]}]
    async with paired(companion, "admin") as phone:
        assert await phone.refused("POST", "/api/macros", name="Clip", steps=[trap]) == "one_time_password_needed"
        assert await phone.refused("PUT", "/api/deck", pages=deck) == "one_time_password_needed"
        later = secret.at(int(time.time()) + 30)
        assert (await phone.ask("POST", "/auth/step_up", code=later))[0] == 204
        assert (await phone.ask("PUT", "/api/deck", pages=deck))[0] == 200
        macro = (await phone.ask("POST", "/api/macros", name="Clip", steps=[trap]))[1]
        assert macro["name"] == "Clip"
        for name, value in (("ffmpeg_path", "/tmp/x"), ("obs_ws_url", "ws://192.0.2.1:4455"), ("lan_mode", "http")):
            assert await phone.refused("PUT", f"/api/settings/{name}", value=value) == "only_on_this_pc"
        assert await phone.refused("PUT", "/api/lan", on=True, plain_http=True) == "only_on_this_pc"

    def told(page: Any) -> bool:
        found = {(item["kind"], item["what"], item["outcome"]) for item in page["items"]}
        return found >= {
            ("denied", "macro.save", "one_time_password_needed"),
            ("denied", "deck.save", "one_time_password_needed"),
            ("admin", "deck.save system.quit", "ok"),
            ("admin", "macro.save Clip: system.quit", "ok"),
            ("denied", "settings.set", "only_on_this_pc"),
        }

    await companion.until(told, "/api/audit")
