"""What schemathesis has to know of the companion: which absence is right where, and how a phone keeps its cookies.

It runs in the program's own process, which loads it by its path: its environment says which door is tried.
"""

import os
from http.cookies import SimpleCookie
from typing import Any

import requests
import schemathesis

OBS = {"camera", "clip", "collection", "filter", "input", "item", "media", "profile", "record", "replay", "scene"}
OBS |= {"screenshot", "stream", "studio"}
"""Whose changes need OBS; what is read is a state, without OBS too."""
ABSENT = {
    "no_sound_server": {"microphone.list", "microphone.use", "microphone.test"},
    "microphone_missing": {"microphone.use", "microphone.test"},
    "no_model": {"models.use"},
    "no_network": {"models.download", "pairing.start"},
}
"""What else a PC can lack, by the code that says so, and the operations that need it."""


@schemathesis.check
def absence_is_named(
    ctx: schemathesis.CheckContext, response: schemathesis.Response, case: "schemathesis.Case[Any]"
) -> None:
    """503 is answered where something is absent that the operation needs, and by its stable code; 502 by quick lists.

    Their steps need OBS, too.
    """
    if response.status_code not in (502, 503):
        return
    name, code = case.operation.definition.raw["operationId"], response.json()["error"]["code"]
    if response.status_code == 502:
        assert (code, name.partition(".")[2]) in (("step_failed", "quicklaunch"), ("step_failed", "quickstop"))
        return
    if code == "obs_not_connected":
        changes = case.method != "GET" and name.partition(".")[0] in OBS
        assert changes or name == "screenshot.picture", f"{name} needs no OBS"
    else:
        assert name in ABSENT.get(code, ()), f"503 {code} says nothing that {name} needs"


class Phone:
    """A paired phone; whenever it is forgotten, it is paired anew."""

    def __init__(self, lan: str, pc: str, token: str, authority: str) -> None:
        self._lan, self._pc = lan, pc
        self._token = {"Authorization": f"Bearer {token}"}
        self._authority = authority
        self.cookies: dict[str, str] = {}

    def pair(self) -> None:
        offer = requests.post(f"{self._pc}/api/pairing", json={}, headers=self._token, timeout=30).json()
        with requests.Session() as phone:
            phone.trust_env = False  # which may name authorities of its own
            phone.verify = self._authority
            phone.headers.update({"Origin": self._lan, "X-Companion": "1"})
            secret = offer["url"].partition("#pair=")[2]
            asked = phone.post(f"{self._lan}/auth/pair", json={"name": "Fuzzed", "secret": secret}, timeout=30)
            allow = f"{self._pc}/api/pairing/requests/{asked.json()['id']}/allow"
            requests.post(allow, json={"scope": "control"}, headers=self._token, timeout=30).raise_for_status()
            assert phone.get(f"{self._lan}/auth/pair", timeout=30).json()["state"] == "allowed"
            self.cookies = {cookie.name: cookie.value or "" for cookie in phone.cookies}

    def keep(self, given: list[str]) -> None:
        """What the browser does with `Set-Cookie`."""
        for header in given:
            for name, morsel in SimpleCookie(header).items():
                self.cookies[name] = morsel.value


if "FUZZED_PHONE" in os.environ:
    phone = Phone(*os.environ["FUZZED_PHONE"].split())
    phone.pair()

    @schemathesis.hook
    def before_call(ctx: schemathesis.HookContext, case: "schemathesis.Case[Any]", kwargs: dict[str, Any]) -> None:
        case.cookies = dict(phone.cookies)

    @schemathesis.hook
    def after_call(
        ctx: schemathesis.HookContext, case: "schemathesis.Case[Any]", response: schemathesis.Response
    ) -> None:
        phone.keep(response.headers.get("set-cookie", []))
        if case.operation.label == "POST /auth/leave" and response.status_code == 204:
            phone.pair()
