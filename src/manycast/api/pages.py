"""The dashboard, built from `dashboard/` by npm: read once, served from memory, packed when it was built."""

from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send


BUILT = Path(__file__).parent / "static"
NOT_BUILT = (
    "The dashboard is not built: run `make setup`. The API, under /api/v1, works without it.\n"
)

_ASSETS = "/assets/"
_INDEX = "/index.html"
_FOR_MACHINES = "/api/"
_PACKINGS = {"br": ".br", "gzip": ".gz"}
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}


@dataclass(frozen=True, slots=True)
class Page:
    """One file as it is sent, by the coding it is packed with; the empty coding is the file itself."""

    bodies: dict[str, bytes]
    headers: dict[str, str]

    def reply(self, request: Request) -> Response:
        if request.headers.get("if-none-match") == self.headers["ETag"]:
            return Response(status_code=304, headers=self.headers)
        asked = request.headers.get("accept-encoding", "")
        coding = next((name for name in _PACKINGS if name in self.bodies and name in asked), "")
        said = {"Content-Encoding": coding} if coding else {}
        return Response(self.bodies[coding], headers=self.headers | said)


@dataclass(frozen=True, slots=True)
class Pages:
    """ASGI, for whatever no route of the API answers: files of the build, and its one page for every address."""

    files: dict[str, Page]
    otherwise: ASGIApp = field(repr=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        reads = scope["type"] == "http" and scope["method"] in {"GET", "HEAD"}
        if not reads or scope["path"].startswith(_FOR_MACHINES):
            await self.otherwise(scope, receive, send)
            return
        page = self.find(scope["path"])
        if page is None and scope["path"].startswith(_ASSETS):
            await self.otherwise(scope, receive, send)
            return
        reply = page.reply(Request(scope)) if page else PlainTextResponse(NOT_BUILT, 503)
        await reply(scope, receive, send)

    def find(self, path: str) -> Page | None:
        """None for an asset of another build, and for everything when nothing was built."""
        found = self.files.get(path)
        return found or (None if path.startswith(_ASSETS) else self.files.get(_INDEX))


def install(app: FastAPI, folder: Path = BUILT) -> None:
    """Answer what the API does not, with what `npm run build` made."""
    app.router.default = Pages(load(folder), app.router.default)


def load(folder: Path) -> dict[str, Page]:
    """Every file of the build by the path it is asked for; none when it was not built."""
    if not folder.is_dir():
        return {}
    files = [file for file in folder.rglob("*") if file.suffix in _TYPES]
    return {f"/{file.relative_to(folder).as_posix()}": _page(file) for file in files}


def _page(file: Path) -> Page:
    body = file.read_bytes()
    packed = {
        coding: file.with_name(file.name + suffix).read_bytes()
        for coding, suffix in _PACKINGS.items()
        if file.with_name(file.name + suffix).is_file()
    }
    named = file.suffix != ".html"  # an asset's name changes with its content
    headers = {
        "Content-Type": _TYPES[file.suffix],
        "Cache-Control": "public, max-age=31536000, immutable" if named else "no-cache",
        "ETag": f'"{sha256(body).hexdigest()[:20]}"',
        "Vary": "Accept-Encoding",
    }
    smaller = {coding: data for coding, data in packed.items() if len(data) < len(body)}
    return Page({"": body} | smaller, headers)
