"""What guards the doors: the signing secret, one-time passwords, and the audit log."""

import asyncio
import collections
import datetime as dt
import io
import logging
from typing import Annotated, Any

from pydantic import BaseModel, Field

from companion.adapters.audit_store import AuditStore, describe
from companion.adapters.one_time_passwords import OneTimePasswords
from companion.adapters.tokens import AccessTokens
from companion.domain.denials import DENIED_ACTS, Denials
from companion.domain.events import (
    AccessDenied,
    AuditNoted,
    DeviceRevoked,
    OneTimePasswordGiven,
    OneTimePasswordsSwitched,
    PairingRequested,
    SigningSecretRotated,
)
from companion.domain.models import LARGEST_ID, AuditEntry
from companion.kernel.actions import ActionInvoked, Caller, Scope, action
from companion.kernel.bus import Bus, Envelope
from companion.kernel.errors import CompanionError, NotAllowed
from companion.kernel.printable import printable
from companion.kernel.service import Ready
from companion.kernel.status import Health, StatusBoard

log = logging.getLogger(__name__)

LONGEST_TEXT = 200
MOST_WAITING = 10_000
"""So many events are kept in memory while they cannot be written."""
RETRY_SECONDS = 5.0

Code = Annotated[str, Field(min_length=6, max_length=12, description="The code that the authenticator app shows")]


class TotpOffer(BaseModel):
    """A new secret for an authenticator app, as an address and its QR code."""

    uri: str
    qr_svg: str


class AuditItem(BaseModel):
    """An entry of the audit log; `at` is Unix seconds, `outcome` is ok or an error's code."""

    id: int
    at: float
    kind: str
    actor: str
    door: str
    address: str
    what: str
    outcome: str


class AuditPage(BaseModel):
    """Entries, newest first, and how many there are in all."""

    items: list[AuditItem]
    total: int


class Security:
    """Rotates, sets up, and keeps the record."""

    name = "audit"
    essential = False

    def __init__(
        self, tokens: AccessTokens, passwords: OneTimePasswords, audit: AuditStore, bus: Bus, board: StatusBoard
    ) -> None:
        self._tokens = tokens
        self._passwords = passwords
        self._audit = audit
        self._bus = bus
        self._board = board
        # From the start on, so that nothing is missed that happens before the database is open.
        told = (ActionInvoked, AccessDenied, DeviceRevoked, PairingRequested, OneTimePasswordGiven)
        self._heard = bus.subscribe(*told, size=4096)
        self._waiting: collections.deque[Envelope] = collections.deque()
        """What is not written yet, in its order."""
        self._denials = Denials(bus)

    async def run(self, ready: Ready) -> None:
        """Write down what was denied and what administrators did; what cannot be written is tried again."""
        ready()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._denials.run())
                while True:
                    try:
                        async with asyncio.timeout(RETRY_SECONDS if self._waiting else None):
                            self._take(await self._heard.get())
                    except TimeoutError:
                        pass
                    await self._keep()
        finally:
            self._take_all()
            self._denials.end_window()
            await self._keep()

    @action("secrets.rotate", scope=Scope.ADMIN, http="POST /api/secrets/rotate", confirm=True)
    async def rotate(self) -> None:
        """Make all access tokens of phones worthless; paired phones fetch new ones by themselves."""
        try:
            await self._tokens.rotate()
        finally:
            self._bus.publish(SigningSecretRotated())

    async def _code_given(self, caller: Caller, _: dict[str, Any]) -> str:
        """A phone has to give a code before it takes the codes away: minutes after one, somebody else may hold it."""
        if caller.device is not None and self._passwords.is_set_up and not caller.gave_code:
            raise NotAllowed(
                "one_time_password_needed",
                "This needs a one-time password that is given just now.",
                "Type the code that your authenticator app shows.",
            )
        return ""

    @action("totp.set_up", scope=Scope.ADMIN, http="POST /api/totp", guard=_code_given)
    async def set_up(self) -> TotpOffer:
        """Make a secret for an authenticator app; it counts once `totp.confirm` hears a code."""
        import segno

        uri = self._passwords.propose("this PC")
        picture = io.BytesIO()
        segno.make(uri, error="m", micro=False).save(
            picture, kind="svg", scale=6, border=4, light="#fff", xmldecl=False
        )
        return TotpOffer(uri=uri, qr_svg=picture.getvalue().decode())

    @action("totp.confirm", scope=Scope.ADMIN, http="POST /api/totp/confirm")
    async def confirm(self, code: Code) -> None:
        """Ask for one-time passwords for administrative acts from phones, from now on."""
        await self._passwords.confirm(code)
        self._bus.publish(OneTimePasswordsSwitched(on=True))

    @action("totp.remove", scope=Scope.ADMIN, http="DELETE /api/totp", confirm=True, guard=_code_given)
    async def remove(self) -> None:
        """Ask for no one-time passwords any more; a phone gives one first, the PC none."""
        await self._passwords.remove()
        self._bus.publish(OneTimePasswordsSwitched(on=False))

    @action("audit.list", scope=Scope.ADMIN, http="GET /api/audit")
    async def list_entries(
        self,
        before: Annotated[
            int | None, Field(ge=1, le=LARGEST_ID, description="Only entries older than this one")
        ] = None,
        limit: Annotated[int, Field(ge=1, le=500, description="At most so many")] = 100,
    ) -> AuditPage:
        """List what was denied and what administrators did, newest first."""
        entries, total = await self._audit.list(before, limit)
        return AuditPage(items=[AuditItem.model_validate(describe(entry)) for entry in entries], total=total)

    async def _keep(self) -> None:
        """Write what waits."""
        self._take_all()
        if missed := self._heard.take_missed():
            log.error("%d events came too fast for the audit log", missed)
        entries = [entry for envelope in self._waiting if (entry := _entry(envelope)) is not None]
        if not entries:
            return
        try:
            await self._audit.add(entries)
        except CompanionError as error:
            log.error("not in the audit log yet, %s: %s", error.message, [entry.what for entry in entries])
            detail = f"{error.message} Not written yet: {len(entries)}."
            self._board.set(self.name, "not_written", Health.FAILED, detail, error.remedy)
            return
        self._waiting.clear()
        self._board.set(self.name, "written", Health.OK)
        for entry in entries:
            self._bus.publish(AuditNoted(describe(entry)))

    def _take_all(self) -> None:
        while envelopes := self._heard.take_waiting():
            for envelope in envelopes:
                self._take(envelope)

    def _take(self, envelope: Envelope) -> None:
        """Have it wait to be written; what an action denied is counted first, and comes by again as an AccessDenied."""
        match envelope.event:
            case ActionInvoked() as done if done.outcome in DENIED_ACTS:
                origin = "" if done.device is None else f"device {done.device}"
                denied = AccessDenied(done.door, done.address, done.caller, done.action, done.outcome)
                self._denials.note(denied, f"{done.door} {done.action}", origin)
            case ActionInvoked() as done if not done.administrative:
                pass
            case _ if len(self._waiting) < MOST_WAITING:
                self._waiting.append(envelope)
            case _:
                log.error("too much waits for the audit log, not kept: %s", envelope.event)


def _entry(envelope: Envelope) -> AuditEntry | None:
    """What to write of an event, if anything."""
    at = dt.datetime.fromtimestamp(envelope.ts, dt.UTC)

    def entry(kind: str, actor: str, door: str, address: str, what: str, outcome: str) -> AuditEntry:
        actor, what, outcome = (printable(text)[:LONGEST_TEXT] for text in (actor, what, outcome))
        return AuditEntry(at=at, kind=kind, actor=actor, door=door, address=address, what=what, outcome=outcome)

    match envelope.event:
        case ActionInvoked() as done:
            what = f"{done.action} {done.subject}".rstrip()
            return entry("admin", done.caller, done.door, done.address, what, done.outcome)
        case AccessDenied() as denied:
            times = f" ({denied.times} times)" if denied.times > 1 else ""
            return entry("denied", denied.actor, denied.door, denied.address, denied.what + times, denied.outcome)
        case PairingRequested(request):
            return entry("pairing", request["name"], "phone", request["address"], "asks to be paired", "waiting")
        case OneTimePasswordGiven() as given:
            return entry("admin", given.name, "phone", given.address, "one-time password", "ok")
        case DeviceRevoked(device_id, reason):
            return entry("device", f"device {device_id}", "", "", "revoked", reason)
    return None
