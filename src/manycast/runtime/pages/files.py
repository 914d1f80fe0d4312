"""The built pages, read once and held in memory with their headers."""

import gzip
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from manycast.model.names import stream_name


BUILT = Path(__file__).parent / "static"

_PAGE_CACHE = "public, max-age=60"
_ASSET_CACHE = "public, max-age=31536000, immutable"  # an asset's name changes with its content
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
}
_GZIP_LEVEL = 9  # once at start, for every reply


class PagesMissingError(Exception):
    """The pages were not built; the message says how to build them."""


@dataclass(frozen=True, slots=True)
class Page:
    """One file as it is sent."""

    body: bytes
    content_type: str
    cache_control: str
    gzip: bytes | None = None
    """The same body compressed; None for pages, which are small and which people read with curl, and
    where it saves nothing."""


@dataclass(frozen=True, slots=True)
class Pages:
    """Every page and asset by the path it is asked for."""

    index: Page
    watch: Page
    assets: Mapping[str, Page]

    def find(self, path: str) -> Page | None:
        """The page at a URL path without its query; None where there is none."""
        if path == "/":
            return self.index
        if path.startswith("/watch/"):
            return self.watch if _is_stream(path.removeprefix("/watch/")) else None
        return self.assets.get(path)


def load(folder: Path = BUILT) -> Pages:
    """Read what `npm run build` made; raises PagesMissingError when it has not run."""
    try:
        return Pages(
            index=_page(folder / "index.html", _PAGE_CACHE),
            watch=_page(folder / "watch.html", _PAGE_CACHE),
            assets={f"/assets/{file.name}": _asset(file) for file in (folder / "assets").iterdir()},
        )
    except FileNotFoundError as error:
        message = (
            f"the viewers' pages are not built ({error.filename} is missing): run `make setup`"
        )
        raise PagesMissingError(message) from error


def _page(file: Path, cache_control: str) -> Page:
    return Page(file.read_bytes(), _content_type(file.name), cache_control)


def _asset(file: Path) -> Page:
    page = _page(file, _ASSET_CACHE)
    packed = gzip.compress(page.body, _GZIP_LEVEL, mtime=0)
    return replace(page, gzip=packed) if len(packed) < len(page.body) else page


def _content_type(name: str) -> str:
    return _TYPES.get(Path(name).suffix, "application/octet-stream")


def _is_stream(text: str) -> bool:
    try:
        stream_name(text)
    except ValueError:
        return False
    return True
