"""The door's certificate: renewed in time, brought by the streamer, or none; and the page where phones trust it."""

import asyncio
import datetime as dt
import hashlib
import logging
import plistlib
import re
import ssl
from pathlib import Path

import aiohttp
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from companion.adapters import certificates
from companion.adapters.network import host_name
from companion.frontends.http import lan
from companion.frontends.http.trust import CONTENT_SECURITY_POLICY
from companion.kernel.errors import Unavailable
from companion.kernel.status import Component, Health
from tests.frontends.phones import NO_KEYRING, LanDoor, Phone, lan_door

pytestmark = pytest.mark.slow

ELSEWHERE = "127.0.0.2"
FAR = "141.30.5.7"
"""A public address, as a dormitory gives out."""


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(*next(iter(NO_KEYRING.items())))
    monkeypatch.setattr(lan, "ADDRESSES_SECONDS", 0.05)
    monkeypatch.setattr(lan, "RETRY_SECONDS", 0.2)


async def shown(door: LanDoor, state: str) -> Component:
    """What the board says of the door once it says `state`."""
    async with asyncio.timeout(30):
        while (found := door.board.get("lan")) is None or found.state != state:
            await asyncio.sleep(0.02)
    return found


async def served(door: LanDoor) -> bytes:
    """The certificate that whoever connects now is given."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    _, writer = await asyncio.open_connection("127.0.0.1", door.lan.port, ssl=context)
    try:
        der = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        assert isinstance(der, bytes)
        return der
    finally:
        writer.transport.abort()


async def status(url: str, authority: Path) -> int:
    """What a phone that trusts `authority` alone is answered."""
    context = ssl.create_default_context(cafile=str(authority))
    async with aiohttp.ClientSession() as session, session.get(url, ssl=context) as response:
        return response.status


class TestARenewalThatFails:
    async def test_after_a_change_of_address_is_shown_and_tried_again(
        self, door: LanDoor, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG, logger=lan.__name__)
        folder = door.folder / "data" / "lan"
        phone, before = await door.paired(), await served(door)
        kept = (folder / "authority.key").read_bytes()
        (folder / "authority.key").write_bytes(b"damaged")
        door.addresses.append(ELSEWHERE)
        found = await shown(door, "certificate_unreadable")
        assert (found.health, "authority.key" in found.detail) == (Health.ATTENTION, True)
        assert str(door.folder) not in found.detail + found.remedy, "who may only look is told no path"
        assert (door.lan.state, door.lan.remedy) == ("listening", found.remedy)
        assert "authority.key" in door.lan.detail
        assert any(ELSEWHERE in url for url in door.lan.urls)
        assert await served(door) == before
        assert (await phone.get("/auth/me")).status == 200, "those who are paired go on"
        async with asyncio.timeout(30):
            while sum("authority.key" in line for line in caplog.messages) < 3:
                await asyncio.sleep(0.02)
        still = door.board.get("lan")
        assert still is not None
        assert (still.state, still.since) == (found.state, found.since), "it is shown as long as it stands"
        levels = [record.levelno for record in caplog.records if record.name == lan.__name__]
        assert levels.count(logging.ERROR) == 1, "and logged once"
        (folder / "authority.key").write_bytes(kept)
        assert (await shown(door, "listening")).health is Health.OK
        assert await served(door) != before
        assert await status(f"https://{ELSEWHERE}:{door.lan.port}/trust", folder / "authority.crt") == 200

    async def test_in_time_is_shown_and_tried_again(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(lan, "RENEWAL_SECONDS", 0.2)
        async with lan_door(tmp_path) as door:
            folder = door.folder / "data" / "lan"
            before = await served(door)
            kept = (folder / "authority.key").read_bytes()
            (folder / "authority.key").write_bytes(b"damaged")
            assert (await shown(door, "certificate_unreadable")).health is Health.ATTENTION
            assert await served(door) == before
            (folder / "server.crt").unlink()  # as if its time were up
            (folder / "authority.key").write_bytes(kept)
            assert (await shown(door, "listening")).health is Health.OK
            assert await served(door) != before
            assert await status(f"{door.url}/trust", folder / "authority.crt") == 200


class TestTheAuthority:
    # This PC has no such address, and zeroconf leaves a socket open where it cannot join one.
    @pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
    async def test_that_was_not_made_for_this_network_is_told_and_made_anew_on_the_pc(self, door: LanDoor) -> None:
        phone, authority = await door.paired("admin"), door.folder / "data" / "lan" / "authority.crt"
        before = door.lan.fingerprint
        door.addresses[:] = [FAR]
        found = await shown(door, "certificate_misnamed")
        assert (found.health, FAR in found.detail) == (Health.ATTENTION, True)
        assert f"https://{host_name()}.local:{door.lan.port}" in found.remedy, "where the certificate is good"
        assert "companion lan renew" in found.remedy
        assert (door.lan.remedy, door.lan.urls) == (found.remedy, [f"https://{FAR}:{door.lan.port}"])
        assert FAR not in names_in(await served(door))
        refused = await phone.post("/api/lan/renew", {"confirmed": True})
        assert (refused.status, refused.code) == (403, "only_on_this_pc")
        assert authority.exists()
        await door.do("lan.renew")
        assert (await shown(door, "listening")).health is Health.OK
        assert FAR in names_in(await served(door))
        assert door.lan.fingerprint != before
        assert (await phone.get("/auth/me")).status == 200, "those who trust it anew are paired still"

    async def test_that_comes_to_its_end_is_told_and_serves_on(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with monkeypatch.context() as ten_years_ago:
            ten_years_ago.setattr(certificates, "AUTHORITY_DAYS", 30)
            folder = tmp_path / "data" / "lan"
            certificates.serve({"op": "own", "folder": str(folder), "names": ["127.0.0.1"]})
        async with lan_door(tmp_path) as door:
            found = await shown(door, "authority_ends")
            day = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=29)
            assert (found.health, str(day) in found.detail) == (Health.ATTENTION, True)
            phone = await door.paired()
            assert (await phone.get("/auth/me")).status == 200
            await door.do("lan.renew")
            assert (await shown(door, "listening")).health is Health.OK
            assert await status(f"{door.url}/trust", folder / "authority.crt") == 200


def names_in(der: bytes) -> list[str]:
    alternative = x509.load_der_x509_certificate(der).extensions.get_extension_for_class(x509.SubjectAlternativeName)
    return [str(address) for address in alternative.value.get_values_for_type(x509.IPAddress)]


class TestACertificateThatWasBrought:
    async def test_is_served_and_followed_when_it_is_renewed(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(lan, "RENEWAL_SECONDS", 0.2)
        folder = brought(tmp_path)
        files = {"lan_certificate": folder / "server.crt", "lan_key": folder / "server.key"}
        async with lan_door(tmp_path, **files) as door:
            der = ssl.PEM_cert_to_DER_cert(first_certificate(folder / "server.crt"))
            assert await served(door) == der
            assert await status(f"{door.url}/auth/me", folder / "authority.crt") == 401
            assert (door.lan.tls, door.lan.own_authority) == (True, False)
            assert door.lan.fingerprint.replace(":", "").lower() == hashlib.sha256(der).hexdigest()
            assert not (tmp_path / "data" / "lan").exists(), "nothing of the companion's own is made"
            assert (await door.do("lan.show")).trust_url is None
            assert await status(f"{door.url}/trust", folder / "authority.crt") == 404
            (folder / "server.crt").unlink()
            brought(tmp_path)
            async with asyncio.timeout(30):
                while await served(door) == der:
                    await asyncio.sleep(0.05)
            assert (await shown(door, "listening")).health is Health.OK
            assert await served(door) == ssl.PEM_cert_to_DER_cert(first_certificate(folder / "server.crt"))

    async def test_for_a_name_is_served_under_it_and_the_qr_code_leads_there(self, tmp_path: Path) -> None:
        certificate = named(tmp_path, "studio.example.net", "*.stream.example.net", "localhost")
        async with lan_door(tmp_path, **certificate) as door:
            port = door.lan.port
            assert door.lan.urls == [f"https://studio.example.net:{port}", f"https://127.0.0.1:{port}"]
            assert (await shown(door, "listening")).health is Health.OK
            answered = {
                name: (await under(name, door, certificate["lan_certificate"]))[0]
                for name in ("studio.example.net", "STUDIO.example.net", "phone.stream.example.net")
            }
            assert set(answered.values()) == {401}, answered
            for name in ("a.phone.stream.example.net", "stream.example.net", "other.example.net", "example.net", "*"):
                found = await under(name, door, certificate["lan_certificate"], spoken="studio.example.net")
                assert found == (403, "host_not_allowed"), name
            offer = await door.do("pairing.start")
            assert offer.url.startswith(f"https://studio.example.net:{port}/#pair=")

    async def test_for_no_address_or_name_of_this_pc_says_that_phones_warn_of_it(self, tmp_path: Path) -> None:
        certificate = named(tmp_path, "*.stream.example.net")
        async with lan_door(tmp_path, **certificate) as door:
            found = await shown(door, "certificate_misnamed")
            assert (found.health, "*.stream.example.net" in found.detail) == (Health.ATTENTION, True)
            assert (door.lan.remedy, door.lan.urls) == (found.remedy, [door.url])
            assert (await under("pc.stream.example.net", door, certificate["lan_certificate"]))[0] == 401

    async def test_without_its_key_keeps_the_door_shut_until_it_is_set(self, tmp_path: Path) -> None:
        folder = brought(tmp_path)
        async with lan_door(tmp_path, lan_certificate=folder / "server.crt") as door:
            found = await shown(door, "lan_key_missing")
            assert (found.health, found.remedy) == (Health.FAILED, "Set LAN_KEY as well.")
            assert (door.lan.state, door.lan.urls, door.lan.port) == ("lan_key_missing", [], 0)
            with pytest.raises(Unavailable) as caught:
                await door.do("pairing.start")
            assert (caught.value.code, caught.value.remedy) == ("lan_not_open", found.remedy)
            await door.change("lan_key", folder / "server.key")
            await shown(door, "listening")
            assert await status(f"{door.url}/auth/me", folder / "authority.crt") == 401

    async def test_that_is_none_is_named_with_what_to_do(self, tmp_path: Path) -> None:
        folder = brought(tmp_path)
        files = {"lan_certificate": folder / "server.key", "lan_key": folder / "server.key"}
        async with lan_door(tmp_path, **files) as door:
            found = await shown(door, "certificate_unreadable")
            assert "server.key" in found.detail
            assert "LAN_CERTIFICATE" in found.remedy
            assert str(tmp_path) not in found.detail + found.remedy


def brought(home: Path) -> Path:
    """The folder of a certificate that another authority gave."""
    folder = home / "brought"
    certificates.serve({"op": "own", "folder": str(folder), "names": ["127.0.0.1", "localhost"]})
    return folder


def named(home: Path, *names: str) -> dict[str, Path]:
    """The settings for a certificate that is good for `names` alone."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "studio")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False)
        .sign(key, hashes.SHA256())
    )
    files = {"lan_certificate": home / "named.crt", "lan_key": home / "named.key"}
    files["lan_certificate"].write_bytes(certificate.public_bytes(Encoding.PEM))
    files["lan_key"].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return files


async def under(name: str, door: LanDoor, trusted: Path, spoken: str | None = None) -> tuple[int, str]:
    """What a phone is answered that opened `name`, which its network resolves, and verifies the certificate."""
    context = ssl.create_default_context(cafile=str(trusted))
    url, host = f"https://127.0.0.1:{door.lan.port}/auth/me", {"Host": f"{name}:{door.lan.port}"}
    async with (
        aiohttp.ClientSession() as session,
        session.get(url, headers=host, ssl=context, server_hostname=spoken or name) as response,
    ):
        return response.status, (await response.json())["error"]["code"]


def first_certificate(file: Path) -> str:
    found = re.match("(?s).*?-----END CERTIFICATE-----\n", file.read_text("ascii"))
    assert found is not None
    return found[0]


async def test_without_encryption_it_says_so_and_phones_pair_all_the_same(tmp_path: Path) -> None:
    async with lan_door(tmp_path, lan_mode="http") as door:
        found = await shown(door, "listening")
        assert (found.health, found.remedy) == (Health.ATTENTION, "Set LAN_MODE to https.")
        assert "Without encryption" in found.detail
        assert (door.lan.tls, door.lan.fingerprint, door.lan.own_authority) == (False, "", False)
        assert door.lan.urls == [f"http://127.0.0.1:{door.lan.port}"]
        phone = await door.paired()
        answer = await phone.post("/auth/refresh")
        assert set(answer.cookies) == {"companion_access", "companion_refresh"}
        for morsel in answer.cookies.values():
            assert (morsel["httponly"], morsel["samesite"], morsel["secure"]) == (True, "Strict", "")
        assert (await phone.post("/api/items", {"title": "x"})).status == 200
        assert (await Phone(door).get("/api/items")).status == 401
        assert (await phone.post("/api/items", {}, headers={"Origin": "http://evil.example"})).status == 403
        assert (await phone.get("/trust")).code == "no_authority"
        assert not (tmp_path / "data" / "lan").exists()


class TestThePageThatPhonesTrustFrom:
    async def test_gives_the_authority_in_both_forms(self, door: LanDoor) -> None:
        stranger, file = Phone(door), door.folder / "data" / "lan" / "authority.crt"
        der = ssl.PEM_cert_to_DER_cert(file.read_text("ascii"))
        android = await stranger.get("/trust/authority.crt")
        assert (android.status, android.headers["Content-Type"]) == (200, "application/x-x509-ca-cert")
        assert 'filename="fluxboard-companion.crt"' in android.headers["Content-Disposition"]
        assert android.body == der
        assert hashlib.sha256(android.body).hexdigest() == door.lan.fingerprint.replace(":", "").lower()
        apple = await stranger.get("/trust/authority.mobileconfig")
        assert (apple.status, apple.headers["Content-Type"]) == (200, "application/x-apple-aspen-config")
        assert 'filename="fluxboard-companion.mobileconfig"' in apple.headers["Content-Disposition"]
        profile = plistlib.loads(apple.body)
        (content,) = profile["PayloadContent"]
        assert (profile["PayloadType"], content["PayloadType"]) == ("Configuration", "com.apple.security.root")
        assert (profile["PayloadVersion"], content["PayloadVersion"]) == (1, 1)
        assert content["PayloadContent"] == der
        for key in ("PayloadUUID", "PayloadIdentifier"):
            assert profile[key] != content[key]
        again = plistlib.loads((await stranger.get("/trust/authority.mobileconfig")).body)
        assert again == profile, "installed twice, it is the same profile"

    async def test_is_read_by_strangers_and_leads_to_what_it_names(self, door: LanDoor) -> None:
        stranger = Phone(door)
        page = await stranger.get("/trust")
        assert (page.status, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
        assert page.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
        text = page.body.decode()
        assert door.lan.fingerprint.replace(":", ":<wbr>") in text
        assert re.search('<html lang="en">', text)
        assert re.search('<meta name="viewport" content="width=device-width', text)
        assert not re.search("<script|<img|<link|https?:", text), "it fetches nothing, from nowhere"
        links = re.findall('href="([^"]*)"', text)
        assert links == ["/trust/authority.mobileconfig", "/trust/authority.crt", "/"]
        assert [(await stranger.get(link)).status for link in links[:2]] == [200, 200]
