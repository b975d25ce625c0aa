"""Phones: letting one in, and what may be done with those that were."""

import asyncio
import io
import logging
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from pydantic import BaseModel, Field

from companion.adapters.device_store import DeviceStore, describe
from companion.domain.events import LanStateChanged, PairingChanged
from companion.domain.models import LARGEST_ID, DeviceScope
from companion.domain.pairing import Offer, PairingDesk, clean_name
from companion.domain.settings import LanMode, Settings
from companion.kernel.actions import Caller, Scope, action
from companion.kernel.bus import Bus
from companion.kernel.errors import CompanionError, Failed, NotFound, Unavailable
from companion.kernel.service import Ready
from companion.kernel.status import Health, StatusBoard

log = logging.getLogger(__name__)

LAN_SECONDS = 20.0
FLUSH_SECONDS = 30.0

Number = Annotated[int, Field(ge=1, le=LARGEST_ID, description="The device's number")]


class PairingOffer(BaseModel):
    """What a phone needs to pair, until `expires_at` (Unix seconds): the address behind the QR code, or the code.

    `fingerprint` is the SHA-256 of the companion's own authority, to compare where the phone warns of it.
    """

    id: int
    url: str
    code: str
    expires_at: float
    fingerprint: str
    qr_svg: str
    qr_text: str


class OpenOffer(BaseModel):
    """An offer without its secret; once `code_locked` (too many wrong codes were typed) it takes the QR code only."""

    id: int
    expires_at: float
    code_locked: bool


class WaitingPhone(BaseModel):
    """A phone that asks to be let in; the same `number` is on its screen."""

    id: int
    name: str
    number: str
    address: str
    asked_at: float


class Pairing(BaseModel):
    """The offer that is open, and who waits."""

    offer: OpenOffer | None
    requests: list[WaitingPhone]


class DeviceInfo(BaseModel):
    """A paired device; times are Unix seconds, `online` says that a page of it is open."""

    id: int
    name: str
    scope: DeviceScope
    created_at: float
    last_seen_at: float | None
    last_address: str
    online: bool
    revoked_at: float | None
    revoked_reason: str


class Devices:
    """Pairs, lists, edits and revokes."""

    name = "devices"
    essential = False

    def __init__(
        self,
        store: DeviceStore,
        desk: PairingDesk,
        bus: Bus,
        board: StatusBoard,
        settings: Callable[[], Settings],
        change: Callable[[str, Any], Awaitable[Any]],
        online: Callable[[], set[int]],
    ) -> None:
        self._store = store
        self._desk = desk
        self._bus = bus
        self._board = board
        self._settings = settings
        self._change = change
        self._online = online

    async def run(self, ready: Ready) -> None:
        """Read the devices, then let offers end in time and keep when each device was seen."""
        await self._store.load()
        self._say()
        ready()
        changes = self._bus.subscribe(PairingChanged)
        try:
            while True:
                left = self._desk.expire()
                try:
                    async with asyncio.timeout(FLUSH_SECONDS if left is None else min(left + 0.01, FLUSH_SECONDS)):
                        await changes.get()
                except TimeoutError:
                    if not await self._flush():
                        continue
                self._say()
        finally:
            self._bus.unsubscribe(changes)
            await self._flush()

    @action("pairing.start", scope=Scope.ADMIN, http="POST /api/pairing")
    async def start(self) -> PairingOffer:
        """Let one phone ask to be paired within two minutes; switches the LAN door on."""
        lan = await self._lan()
        return _described(self._desk.open(), lan)

    @action("pairing.code", scope=Scope.ADMIN, http="GET /api/pairing/code")
    async def code(self, caller: Caller) -> PairingOffer:
        """Show the QR code of the offer that is open, on the PC alone."""
        if caller.device is not None:
            raise NotFound("shown_on_the_pc", "The code of an open offer is shown on the PC alone.", "Start a new one.")
        offer, lan = self._desk.offer, self._bus.latest(LanStateChanged)
        if offer is None or lan is None or not lan.urls:
            raise NotFound("no_offer", "No phone is being paired.", "Choose “Pair a phone”, or run `companion pair`.")
        return _described(offer, lan)

    @action("pairing.show", scope=Scope.ADMIN, http="GET /api/pairing")
    async def show(self) -> Pairing:
        """Show whether an offer is open, and the phones that wait to be allowed."""
        return Pairing.model_validate(self._desk.as_json())

    @action("pairing.stop", scope=Scope.ADMIN, http="DELETE /api/pairing")
    async def stop(self) -> None:
        """Withdraw the offer and deny the phones that wait."""
        self._desk.close()

    async def _who_is_allowed(self, _: Caller, values: dict[str, Any]) -> str:
        names = [request.name for request in self._desk.waiting() if request.id == values["id"]]
        return " ".join([*names, f"as {values['scope']}"])

    @action("pairing.allow", scope=Scope.ADMIN, http="POST /api/pairing/requests/{id}/allow", guard=_who_is_allowed)
    async def allow(
        self,
        id: Annotated[int, Field(description="The request's number, as in `companion pairing show`")],
        scope: Annotated[DeviceScope, Field(description="What the phone may do")] = DeviceScope.CONTROL,
    ) -> DeviceInfo:
        """Let a phone in that waits, after comparing the number on both screens."""
        with self._desk.claim(id) as request:
            device = await self._store.add(request.name, scope)
            self._desk.allow(request, device.number, scope.value)
        return self._info(device.number)

    @action("pairing.deny", scope=Scope.ADMIN, http="POST /api/pairing/requests/{id}/deny")
    async def deny(
        self, id: Annotated[int, Field(description="The request's number, as in `companion pairing show`")]
    ) -> None:
        """Turn a phone away that waits."""
        with self._desk.claim(id) as request:
            self._desk.deny(request)

    @action("device.list", scope=Scope.ADMIN, http="GET /api/devices")
    async def list_devices(self) -> list[DeviceInfo]:
        """List the paired devices, the revoked ones too."""
        return [self._info(device.number) for device in self._store.all()]

    async def _what_is_new(self, _: Caller, values: dict[str, Any]) -> str:
        given = (("named", values["name"]), ("as", values["scope"]))
        return " ".join(f"{word} {value}" for word, value in given if value is not None)

    @action("device.edit", scope=Scope.ADMIN, http="PATCH /api/devices/{id}", guard=_what_is_new)
    async def edit(
        self,
        id: Number,
        name: Annotated[str | None, Field(max_length=200, description="Its new name")] = None,
        scope: Annotated[DeviceScope | None, Field(description="What it may do from now on")] = None,
    ) -> DeviceInfo:
        """Rename a device, or change what it may do."""
        await self._store.edit(id, name=None if name is None else clean_name(name), scope=scope)
        return self._info(id)

    @action("device.revoke", scope=Scope.ADMIN, http="DELETE /api/devices/{id}", confirm=True)
    async def revoke(self, id: Number, caller: Caller) -> None:
        """Let a device do nothing more; its open pages are thrown out at once."""
        await self._store.revoke(id, f"revoked by {caller.name or caller.door}")

    @action("device.revoke_all", scope=Scope.ADMIN, http="DELETE /api/devices", confirm=True)
    async def revoke_all(self, caller: Caller) -> int:
        """Let no paired device do anything more; answers how many that were."""
        open_ones = [device.number for device in self._store.all() if device.revoked_at is None]
        for number in open_ones:
            await self._store.revoke(number, f"revoked by {caller.name or caller.door}")
        return len(open_ones)

    async def _lan(self) -> LanStateChanged:
        """The LAN door, open; raises Unavailable `lan_not_open` with its reason."""
        changes = self._bus.subscribe(LanStateChanged)
        try:
            if self._settings().lan_mode is LanMode.OFF:
                await self._change("lan_mode", LanMode.HTTPS.value)
            async with asyncio.timeout(LAN_SECONDS):
                while True:
                    lan = self._bus.latest(LanStateChanged)
                    if lan and lan.state == "listening" and lan.urls:
                        return lan
                    if lan and lan.state not in ("off", "opening", "listening"):
                        raise Unavailable("lan_not_open", lan.detail, lan.remedy)
                    if lan and lan.state == "listening":
                        raise Unavailable("no_network", "This PC is in no network.", "Connect it to the phone's Wi-Fi.")
                    await changes.get()
        except TimeoutError:
            raise Failed("lan_not_open", "The LAN door did not open in time.", "See `companion status`.") from None
        finally:
            self._bus.unsubscribe(changes)

    def _info(self, number: int) -> DeviceInfo:
        device = next(device for device in self._store.all() if device.number == number)
        return DeviceInfo.model_validate(describe(device, online=number in self._online()))

    async def _flush(self) -> bool:
        """Write down what is only known in memory; what is not written is tried again, and said."""
        try:
            await self._store.flush()
        except CompanionError as error:
            log.error("not in the database: what is new about devices: %s", error.message)
            self._board.set(self.name, "not_written", Health.FAILED, error.message, error.remedy)
            return False
        return True

    def _say(self) -> None:
        paired = sum(device.revoked_at is None for device in self._store.all())
        text = f"{paired} paired" if paired else "No phone is paired."
        waiting = len(self._desk.waiting())
        if waiting:
            remedy = "Compare the number, then allow or deny it: `companion pairing show`."
            self._board.set(self.name, "waiting", Health.ATTENTION, f"{waiting} wait to be allowed.", remedy)
        else:
            self._board.set(self.name, "paired" if paired else "none", Health.OK if paired else Health.OFF, text)


def _described(offer: Offer, lan: LanStateChanged) -> PairingOffer:
    """All that a phone needs of `offer`, at the door that `lan` describes."""
    url = f"{lan.urls[0]}/#pair={offer.secret}"
    svg, text = _qr_code(url)
    return PairingOffer(
        id=offer.id,
        url=url,
        code=offer.code,
        expires_at=offer.expires_at,
        fingerprint=lan.fingerprint if lan.own_authority else "",
        qr_svg=svg,
        qr_text=text,
    )


def _qr_code(url: str) -> tuple[str, str]:
    """The QR code of `url` as a picture and as text for a terminal."""
    import segno

    code = segno.make(url, error="m", micro=False)
    picture, text = io.BytesIO(), io.StringIO()
    code.save(picture, kind="svg", scale=8, border=4, dark="#000", light="#fff", xmldecl=False, svgns=True)
    code.terminal(out=text, border=2, compact=True)
    return picture.getvalue().decode(), text.getvalue()
