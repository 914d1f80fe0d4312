from pathlib import Path

import pytest
from tests.api.asking import Room, control_room

from manycast.api import system
from manycast.api.headers import content_policy
from manycast.settings.control import ControlSettings
from manycast.settings.tree import Settings


REPLIES = ["/api/v1/system", "/api/v1/nothing", "/healthz", "/", "/assets/none.js", "/watch"]


@pytest.mark.parametrize("path", REPLIES)
def test_every_reply_keeps_browsers_from_being_used(room: Room, path: str) -> None:
    headers = room.ask.get(path).headers
    policy = headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "*" not in policy
    assert "frame-ancestors 'none'" in policy
    assert "default-src 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["X-Frame-Options"] == "DENY"
    assert "camera=(self)" in headers["Permissions-Policy"]
    assert "Strict-Transport-Security" not in headers


def test_failures_of_our_own_carry_them_too(room: Room) -> None:
    def broken() -> None:
        raise RuntimeError

    room.app.add_api_route("/api/v1/broken", broken)
    room.app.router.routes.insert(0, room.app.router.routes.pop())
    reply = room.ask.get("/api/v1/broken")
    assert reply.status_code == 500
    assert "Content-Security-Policy" in reply.headers


def test_replies_of_the_api_are_kept_nowhere(room: Room) -> None:
    assert room.ask.get("/api/v1/channels").headers["Cache-Control"] == "no-store"


def test_with_https_browsers_are_told_to_stay_with_it(tmp_path: Path) -> None:
    settings = Settings(control=ControlSettings(public_url="https://control.example.org"))
    with control_room(tmp_path, settings) as room:
        assert "max-age=" in room.ask.get("/healthz").headers["Strict-Transport-Security"]


def test_the_preview_may_ask_the_edge_and_nobody_else() -> None:
    policy = content_policy(Settings(), "studio.local:8080")
    assert "connect-src 'self' http://studio.local:8000;" in policy
    assert "script-src 'self';" in policy


@pytest.mark.parametrize("lie", ["x; script-src *", "a b", "a,b", ""])
def test_a_host_that_is_none_adds_nothing_to_the_policy(lie: str) -> None:
    assert content_policy(Settings(), lie) == content_policy(Settings(), "")


def test_the_version_is_in_no_header(room: Room) -> None:
    version = room.ask.get("/api/v1/system").json()["version"]
    assert system.router.tags == ["system"]
    assert version not in str(room.ask.get("/healthz").headers)
