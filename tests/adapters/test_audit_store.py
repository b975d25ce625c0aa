"""The audit log makes room kind by kind."""

import datetime as dt
from pathlib import Path

import pytest

from companion.adapters import audit_store
from companion.adapters.audit_store import AuditStore
from companion.adapters.database import Database
from companion.domain.models import AuditEntry
from companion.kernel.bus import Bus
from companion.kernel.status import StatusBoard


def entry(kind: str, what: str, address: str = "") -> AuditEntry:
    now = dt.datetime.now(dt.UTC)
    return AuditEntry(at=now, kind=kind, actor="", door="phone", address=address, what=what, outcome="")


async def test_a_flood_of_denials_pushes_out_denials_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_store, "MOST_OF_A_KIND", 5)
    database = Database(tmp_path / "companion.db", StatusBoard(Bus()))
    await database.open()
    try:
        store = AuditStore(database)
        await store.add([entry("admin", f"act {n}") for n in range(7)])
        for first in range(0, 40, 4):
            await store.add([entry("denied", f"try {n}") for n in range(first, first + 4)])
        items, total = await store.list(None, 100)
        assert [item.what for item in items] == [
            *(f"try {n}" for n in range(39, 34, -1)),
            *(f"act {n}" for n in range(6, 1, -1)),
        ]
        assert total == 10
    finally:
        await database.close()


async def test_what_is_denied_to_one_address_pushes_out_nothing_of_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_store, "MOST_OF_A_KIND", 10)
    monkeypatch.setattr(audit_store, "MOST_DENIALS_OF_ONE_ADDRESS", 4)
    database = Database(tmp_path / "companion.db", StatusBoard(Bus()))
    await database.open()
    try:
        store = AuditStore(database)
        await store.add([entry("denied", "once", "192.168.1.5")])
        for first in range(0, 40, 4):
            await store.add([entry("denied", f"try {n}", "192.168.1.6") for n in range(first, first + 4)])
        items, _ = await store.list(None, 100)
        assert [item.what for item in items] == [*(f"try {n}" for n in range(39, 35, -1)), "once"]
    finally:
        await database.close()
