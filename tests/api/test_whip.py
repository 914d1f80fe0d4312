import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from tests.api.asking import Room
from tests.control.reports import ORIGIN

from manycast.api.whip import PLACES, taker
from manycast.control.fleet import Fleet
from manycast.model.fleet import StreamReport, StreamState
from manycast.runtime.origins import Origins
from manycast.settings.control import ControlSettings


TAKES = replace(ORIGIN, numbers={PLACES: 8.0})
KEY = {"Authorization": "Bearer a-stream-key", "Content-Type": "application/sdp"}


class Whip(BaseHTTPRequestHandler):
    """An origin as far as WHIP goes; answers 201 to the good key."""

    asked: list[tuple[str, str, str | None, bytes]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        shown = self.headers["Authorization"]
        self.asked.append(("POST", self.path, shown, body))
        good = shown == KEY["Authorization"]
        self._reply(201 if good else 401, b"v=0 answer" if good else b"unknown stream key.\n")

    def do_DELETE(self) -> None:
        self.asked.append(("DELETE", self.path, None, b""))
        self._reply(200, b"")

    def _reply(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Type", "application/sdp" if status == 201 else "text/plain")
        self.send_header("Set-Cookie", "origin=1")
        if status == 201:
            self.send_header("Location", "/whip/sessions/abc_1-2")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *words: object) -> None:  # noqa: A002  the base class names it so
        """Says nothing."""


@contextmanager
def origin(room: Room) -> Iterator[list[tuple[str, str, str | None, bytes]]]:
    """What it was asked, while the room knows it."""
    Whip.asked = []
    with ThreadingHTTPServer(("127.0.0.1", 0), Whip) as server:
        threading.Thread(target=server.serve_forever).start()
        url = f"http://127.0.0.1:{server.server_port}"
        origins = Origins("fleet-token", {TAKES.node: url}.get)
        object.__setattr__(room.context, "origins", origins)
        room.context.network.fleet.report(TAKES, room.context.now_ms())
        try:
            yield Whip.asked
        finally:
            assert room.ask.portal is not None
            room.ask.portal.call(origins.close)
            server.shutdown()


def test_an_offer_is_handed_on_and_ended_where_it_went(room: Room) -> None:
    with origin(room) as asked:
        reply = room.ask.post("/whip", content=b"v=0", headers=KEY)
        assert (reply.status_code, reply.text) == (201, "v=0 answer")
        assert reply.headers["Content-Type"].startswith("application/sdp")
        assert reply.headers["Access-Control-Allow-Origin"] == "*"
        assert "Set-Cookie" not in reply.headers
        assert asked == [("POST", "/whip", "Bearer a-stream-key", b"v=0")]
        ended = room.ask.delete(reply.headers["Location"])
        assert ended.status_code == 200
        assert asked[1][:2] == ("DELETE", "/whip/sessions/abc_1-2")


def test_the_origins_refusal_is_the_publishers(room: Room) -> None:
    with origin(room) as asked:
        reply = room.ask.post("/whip", content=b"v=0", headers=KEY | {"Authorization": "Bearer x"})
        assert (reply.status_code, reply.text) == (401, "unknown stream key.\n")
        assert "Location" not in reply.headers
        room.ask.post("/whip", content=b"v=0", headers={"Authorization": ""})
        assert asked[1][2] != "Bearer fleet-token", "nobody publishes with what is ours"


def test_without_an_origin_it_says_so(room: Room) -> None:
    reply = room.ask.post("/whip", content=b"v=0", headers=KEY)
    assert (reply.status_code, "extra" in reply.text) == (503, True)
    assert room.ask.delete("/whip/sessions/abc?origin=origin%40gone").status_code == 503


@pytest.mark.parametrize("path", ["a.b?origin=x", "..%2F..%2Frecordings?origin=x", "%20?origin=x"])
def test_nothing_but_sessions_is_ended(room: Room, path: str) -> None:
    with origin(room) as asked:
        assert room.ask.delete(f"/whip/sessions/{path}").status_code in {404, 405}
        assert asked == []


def test_pages_of_other_sites_may_ask_first(room: Room) -> None:
    for path in ("/whip", "/whip/sessions/abc?origin=x"):
        reply = room.ask.options(path)
        assert reply.status_code == 204
        assert "authorization" in reply.headers["Access-Control-Allow-Headers"]


def test_addresses_name_it_while_an_origin_takes_publishers(room: Room) -> None:
    room.ask.post("/api/v1/channels", json={"name": "live"})
    path = "/api/v1/channels/live/addresses"
    assert room.ask.get(path).json()["whip"] is None
    with origin(room):
        assert room.ask.get(path).json()["whip"] == "http://testserver/whip"


def test_the_origin_with_the_fewest_streams_takes_the_next() -> None:
    fleet = Fleet(ControlSettings())
    stream = StreamReport(stream="live", state=StreamState.LIVE, since_ms=1)
    assert taker(fleet) is None
    fleet.report(replace(ORIGIN, node="origin@none"), 0)
    assert taker(fleet) is None
    fleet.report(replace(TAKES, node="origin@busy", streams=(stream,)), 0)
    assert taker(fleet) == "origin@busy"
    fleet.report(replace(TAKES, node="origin@free", streams=()), 0)
    assert taker(fleet) == "origin@free"
    fleet.look(ControlSettings().silent_ms + 1)
    assert taker(fleet) is None
