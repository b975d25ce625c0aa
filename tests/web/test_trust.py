"""A browser that trusts the installation's own authority, as it is after the page /trust."""

import asyncio
import subprocess
from pathlib import Path

import pytest

from tests.frontends.phones import Phone, lan_door
from tests.web.person import at_the_page

pytestmark = pytest.mark.real

WAKE_LOCK = "return (await navigator.wakeLock.request('screen')).type"


def trust(home: Path, certificate: bytes) -> None:
    """Add `certificate` to the authorities that a Chromium at `home` trusts."""
    store = home / ".pki" / "nssdb"
    store.mkdir(parents=True)
    file = home / "authority.crt"
    file.write_bytes(certificate)
    text = ["-a"] if certificate.startswith(b"-----") else []
    for given in (["-N", "--empty-password"], ["-A", "-n", "FluxBoard", "-t", "C,,", *text, "-i", str(file)]):
        subprocess.run(["certutil", "-d", f"sql:{store}", *given], check=True, capture_output=True, timeout=30)


async def test_the_page_is_a_secure_context_once_the_authority_is_installed(tmp_path: Path, built: Path) -> None:
    async with lan_door(tmp_path) as door:
        await asyncio.to_thread(trust, tmp_path / "home", (await Phone(door).get("/trust/authority.crt")).body)
        async with at_the_page(door.url, phone=True, home=tmp_path / "home") as person:
            assert await person.run("return isSecureContext")
            assert await person.run(WAKE_LOCK) == "screen"
            found = await asyncio.to_thread(person.page.driver.execute_cdp_cmd, "Page.getAppManifest", {})
            assert (found["url"], found["errors"]) == (f"{door.url}/app.webmanifest", [])
            assert "FluxBoard" in found["data"]
            assert [error for error in person.page.errors() if "401" not in error] == []
