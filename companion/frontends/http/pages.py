"""The web app's built files, the same on loopback and in the LAN; nothing in them is secret.

The files' names carry a hash of their contents, so browsers keep them for good; the page that names them is asked for
anew each time.
"""

from pathlib import Path

from aiohttp import web

from companion.frontends.http.files import SentFile
from companion.frontends.http.routes import Handler
from companion.kernel.errors import NotFound, Unavailable

BUILT = Path(__file__).parents[1] / "web" / "dist"
ICONS = ("icon-32.png", "icon-128.png", "icon-256.png")
ASSET_PATH = r"/assets/{name:[A-Za-z0-9_-][A-Za-z0-9_.-]*}"
FOREVER = "public, max-age=31536000, immutable"
FOR_A_DAY = "public, max-age=86400"

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' blob: data:; "
    "media-src 'self' blob:; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
MEDIA_TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".png": "image/png",
    ".webmanifest": "application/manifest+json",
}


def add_pages(router: web.UrlDispatcher, built: Path = BUILT) -> None:
    """Serve the app that was built into `built` at `/`."""
    router.add_get("/", _index(built))
    router.add_get(ASSET_PATH, _asset(built / "assets"))
    for name in (*ICONS, "app.webmanifest"):
        router.add_get(f"/{name}", _file(built / name))
    router.add_get("/favicon.ico", _file(built / ICONS[0]))  # browsers ask for it where a page names no icon


def page_paths() -> frozenset[str]:
    """The routes of the app's files, as the router names them."""
    pages = web.UrlDispatcher()
    add_pages(pages)
    return frozenset(page.canonical for page in pages.resources())


def _index(built: Path) -> Handler:
    async def index(_: web.Request) -> web.StreamResponse:
        try:
            page = (built / "index.html").read_bytes()  # a kilobyte
        except OSError as error:
            raise Unavailable(
                "pages_not_built", "The companion's pages are not there.", "Run `make setup`, or install it again."
            ) from error
        headers = {"Content-Security-Policy": CONTENT_SECURITY_POLICY, "Cache-Control": "no-store"}
        return web.Response(body=page, content_type="text/html", charset="utf-8", headers=headers)

    return index


def _asset(folder: Path) -> Handler:
    async def asset(request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        if Path(name).suffix not in MEDIA_TYPES:
            raise NotFound("not_found", f"There is no {request.path}.")
        return _answer(folder / name, FOREVER)

    return asset


def _file(file: Path) -> Handler:
    async def answer(_: web.Request) -> web.StreamResponse:
        return _answer(file, FOR_A_DAY)

    return answer


def _answer(file: Path, caching: str) -> web.StreamResponse:
    """The file, or its compressed twin where the browser takes it; a missing one is aiohttp's 404."""
    headers = {"Content-Type": MEDIA_TYPES[file.suffix], "Cache-Control": caching, "Vary": "Accept-Encoding"}
    return SentFile(file, headers=headers)
