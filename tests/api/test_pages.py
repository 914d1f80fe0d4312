import gzip
import re
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient
from tests.api.asking import Room

from manycast.api import pages


PACKED_BYTES_MAX = 200_000
"""Of every page together, fonts included: more than any first load; the players come when somebody watches."""
PLAYER = re.compile("/(preview|playback)-")


@pytest.fixture
def built(tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html><title>manycast</title>")
    script = b"console.log('manycast');" * 50
    (tmp_path / "assets/index-1a2b.js").write_bytes(script)
    (tmp_path / "assets/index-1a2b.js.gz").write_bytes(gzip.compress(script))
    return tmp_path


def asked(folder: Path) -> TestClient:
    app = FastAPI()
    pages.install(app, folder)
    return TestClient(app)


@pytest.mark.parametrize("path", ["/", "/streams/main", "/setup", "/broadcasts/brd_1.x"])
def test_every_address_of_the_dashboard_is_its_one_page(built: Path, path: str) -> None:
    reply = asked(built).get(path)
    assert reply.text.startswith("<!doctype html>")
    assert reply.headers["cache-control"] == "no-cache"


def test_a_page_that_has_not_changed_is_not_sent_again(built: Path) -> None:
    ask = asked(built)
    tag = ask.get("/").headers["etag"]
    again = ask.get("/", headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")


def test_assets_are_kept_forever_and_come_packed(built: Path) -> None:
    reply = asked(built).get("/assets/index-1a2b.js", headers={"Accept-Encoding": "gzip, br"})
    assert reply.headers["content-encoding"] == "gzip"
    assert "immutable" in reply.headers["cache-control"]
    assert reply.headers["content-type"].startswith("text/javascript")
    plain = asked(built).get("/assets/index-1a2b.js", headers={"Accept-Encoding": "identity"})
    assert plain.text == reply.text


def test_what_is_no_page_is_not_found(built: Path) -> None:
    ask = asked(built)
    assert ask.get("/assets/index-old.js").status_code == 404
    assert ask.get("/api/v1/nothing").status_code == 404
    assert ask.post("/").status_code == 404
    assert ask.get("/assets/../../secrets.js").text.startswith("<!doctype html>")


def test_without_a_build_it_says_how_to_make_one(tmp_path: Path) -> None:
    reply = asked(tmp_path / "static").get("/")
    assert (reply.status_code, reply.text) == (503, pages.NOT_BUILT)


def test_pages_obey_the_content_policy(room: Room) -> None:
    first = room.ask.get("/")
    assert not re.search(r"<style|<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=", first.text)
    policy = first.headers["content-security-policy"]
    assert not [name for name in ("unsafe-inline", "unsafe-eval") if name in policy]


def test_all_of_the_dashboard_but_its_players_is_a_small_load(room: Room) -> None:
    files = pages.load(pages.BUILT)
    sizes = {name: min(map(len, page.bodies.values())) for name, page in files.items()}
    kept = {name: size for name, size in sizes.items() if not PLAYER.search(name)}
    assert {"/index.html"} < set(kept) < set(sizes)
    assert sum(kept.values()) < PACKED_BYTES_MAX, kept
