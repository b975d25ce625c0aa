"""/trust: the page from which a phone installs this PC's authority, and the certificate in the forms that it wants.

It needs no login: it is read before the phone trusts anything, and a certificate is no secret. What matters is that
the fingerprint on the phone is the one that the PC shows.
"""

import ssl
import uuid
from html import escape
from pathlib import Path
from plistlib import dumps

from aiohttp import web

from companion.adapters.certificates import ServerCertificate
from companion.adapters.network import host_name
from companion.kernel.errors import NotFound

PAGE = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Trust this companion</title>
<style>
:root {{ color-scheme: light dark }}
body {{ font: 16px/1.5 system-ui, sans-serif; margin: 24px auto; max-width: 560px; padding: 0 16px }}
a {{ color: inherit }}
h1 {{ font-size: 24px; line-height: 32px; margin: 0 0 16px }}
h2 {{ font-size: 16px; line-height: 24px; margin: 32px 0 8px }}
a.button {{ display: block; padding: 16px; border: 1px solid; border-radius: 8px; text-align: center }}
code {{ font-size: 14px }}
li {{ margin: 8px 0 }}
</style>
<main>
<h1>Trust {name} on this phone</h1>
<p>With its certificate installed, the companion can live on the home screen, keep the screen awake and share clips, and
no warning appears any more. It can vouch for this PC in your own network only, never for a web site.</p>
<p>Compare first. This PC shows, under Devices and in <code>companion lan show</code>, the same fingerprint:<br>
<code>{fingerprint}</code></p>
<h2>iPhone and iPad</h2>
<a class="button" href="/trust/authority.mobileconfig">Install the profile</a>
<ol>
<li>Tap the button above and allow the download.</li>
<li>Settings, “Profile Downloaded”: install it.</li>
<li>Settings, General, About, Certificate Trust Settings: switch “{name}” on.</li>
</ol>
<h2>Android</h2>
<a class="button" href="/trust/authority.crt">Download the certificate</a>
<ol>
<li>Tap the button above.</li>
<li>Settings, search for “CA certificate”, and choose the downloaded file.</li>
</ol>
<p><a class="button" href="/">Back to the companion</a></p>
</main>
</html>
"""
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
PATHS = frozenset({"/trust", "/trust/authority.crt", "/trust/authority.mobileconfig"})


class Trust:
    """Serves the authority of the certificate that is in use."""

    def __init__(self) -> None:
        self.certificate: ServerCertificate | None = None

    def add_to(self, router: web.UrlDispatcher) -> None:
        router.add_get("/trust", self._page)
        router.add_get("/trust/authority.crt", self._certificate)
        router.add_get("/trust/authority.mobileconfig", self._profile)

    async def _page(self, _: web.Request) -> web.Response:
        fingerprint = escape(self._authority()[1]).replace(":", ":<wbr>")  # lines end between bytes
        text = PAGE.format(name=escape(host_name()), fingerprint=fingerprint)
        return web.Response(
            text=text, content_type="text/html", headers={"Content-Security-Policy": CONTENT_SECURITY_POLICY}
        )

    async def _certificate(self, _: web.Request) -> web.Response:
        der = self._authority()[0]
        headers = {"Content-Disposition": 'attachment; filename="fluxboard-companion.crt"'}
        return web.Response(body=der, content_type="application/x-x509-ca-cert", headers=headers)

    async def _profile(self, _: web.Request) -> web.Response:
        der, fingerprint = self._authority()
        name = f"FluxBoard Companion on {host_name()}"
        ids = [str(uuid.uuid5(uuid.NAMESPACE_OID, f"{fingerprint} {part}")) for part in ("profile", "certificate")]
        profile = {
            "PayloadType": "Configuration",
            "PayloadVersion": 1,
            "PayloadIdentifier": f"companion.fluxboard.{ids[0]}",
            "PayloadUUID": ids[0].upper(),
            "PayloadDisplayName": name,
            "PayloadDescription": f"Lets this device trust {host_name()} in your own network. {fingerprint}",
            "PayloadContent": [
                {
                    "PayloadType": "com.apple.security.root",
                    "PayloadVersion": 1,
                    "PayloadIdentifier": f"companion.fluxboard.{ids[1]}",
                    "PayloadUUID": ids[1].upper(),
                    "PayloadDisplayName": name,
                    "PayloadCertificateFileName": "fluxboard-companion.crt",
                    "PayloadContent": der,
                }
            ],
        }
        headers = {"Content-Disposition": 'attachment; filename="fluxboard-companion.mobileconfig"'}
        return web.Response(body=dumps(profile), content_type="application/x-apple-aspen-config", headers=headers)

    def _authority(self) -> tuple[bytes, str]:
        """The certificate to install, as DER, and its fingerprint."""
        if self.certificate is None or self.certificate.authority is None:
            raise NotFound("no_authority", "This companion uses a certificate that was brought, or none.")
        return ssl.PEM_cert_to_DER_cert(_read(self.certificate.authority)), self.certificate.fingerprint


def _read(file: Path) -> str:
    try:
        return file.read_text("ascii")
    except OSError as error:
        raise NotFound("no_authority", f"The authority's certificate cannot be read: {error.strerror}.") from error
