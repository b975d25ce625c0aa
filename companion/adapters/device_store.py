"""The paired devices: a table in memory that every request is checked against, and its copy in the database.

A refresh token is `DEVICE.FAMILY.SECRET`: the family is the same in all tokens of a device, the secret is of this one
alone; of both only SHA-256 hashes are kept. Each token works once and is answered with its successor. Any other one of
the family that comes was copied, and revokes the device. A stranger, who knows no family, cannot revoke anything.

Two things look like a copy and are none: two tabs refresh at the same moment with the same token, and an answer is
lost, on bad Wi-Fi or because the phone went to sleep. So the immediately preceding token is taken as well: for some
seconds after its use it is answered with that same successor, which is kept in memory for so long (after a restart of
the companion with another one, in the place of the first); later only if nobody has shown to have the successor, and
then with another one. The one that was replaced counts as copied. So when a thief and the phone go on with the same
token, whoever comes second throws both out.
"""

import asyncio
import datetime as dt
import hashlib
import hmac
import secrets
import time
from typing import Any

from sqlalchemy import delete, update
from sqlmodel import col, select

from companion.adapters.database import Database
from companion.domain.events import DeviceChanged, DeviceRevoked
from companion.domain.models import Device, DeviceScope, utc_now
from companion.domain.pairing import COPIED
from companion.kernel.bus import Bus
from companion.kernel.errors import CompanionError, Conflict, NotFound

RACE_SECONDS = 30.0
"""For so long after a refresh token was used it is answered with the same successor."""
UNUSED_DAYS = 180
"""After so long without a visit a device has to pair again."""
IN_MEMORY_FIRST = (
    *("last_seen_at", "last_address", "used_rotation"),
    *("revoked_at", "revoked_reason", "family_hash", "refresh_hash", "previous_hash"),
)
"""What may change before it is written down."""
MOST_DEVICES = 100
KEPT_REVOKED = 100


class Reused(Exception):
    """A refresh token was used again: its device is revoked by this."""


class DeviceStore:
    """Reads are from memory; a change is in memory and in the database when its method returns."""

    def __init__(self, database: Database, bus: Bus) -> None:
        self._database = database
        self._bus = bus
        self._devices: dict[int, Device] = {}
        self._successors: dict[int, str] = {}
        """Each device's newest refresh token, as long as its predecessor may come again."""
        self._changed: set[int] = set()
        """The devices about which memory knows more than the database."""
        self._changing = asyncio.Lock()

    async def load(self) -> None:
        """Read the table, once: from then on what is in memory counts; before that nobody gets in."""
        if self._devices:
            return
        async with self._database.read() as session:
            rows = (await session.scalars(select(Device))).all()
        self._devices = {row.number: row for row in rows}

    def all(self) -> list[Device]:
        """Every device, revoked ones too, oldest first."""
        return sorted(self._devices.values(), key=lambda device: device.number)

    def get(self, number: int) -> Device | None:
        """The device if it may come in now."""
        device = self._devices.get(number)
        return device if device and device.revoked_at is None else None

    def require(self, number: int) -> Device:
        """The device if it may come in; raises NotFound `no_such_device`."""
        if (device := self.get(number)) is None:
            raise NotFound("no_such_device", f"There is no device {number}.", "`companion device list` shows all.")
        return device

    async def add(self, name: str, scope: DeviceScope) -> Device:
        """A new device that has no token yet."""
        if sum(device.revoked_at is None for device in self._devices.values()) >= MOST_DEVICES:
            raise Conflict("too_many_devices", "Too many devices are paired.", "Revoke those that you don't use.")
        device = Device(name=name, scope=scope, created_at=utc_now())
        async with self._changing:
            async with self._database.write() as session:
                session.add(device)
            self._devices[device.number] = device
            await self._forget_revoked()
        self._bus.publish(DeviceChanged(describe(device)))
        return device

    async def edit(self, number: int, *, name: str | None, scope: DeviceScope | None) -> Device:
        async with self._changing:
            device = self.require(number)
            await self._write(device, name=name or device.name, scope=scope or device.scope)
        self._bus.publish(DeviceChanged(describe(device)))
        return device

    async def revoke(self, number: int, reason: str) -> None:
        """Let the device do nothing more, from this moment; raises NotFound `no_such_device`."""
        self._revoke_now(self.require(number), reason)
        async with self._changing:
            await self._write_down()

    async def first_token(self, number: int) -> str:
        """The device's first refresh token; asked again before it was used, another one in its place."""
        async with self._changing:
            device = self.require(number)
            if device.used_rotation:
                raise Conflict("already_paired", "This phone is paired already.", "Reload the page.")
            family, secret = secrets.token_urlsafe(16), secrets.token_urlsafe(32)
            await self._write(
                device,
                family_hash=_hash(family),
                refresh_hash=_hash(secret),
                previous_hash="",
                rotation=device.rotation + 1,
                rotated_at=utc_now(),
            )
            return f"{number}.{family}.{secret}"

    async def refresh(self, token: str) -> tuple[Device, str] | None:
        """The device and the token that follows `token`; None for a wrong one.

        Raises Reused for a copied one, whose device is revoked by this.
        """
        number, family, secret = _parts(token)
        async with self._changing:
            device = self.get(number)
            if device is None or not family or not _same(family, device.family_hash):
                return None
            if (device.last_seen_at or device.created_at) < utc_now() - dt.timedelta(days=UNUSED_DAYS):
                return None
            if _same(secret, device.refresh_hash):
                return device, await self._rotate(device, family)
            received = device.used_rotation >= device.rotation
            if not _same(secret, device.previous_hash) or (received and not _has_raced(device)):
                self._revoke_now(device, COPIED)
                await self._write_down()
                raise Reused
            if _has_raced(device) and (successor := self._successors.get(number)):
                return device, successor
            return device, await self._rotate(device, family, previous=device.previous_hash)

    def seen(self, device: Device, address: str, rotation: int) -> None:
        """The device came with an access token of `rotation`; written to disk by the next `flush`."""
        device.last_seen_at, device.last_address = utc_now(), address
        if rotation > device.used_rotation:
            device.used_rotation = rotation
        self._changed.add(device.number)

    async def flush(self) -> None:
        """Write down which devices were seen, and what could not be written when it should have been."""
        self._successors = {
            number: token for number, token in self._successors.items() if _has_raced(self._devices[number])
        }
        async with self._changing:
            await self._write_down()

    def _revoke_now(self, device: Device, reason: str) -> None:
        """Let `device` do nothing more, whatever the disk takes."""
        device.revoked_at, device.revoked_reason = utc_now(), reason
        device.family_hash = device.refresh_hash = device.previous_hash = ""
        self._successors.pop(device.number, None)
        self._changed.add(device.number)
        self._bus.publish(DeviceRevoked(device.number, reason, device.name))

    async def _write_down(self) -> None:
        """Write what has changed in memory; what cannot be written now is tried again by the next one."""
        changed, self._changed = self._changed, set()
        if not changed:
            return
        try:
            async with self._database.write() as session:
                for device in map(self._devices.__getitem__, changed):
                    values = {name: getattr(device, name) for name in IN_MEMORY_FIRST}
                    await session.execute(update(Device).where(col(Device.id) == device.id).values(**values))
        except (CompanionError, asyncio.CancelledError):
            self._changed |= changed
            raise

    async def _rotate(self, device: Device, family: str, previous: str | None = None) -> str:
        secret = secrets.token_urlsafe(32)
        await self._write(
            device,
            previous_hash=device.refresh_hash if previous is None else previous,
            refresh_hash=_hash(secret),
            rotation=device.rotation + 1,
            rotated_at=utc_now(),
        )
        token = f"{device.number}.{family}.{secret}"
        if device.revoked_at is None:
            self._successors[device.number] = token
        return token

    async def _write(self, device: Device, **values: Any) -> None:
        async with self._database.write() as session:
            await session.execute(update(Device).where(col(Device.id) == device.id).values(**values))
        for name, value in values.items():
            setattr(device, name, value)

    async def _forget_revoked(self) -> None:
        """Keep the newest revoked devices only, so that the table does not grow for ever."""
        revoked = [device.number for device in self.all() if device.revoked_at is not None]
        old = revoked[:-KEPT_REVOKED]
        if old:
            async with self._database.write() as session:
                await session.execute(delete(Device).where(col(Device.id).in_(old)))
            for number in old:
                del self._devices[number]
            self._changed.difference_update(old)


def describe(device: Device, *, online: bool = False) -> dict[str, Any]:
    """What is told of a device: nothing of its tokens. Times are Unix seconds."""

    def stamp(value: dt.datetime | None) -> float | None:
        return value.timestamp() if value else None

    return {
        "id": device.number,
        "name": device.name,
        "scope": device.scope.value,
        "created_at": stamp(device.created_at),
        "last_seen_at": stamp(device.last_seen_at),
        "last_address": device.last_address,
        "online": online,
        "revoked_at": stamp(device.revoked_at),
        "revoked_reason": device.revoked_reason,
    }


def _has_raced(device: Device) -> bool:
    """Whether the preceding token may come at the same time as its successor."""
    return device.rotated_at is not None and abs(time.time() - device.rotated_at.timestamp()) <= RACE_SECONDS


def _parts(token: str) -> tuple[int, str, str]:
    number, _, rest = token.partition(".")
    family, _, secret = rest.partition(".")
    if not (number.isascii() and number.isdigit() and len(number) < 12):
        return 0, "", ""
    return int(number), family, secret


def _hash(secret: str) -> str:
    """Plain SHA-256 is enough for random values of 128 bits and more: there is nothing to guess."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


def _same(secret: str, hashed: str) -> bool:
    return bool(hashed) and hmac.compare_digest(_hash(secret), hashed)
