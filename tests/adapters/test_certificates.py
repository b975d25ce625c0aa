"""The installation's own authority, checked with OpenSSL as a phone would, and files that cannot be used."""

import contextlib
import datetime as dt
import socket
import ssl
import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from companion.adapters import certificates
from companion.adapters.certificates import Certificates, serve
from companion.kernel.errors import Failed

pytestmark = pytest.mark.slow  # each certificate is made by a process of its own

NAMES = ["127.0.0.1", "localhost", "pc.local", "192.168.1.5", "fd00::5"]


def own(folder: Path, names: list[str] = NAMES) -> dict[str, object]:
    return serve({"op": "own", "folder": str(folder), "names": names})


def read(file: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(file.read_bytes())


async def test_it_makes_an_authority_and_a_certificate_that_openssl_accepts(tmp_path: Path) -> None:
    found = await Certificates(tmp_path).current(NAMES)
    assert found.issued
    for host in NAMES:
        kind = "verify_ip" if host[0].isdigit() or ":" in host else "verify_hostname"
        command = ["openssl", "verify", "-x509_strict", "-CAfile", str(found.authority), f"-{kind}", host]
        subprocess.run([*command, str(found.chain)], check=True, capture_output=True)
    authority, server = read(tmp_path / "authority.crt"), read(tmp_path / "server.crt")
    key = authority.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    assert isinstance(key.curve, ec.SECP256R1)
    assert server.not_valid_after_utc - server.not_valid_before_utc <= dt.timedelta(days=825)
    for name in ("authority.key", "server.key"):
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o600
    assert not (await Certificates(tmp_path).current(NAMES)).issued


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
@pytest.mark.parametrize(
    ("version", "ends"),
    [
        (ssl.TLSVersion.TLSv1, "TLSV1_ALERT_PROTOCOL_VERSION"),
        (ssl.TLSVersion.TLSv1_1, "TLSV1_ALERT_PROTOCOL_VERSION"),
        (ssl.TLSVersion.TLSv1_2, "TLSv1.2"),
        (ssl.TLSVersion.TLSv1_3, "TLSv1.3"),
    ],
)
async def test_it_speaks_no_older_tls_with_those_who_would(tmp_path: Path, version: ssl.TLSVersion, ends: str) -> None:
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
    client.set_ciphers("DEFAULT:@SECLEVEL=0")
    client.minimum_version = client.maximum_version = version
    assert handshake((await Certificates(tmp_path).current(NAMES)).context(), client) == ends


@pytest.mark.parametrize(
    ("group", "ends"),
    [("P-256", "CONNECTION ESTABLISHED"), ("X25519:P-256", "CONNECTION ESTABLISHED")]
    + [(group, "alert handshake failure") for group in ("ffdhe8192", "ffdhe2048", "P-521", "P-384", "X448")],
)
async def test_a_stranger_cannot_choose_a_costly_exchange_of_keys(tmp_path: Path, group: str, ends: str) -> None:
    """ffdhe8192 takes 60 to 170 ms of this PC's time, P-256 takes one."""
    context = (await Certificates(tmp_path).current(NAMES)).context()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = f"127.0.0.1:{listening.getsockname()[1]}"
        client = subprocess.Popen(
            ["openssl", "s_client", "-connect", address, "-brief", "-groups", group],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        connection, _ = listening.accept()
        with connection, contextlib.suppress(ssl.SSLError):
            context.wrap_socket(connection, server_side=True).close()
    assert ends in client.communicate(timeout=60)[1]


def handshake(server: ssl.SSLContext, client: ssl.SSLContext) -> str | None:
    """The version that both agree on, or why the client gives up."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    answering = server.wrap_bio(to_server, to_client, server_side=True)
    asking = client.wrap_bio(to_client, to_server)
    for _ in range(3):
        try:
            asking.do_handshake()
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLError as error:
            return error.reason
        with contextlib.suppress(ssl.SSLError):
            answering.do_handshake()
    return asking.version()


@pytest.mark.parametrize("name", ["bank.example", "1.1.1.1", "2606:4700:4700::1111"])
def test_a_stolen_authority_could_not_pretend_to_be_a_web_site(tmp_path: Path, name: str) -> None:
    found = own(tmp_path)
    authority, key = certificates._authority(tmp_path, NAMES)
    certificates._issue(authority, key, [*NAMES, name], tmp_path / "server.crt", tmp_path / "server.key")
    assert "permitted subtree violation" in verified(found)


@pytest.mark.parametrize(("at_first", "later"), [("141.30.1.2", "141.30.200.3"), ("2001:db8:1::5", "2001:db8:ffff::5")])
def test_a_public_address_is_vouched_for_within_its_provider(tmp_path: Path, at_first: str, later: str) -> None:
    first = own(tmp_path, [*NAMES, at_first])
    moved = own(tmp_path, [*NAMES, later])
    assert (moved["issued"], moved["fingerprint"]) == (True, first["fingerprint"])
    assert verified(moved, "-verify_ip", later).endswith("OK")


def test_an_address_that_phones_would_not_believe_does_not_spoil_the_others(tmp_path: Path) -> None:
    own(tmp_path)
    moved = own(tmp_path, [*NAMES, "141.30.1.2"])
    assert verified(moved, "-verify_ip", "192.168.1.5").endswith("OK")
    assert moved["names"] == NAMES, "and it is told which it is not good for"


def verified(found: dict[str, object], *more: str) -> str:
    """What OpenSSL says of a certificate."""
    command = ["openssl", "verify", "-x509_strict", "-CAfile", str(found["authority"]), *more, str(found["chain"])]
    ran = subprocess.run(command, check=False, capture_output=True, text=True)
    return (ran.stdout + ran.stderr).strip()


def test_a_new_address_or_the_end_of_its_time_makes_a_new_one_of_the_same_authority(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = own(tmp_path)
    assert own(tmp_path, NAMES[:2])["issued"] is False, "an address less needs none"
    moved = own(tmp_path, [*NAMES, "10.1.2.3"])
    assert (moved["issued"], moved["fingerprint"]) == (True, first["fingerprint"])
    monkeypatch.setattr(certificates, "RENEW_DAYS", certificates.SERVER_DAYS + 1)
    renewed = own(tmp_path)
    assert (renewed["issued"], renewed["fingerprint"]) == (True, first["fingerprint"])


def test_an_authority_is_used_to_its_end_and_then_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as ten_years_ago:
        ten_years_ago.setattr(certificates, "AUTHORITY_DAYS", 30)
        ending = own(tmp_path)
    assert read(tmp_path / "server.crt").not_valid_after_utc == read(tmp_path / "authority.crt").not_valid_after_utc
    assert verified(ending, "-verify_ip", "192.168.1.5").endswith("OK")
    again = own(tmp_path)
    assert (again["issued"], again["fingerprint"]) == (False, ending["fingerprint"])
    with monkeypatch.context() as ten_years_ago:
        ten_years_ago.setattr(certificates, "AUTHORITY_DAYS", 1)
        certificates._make_authority(tmp_path / "authority.crt", tmp_path / "authority.key", NAMES)
    anew = own(tmp_path)
    assert anew["issued"] is True
    assert read(tmp_path / "authority.crt").not_valid_after_utc > dt.datetime.now(dt.UTC) + dt.timedelta(days=3000)
    assert verified(anew, "-verify_ip", "192.168.1.5").endswith("OK")


async def test_one_that_is_discarded_gives_way_to_a_new_one(tmp_path: Path) -> None:
    kept = Certificates(tmp_path / "lan")
    await kept.discard()
    first = await kept.current(NAMES)
    (tmp_path / "lan" / "authority.key").write_bytes(b"damaged")
    (tmp_path / "lan.old").mkdir()  # as a crash may leave it
    await kept.discard()
    assert not first.is_there
    assert (await kept.current(NAMES)).fingerprint != first.fingerprint
    assert [path.name for path in tmp_path.iterdir()] == ["lan"]


@pytest.mark.parametrize("content", [b"", b"junk", None])
@pytest.mark.parametrize("name", ["server.crt", "server.key"])
def test_what_can_be_made_anew_is(tmp_path: Path, name: str, content: bytes | None) -> None:
    first = own(tmp_path)
    (tmp_path / name).unlink() if content is None else (tmp_path / name).write_bytes(content)
    again = own(tmp_path)
    assert (again["issued"], again["fingerprint"]) == (True, first["fingerprint"])


@pytest.mark.parametrize("content", [b"", b"junk", None])
@pytest.mark.parametrize("name", ["authority.crt", "authority.key"])
async def test_an_authority_is_never_replaced_unasked(tmp_path: Path, name: str, content: bytes | None) -> None:
    own(tmp_path)
    (tmp_path / name).unlink() if content is None else (tmp_path / name).write_bytes(content)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(Failed) as caught:
        await Certificates(tmp_path).current(NAMES)
    assert caught.value.code == "certificate_unreadable"
    assert name in caught.value.message
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_crash_while_the_authority_was_made_leaves_nothing_broken(tmp_path: Path) -> None:
    own(tmp_path)
    for name in ("authority.crt", "server.crt", "server.key"):
        (tmp_path / name).unlink()
    assert own(tmp_path)["issued"] is True


async def test_a_brought_certificate_is_used_or_its_fault_is_named(tmp_path: Path) -> None:
    own(tmp_path / "a")
    own(tmp_path / "b")
    chain, key = tmp_path / "a" / "server.crt", tmp_path / "a" / "server.key"
    found = await Certificates(tmp_path).brought(chain, key)
    assert found.authority is None
    found.context()
    for bad_chain, bad_key, words in (
        (chain, tmp_path / "b" / "server.key", "does not belong"),
        (chain, tmp_path / "none", "No such file"),
        (key, key, "holds no certificate"),
        (chain, chain, "holds no key"),
    ):
        with pytest.raises(Failed, match=words) as caught:
            await Certificates(tmp_path).brought(bad_chain, bad_key)
        assert caught.value.code == "certificate_unreadable"
