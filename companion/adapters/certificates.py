"""This installation's own small authority and the certificate that it gives to the LAN's server.

Both are on the curve P-256. The authority may vouch only for names in local domains, for private addresses, and for the
provider's network if the PC had a public address when it was made: so even a stolen key could not pretend to be any web
site. The work is done by a short-lived child process (this module as a program): the cryptography does not stay in the
daemon's memory. Keys are readable by the user's account alone.

An authority that is damaged is never replaced unasked: phones trust it, and a new one would look like an attack. One
whose time is up is trusted by nobody any more, and replaced.
"""

import asyncio
import dataclasses
import datetime as dt
import hashlib
import ipaddress
import json
import logging
import shutil
import ssl
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from companion.adapters.secrets import write_private
from companion.kernel.errors import CompanionError, Failed, error_from_json
from companion.kernel.offload import end_process, start_process

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

log = logging.getLogger(__name__)

LOCAL_DOMAINS = ("local", "localhost", "lan", "home.arpa", "internal")
LOCAL_NETWORKS = (
    *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "100.64.0.0/10", "127.0.0.0/8"),
    *("fc00::/7", "fe80::/10", "::1/128"),
)
PROVIDER_BITS = {4: 16, 6: 32}
"""Of a public address: the network from which a provider, or a dormitory, gives out the next one too."""
AUTHORITY_DAYS = 3650
SERVER_DAYS = 820
"""iOS takes at most 825 days from an authority that the user added."""
RENEW_DAYS = 60
CLOCK_SKEW = dt.timedelta(days=1)
LAST_DAY = dt.timedelta(days=1)
"""Of an authority: so long before its end it is replaced."""
ANSWER_SECONDS = 30.0
CURVE = "prime256v1"
"""For a connection's keys. All phones have it; left to choose, a stranger takes one that costs 100 times as much."""
RENEW = "`companion lan renew` on the PC: phones then have to trust a new authority."
REMEDY = f"Put the files back, or run {RENEW}"


@dataclasses.dataclass(frozen=True)
class ServerCertificate:
    """The files that the TLS server loads, and what to tell of them; `expires_at` is Unix seconds."""

    chain: Path
    key: Path
    authority: Path | None
    """The certificate to install on phones; None for a certificate that the streamer brought."""
    fingerprint: str
    expires_at: float
    issued: bool
    """Whether it was made just now."""
    names: Sequence[str] = ()
    """What it is good for: names and addresses, where the streamer brought it wildcards (`*.example.net`) too."""

    @property
    def is_there(self) -> bool:
        """Whether its files are where they were."""
        return self.chain.exists()

    @property
    def ends_with_authority(self) -> bool:
        """Whether it cannot be renewed, as the companion's own authority ends with it."""
        return self.authority is not None and self.expires_at <= time.time() + RENEW_DAYS * 86400

    def context(self) -> ssl.SSLContext:
        """A server's TLS context; raises Failed `certificate_unreadable`."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION
        context.set_ciphers("ECDHE+AESGCM:ECDHE+CHACHA20")
        context.set_ecdh_curve(CURVE)
        self.load_into(context)
        return context

    def load_into(self, context: ssl.SSLContext) -> None:
        """Let `context` use this certificate for all connections from now on."""
        try:
            context.load_cert_chain(self.chain, self.key, password=lambda: b"")
        except (OSError, ssl.SSLError, ValueError) as error:
            raise unreadable(self.chain, str(error), "Check both files of the certificate.") from error


class Certificates:
    """Makes and keeps the certificate in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def current(self, names: Sequence[str]) -> ServerCertificate:
        """A certificate that is good for `names` (host names and addresses), renewed when it has to be."""
        return await self._ask({"op": "own", "folder": str(self.folder), "names": sorted(names)})

    async def discard(self) -> None:
        """Forget the companion's own authority, so that the next certificate is of a new one."""
        try:
            await asyncio.to_thread(self._discard)
        except OSError as error:
            message = f"The old authority cannot be removed: {error.strerror or error}."
            raise Failed("not_writable", message, "Check the rights of the data folder.") from error

    def _discard(self) -> None:
        aside = self.folder.with_name(f"{self.folder.name}.old")
        shutil.rmtree(aside, ignore_errors=True)  # which a crash may have left
        if self.folder.exists():
            self.folder.rename(aside)  # all of it at once: one without its key would be a damaged one
            shutil.rmtree(aside)

    async def brought(self, chain: Path, key: Path) -> ServerCertificate:
        """The streamer's own certificate, looked through."""
        return await self._ask({"op": "brought", "chain": str(chain), "key": str(key)})

    async def _ask(self, request: dict[str, Any]) -> ServerCertificate:
        process = await start_process([sys.executable, "-m", "companion.adapters.certificates"])
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                output, errors = await process.communicate(json.dumps(request).encode())
        except TimeoutError:
            raise Failed("certificate_failed", "The certificate could not be made in time.", "Try again.") from None
        finally:
            await end_process(process)
        if process.returncode != 0:
            log.error("the certificate helper failed:\n%s", errors.decode(errors="replace"))
            raise Failed("certificate_failed", "The certificate could not be made.", "See the log.")
        answer: dict[str, Any] = json.loads(output)
        if "error" in answer:
            raise error_from_json(Failed.status, answer)
        paths = {name: Path(answer[name]) if answer[name] else None for name in ("chain", "key", "authority")}
        return ServerCertificate(**(answer | paths))


def unreadable(file: Path, why: str, remedy: str) -> Failed:
    """Names the file, not its folder: the state of the door is told to those who may only look."""
    return Failed("certificate_unreadable", f"The certificate or key {file.name} cannot be used: {why}.", remedy)


def serve(request: dict[str, Any]) -> dict[str, Any]:
    """In the child: what is asked for, as the fields of `ServerCertificate`."""
    if request["op"] == "brought":
        return _look_at(Path(request["chain"]), Path(request["key"]))
    folder = Path(request["folder"])
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return _own(folder, request["names"])
    except OSError as error:
        file = Path(error.filename or folder)
        raise unreadable(file, error.strerror or str(error), REMEDY) from error


def _own(folder: Path, names: list[str]) -> dict[str, Any]:
    authority, authority_key = _authority(folder, names)
    names = [name for name in names if _may_vouch(authority, name)]
    chain, key = folder / "server.crt", folder / "server.key"
    made = None if _is_good(chain, key, authority, names) else _issue(authority, authority_key, names, chain, key)
    return {
        "chain": str(chain),
        "key": str(key),
        "authority": str(folder / "authority.crt"),
        "fingerprint": _fingerprint(authority),
        "expires_at": (made or _read_certificates(chain)[0]).not_valid_after_utc.timestamp(),
        "issued": made is not None,
        "names": names,
    }


def _authority(folder: Path, names: list[str]) -> "tuple[x509.Certificate, EllipticCurvePrivateKey]":
    """The authority in `folder`, made when nothing there was ever served, or when its time is up."""
    certificate_file, key_file = folder / "authority.crt", folder / "authority.key"
    if not certificate_file.exists() and not (folder / "server.crt").exists():
        _make_authority(certificate_file, key_file, names)
    certificate = _read_certificates(certificate_file)[0]
    if certificate.not_valid_after_utc <= dt.datetime.now(dt.UTC) + LAST_DAY:
        for file in (folder / "server.crt", certificate_file):  # in this order a crash in between leaves nothing broken
            file.unlink(missing_ok=True)
        return _authority(folder, names)
    key = _read_key(key_file)
    if key.public_key() != certificate.public_key():
        raise unreadable(key_file, "it does not belong to authority.crt", REMEDY)
    return certificate, key


def _make_authority(certificate_file: Path, key_file: Path, names: list[str]) -> None:
    import secrets

    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    # Phones list it by this name: two installations must not look the same.
    common = x509.NameAttribute(NameOID.COMMON_NAME, f"FluxBoard Companion {secrets.token_hex(3)}")
    name = x509.Name([common])
    domains = [x509.DNSName(domain) for domain in LOCAL_DOMAINS]
    permitted = [*domains, *(x509.IPAddress(network) for network in _networks(names))]
    builder = (
        _certificate(name, name, key.public_key(), key.public_key(), _end(AUTHORITY_DAYS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
        .add_extension(x509.NameConstraints(permitted_subtrees=permitted, excluded_subtrees=None), critical=True)
    )
    # The key first: after a crash in between, the next start makes both anew.
    _write_key(key_file, key)
    _write(certificate_file, _sign(builder, key))


def _networks(names: list[str]) -> "list[ipaddress.IPv4Network | ipaddress.IPv6Network]":
    """The local networks, and those of the public addresses among `names`."""
    found = [ipaddress.ip_network(network) for network in LOCAL_NETWORKS]
    for name in names:
        address = _address(name)
        if address and not _is_within(address, found):
            found.append(ipaddress.ip_network((address, PROVIDER_BITS[address.version]), strict=False))
    return found


def _may_vouch(authority: "x509.Certificate", name: str) -> bool:
    """Whether phones would believe `authority` what it says of `name`; one name too many spoils a certificate."""
    from cryptography import x509

    try:
        permitted = authority.extensions.get_extension_for_class(x509.NameConstraints).value.permitted_subtrees or ()
    except x509.ExtensionNotFound:
        return True
    networks = [tree.value for tree in permitted if isinstance(tree, x509.IPAddress)]
    if address := _address(name):
        return not networks or _is_within(address, networks)
    domains = [tree.value for tree in permitted if isinstance(tree, x509.DNSName)]
    return any(name == domain or name.endswith(f".{domain}") for domain in domains)


def _is_within(address: "ipaddress.IPv4Address | ipaddress.IPv6Address", networks: Sequence[Any]) -> bool:
    return any(address.version == network.version and address in network for network in networks)


def _address(name: str) -> "ipaddress.IPv4Address | ipaddress.IPv6Address | None":
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None


def _issue(
    authority: "x509.Certificate", authority_key: "EllipticCurvePrivateKey", names: list[str], chain: Path, key: Path
) -> "x509.Certificate":
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    server_key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "FluxBoard Companion")])
    ends = min(_end(SERVER_DAYS), authority.not_valid_after_utc)
    builder = (
        _certificate(name, authority.subject, server_key.public_key(), authority_key.public_key(), ends)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(digital_signature=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([_general_name(given) for given in names]), critical=False)
    )
    certificate = _sign(builder, authority_key)
    _write_key(key, server_key)
    _write(chain, certificate, authority)
    return certificate


def _certificate(
    subject: "x509.Name", issuer: "x509.Name", public: Any, issuer_public: Any, ends: dt.datetime
) -> "x509.CertificateBuilder":
    from cryptography import x509

    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCK_SKEW)
        .not_valid_after(ends)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_public), critical=False)
    )


def _end(days: int) -> dt.datetime:
    return dt.datetime.now(dt.UTC) + dt.timedelta(days=days) - CLOCK_SKEW


def _usage(**given: bool) -> "x509.KeyUsage":
    from cryptography import x509

    names = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement")
    all_names = (*names, "key_cert_sign", "crl_sign", "encipher_only", "decipher_only")
    return x509.KeyUsage(**{name: given.get(name, False) for name in all_names})


def _sign(builder: "x509.CertificateBuilder", key: "EllipticCurvePrivateKey") -> "x509.Certificate":
    from cryptography.hazmat.primitives import hashes

    return builder.sign(key, hashes.SHA256())


def _general_name(name: str) -> "x509.GeneralName":
    from cryptography import x509

    address = _address(name)
    return x509.IPAddress(address) if address else x509.DNSName(name)


def _is_good(chain: Path, key: Path, authority: "x509.Certificate", names: list[str]) -> bool:
    """Whether the certificate that is there can go on being used; a new one costs nobody anything."""
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature

    try:
        certificate = _read_certificates(chain)[0]
        certificate.verify_directly_issued_by(authority)
        alternative = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        fits = _read_key(key).public_key() == certificate.public_key()
    except (CompanionError, OSError, ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
        return False
    now, ends = dt.datetime.now(dt.UTC), certificate.not_valid_after_utc
    lasts = ends > now + dt.timedelta(days=RENEW_DAYS) or ends == authority.not_valid_after_utc
    is_current = certificate.not_valid_before_utc <= now and lasts
    return fits and is_current and {_general_name(name) for name in names} <= set(alternative)


def _look_at(chain: Path, key: Path) -> dict[str, Any]:
    remedy = "Check LAN_CERTIFICATE and LAN_KEY: PEM files, the key without a password."
    try:
        certificate = _read_certificates(chain)[0]
        public = _read_key(key, any_kind=True).public_key()
    except OSError as error:
        raise unreadable(Path(error.filename), error.strerror or str(error), remedy) from error
    except CompanionError as error:
        raise Failed(error.code, error.message, remedy) from error
    if public != certificate.public_key():
        raise unreadable(key, "it does not belong to the certificate", remedy)
    if certificate.not_valid_after_utc <= dt.datetime.now(dt.UTC):
        raise unreadable(chain, "it has expired", "Renew it, or unset LAN_CERTIFICATE to use the companion's own.")
    return {
        "chain": str(chain),
        "key": str(key),
        "authority": None,
        "fingerprint": _fingerprint(certificate),
        "expires_at": certificate.not_valid_after_utc.timestamp(),
        "issued": False,
        "names": _names_of(certificate),
    }


def _names_of(certificate: "x509.Certificate") -> list[str]:
    from cryptography import x509

    try:
        alternative = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    domains = [name.lower() for name in alternative.get_values_for_type(x509.DNSName)]
    return [*domains, *map(str, alternative.get_values_for_type(x509.IPAddress))]


def _read_certificates(file: Path) -> "list[x509.Certificate]":
    from cryptography import x509

    try:
        return x509.load_pem_x509_certificates(file.read_bytes())
    except ValueError as error:
        raise unreadable(file, "it holds no certificate", REMEDY) from error


def _read_key(file: Path, *, any_kind: bool = False) -> Any:
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(file.read_bytes(), password=None)
    except (ValueError, TypeError) as error:
        raise unreadable(file, "it holds no key that can be read", REMEDY) from error
    if not any_kind and not isinstance(key, ec.EllipticCurvePrivateKey):
        raise unreadable(file, "it is no key of the companion", REMEDY)
    return key


def _write_key(file: Path, key: "EllipticCurvePrivateKey") -> None:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    write_private(file, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def _write(file: Path, *certificates: "x509.Certificate") -> None:
    from cryptography.hazmat.primitives.serialization import Encoding

    write_private(file, b"".join(certificate.public_bytes(Encoding.PEM) for certificate in certificates))


def _fingerprint(certificate: "x509.Certificate") -> str:
    """As phones and browsers show it: pairs of capitals with colons."""
    from cryptography.hazmat.primitives.serialization import Encoding

    digest = hashlib.sha256(certificate.public_bytes(Encoding.DER)).hexdigest().upper()
    return ":".join(digest[at : at + 2] for at in range(0, len(digest), 2))


def main() -> None:
    try:
        answer = serve(json.load(sys.stdin))
    except CompanionError as error:
        answer = error.as_json()
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
