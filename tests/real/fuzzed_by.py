"""What schemathesis has to know of the companion: which absence is right where, and how a phone keeps its cookies.

It runs in the program's own process, which loads it by its path: its environment says which door is tried.
"""

import os
from http.cookies import SimpleCookie
from typing import Any

import requests
import schemathesis

NOT_MODELLED = {"clip.play", "clip.play_last"}
"""What needs more of an OBS than the modelled one has: a scene that is made, and a film that plays in it."""
ABSENT = {
    "no_sound_server": {"microphone.list", "microphone.use", "microphone.test"},
    "microphone_missing": {"microphone.use", "microphone.test"},
    "no_model": {"models.use"},
    "no_network": {"models.download", "pairing.start"},
}
"""What a PC can lack, by the code that says so, and the operations that need it."""


@schemathesis.check
def absence_is_named(
    ctx: schemathesis.CheckContext, response: schemathesis.Response, case: "schemathesis.Case[Any]"
) -> None:
    """503 is answered where something is absent that the operation needs, by its stable code; 502 by quick lists."""
    if response.status_code not in (502, 503):
        return
    name, code = case.operation.definition.raw["operationId"], response.json()["error"]["code"]
    if code == "obs_request_failed" and name in NOT_MODELLED:
        return
    if response.status_code == 502:
        assert (code, name.partition(".")[2]) in (("step_failed", "quicklaunch"), ("step_failed", "quickstop"))
        return
    assert name in ABSENT.get(code, ()), f"503 {code} says nothing that {name} needs"


OUT = {"auth.leave", "device.revoke", "device.revoke_all", "device.edit", "secrets.rotate"}
"""What may leave the phone that does it without its rights."""


class Phone:
    """A paired phone; whenever it is forgotten, it is paired anew."""

    def __init__(self, lan: str, pc: str, token: str, authority: str, scope: str) -> None:
        self._lan, self._pc = lan, pc
        self._token = {"Authorization": f"Bearer {token}"}
        self._authority = authority
        self._scope = scope
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
            requests.post(allow, json={"scope": self._scope}, headers=self._token, timeout=30).raise_for_status()
            assert phone.get(f"{self._lan}/auth/pair", timeout=30).json()["state"] == "allowed"
            self.cookies = {cookie.name: cookie.value or "" for cookie in phone.cookies}

    def keep(self, given: list[str]) -> None:
        """What the browser does with `Set-Cookie`."""
        for header in given:
            for name, morsel in SimpleCookie(header).items():
                self.cookies[name] = morsel.value


phone = Phone(*os.environ["FUZZED_PHONE"].split()) if "FUZZED_PHONE" in os.environ else None
if phone:
    phone.pair()


@schemathesis.hook
def before_call(ctx: schemathesis.HookContext, case: "schemathesis.Case[Any]", kwargs: dict[str, Any]) -> None:
    if isinstance(case.body, dict):
        case.body.pop("wait", None)  # for a clip that is done minutes later
    if phone:
        case.cookies = dict(phone.cookies)


@schemathesis.hook
def after_call(ctx: schemathesis.HookContext, case: "schemathesis.Case[Any]", response: schemathesis.Response) -> None:
    if phone is None:
        return
    phone.keep(response.headers.get("set-cookie", []))
    if response.status_code < 300 and case.operation.definition.raw["operationId"] in OUT:
        phone.pair()
