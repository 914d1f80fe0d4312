import gzip
from pathlib import Path

import pytest

from manycast.runtime.pages import files


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<h1>index</h1>" * 20)
    (tmp_path / "watch.html").write_text("<h1>watch</h1>" * 20)
    (tmp_path / "assets" / "watch-ABC.js").write_text("play()")
    (tmp_path / "assets" / "style-ABC.css").write_text("body{}" * 1000)
    return tmp_path


def test_every_page_and_asset_is_found_by_its_path(folder: Path) -> None:
    pages = files.load(folder)
    assert pages.find("/") is pages.index
    assert pages.find("/watch/demo") is pages.watch
    assert pages.find("/watch/my-stream_2") is pages.watch
    script = pages.find("/assets/watch-ABC.js")
    assert script
    assert script.body == b"play()"


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/watch/",
        "/watch/UPPER",
        "/watch/a/b",
        "/watch/..",
        "/index.html",
        "/assets/",
        "/assets/../index.html",
    ],
)
def test_nothing_else_is_found(folder: Path, path: str) -> None:
    assert files.load(folder).find(path) is None


def test_types_are_what_browsers_insist_on(folder: Path) -> None:
    pages = files.load(folder)
    assert pages.index.content_type == "text/html; charset=utf-8"
    assert pages.assets["/assets/watch-ABC.js"].content_type == "text/javascript; charset=utf-8"
    assert pages.assets["/assets/style-ABC.css"].content_type == "text/css; charset=utf-8"


def test_only_what_is_named_by_its_content_is_kept_for_ever(folder: Path) -> None:
    pages = files.load(folder)
    assert pages.watch.cache_control == "public, max-age=60"
    assert all("immutable" in page.cache_control for page in pages.assets.values())


def test_assets_are_compressed_where_it_helps(folder: Path) -> None:
    pages = files.load(folder)
    style = pages.assets["/assets/style-ABC.css"]
    assert style.gzip
    assert gzip.decompress(style.gzip) == style.body
    assert pages.assets["/assets/watch-ABC.js"].gzip is None
    assert pages.index.gzip is None


def test_pages_that_were_not_built_are_named_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(files.PagesMissingError, match="make setup"):
        files.load(tmp_path)
