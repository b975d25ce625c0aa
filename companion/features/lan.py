"""The LAN door as the streamer sees it: whether it is open, where, and with which certificate."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from pydantic import BaseModel, Field

from companion.adapters.certificates import Certificates
from companion.adapters.one_time_passwords import OneTimePasswords
from companion.domain.events import LanStateChanged
from companion.domain.settings import LanMode, Settings, refuse_phone
from companion.kernel.actions import Caller, Scope, action
from companion.kernel.bus import Bus
from companion.kernel.errors import NotAllowed


class LanInfo(BaseModel):
    """The LAN door: `state` is off, opening, listening, or what keeps it shut; `expires_at` is Unix seconds.

    `fingerprint` is the SHA-256 of the authority's certificate, to compare when it is installed on a phone. `totp` says
    whether administrative acts from phones need a one-time password.
    """

    on: bool
    mode: LanMode
    state: str
    port: int
    urls: list[str]
    trust_url: str | None
    fingerprint: str
    expires_at: float | None
    own_authority: bool
    totp: bool
    detail: str
    remedy: str


class Lan:
    """Shows and switches it."""

    def __init__(
        self,
        bus: Bus,
        certificates: Certificates,
        passwords: OneTimePasswords,
        settings: Callable[[], Settings],
        change: Callable[[str, Any], Awaitable[Any]],
    ) -> None:
        self._bus = bus
        self._certificates = certificates
        self._passwords = passwords
        self._settings = settings
        self._change = change

    @action("lan.show", scope=Scope.VIEW, http="GET /api/lan")
    async def show(self) -> LanInfo:
        """Show whether phones are served, where, and with which certificate."""
        mode = self._settings().lan_mode
        lan = self._bus.latest(LanStateChanged) or LanStateChanged("off", tls=mode is LanMode.HTTPS)
        trust = f"{lan.urls[0]}/trust" if lan.urls and lan.tls and lan.own_authority else None
        return LanInfo(
            on=mode is not LanMode.OFF,
            mode=mode,
            state=lan.state,
            port=lan.port,
            urls=lan.urls,
            trust_url=trust,
            fingerprint=lan.fingerprint,
            expires_at=lan.expires_at,
            own_authority=lan.own_authority,
            totp=self._passwords.is_set_up,
            detail=lan.detail,
            remedy=lan.remedy,
        )

    async def _may_switch(self, caller: Caller, values: dict[str, Any]) -> str:
        if values["on"] and values["plain_http"]:
            refuse_phone(caller, "lan_mode", LanMode.HTTP)
        return ""

    async def _on_this_pc(self, caller: Caller, _: dict[str, Any]) -> str:
        if caller.device is not None:
            message = "What phones trust is decided on the PC itself, not from a phone."
            raise NotAllowed("only_on_this_pc", message, "Run `companion lan renew` there.")
        return ""

    @action("lan.switch", scope=Scope.ADMIN, http="PUT /api/lan", guard=_may_switch)
    async def switch(
        self,
        on: Annotated[bool, Field(description="Serve phones, or no longer", json_schema_extra={"x-positional": True})],
        plain_http: Annotated[
            bool,
            Field(description="Without encryption: everybody in the network can read along and take a phone's place"),
        ] = False,
    ) -> LanInfo:
        """Open the door for phones in the LAN, or shut it."""
        wanted = LanMode.OFF if not on else LanMode.HTTP if plain_http else LanMode.HTTPS
        await self._change("lan_mode", wanted.value)
        return await self.show()

    @action("lan.renew", scope=Scope.ADMIN, http="POST /api/lan/renew", confirm=True, guard=_on_this_pc)
    async def renew(self) -> None:
        """Make a new authority, for the network that this PC is in now; phones that trust the old one warn of it."""
        await self._certificates.discard()
