from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select
from tests.api.asking import Room, control_room
from tests.api.origin import FILES, TOKEN, TYPES, Origin, origin

from manycast.model.fleet import RecordingReport
from manycast.runtime.origins import Origins
from manycast.runtime.store import broadcasts
from manycast.runtime.store.tables.audit import Audit


NODE = "origin@here:8081"
TAKE = RecordingReport(
    channel="live",
    take="20260102T030405.678901Z",
    started_ms=1_000,
    duration_ms=5_000,
    size_bytes=1000,
    files=("video-0.mp4",),
    complete=True,
)


@contextmanager
def recorded(directory: Path, *, complete: bool = True) -> Iterator[tuple[Room, Origin, str]]:
    """A room, an origin with one recording, and the recording's path in the API."""
    with origin() as server, control_room(directory) as room:
        origins = Origins(TOKEN, {NODE: server.url}.get)
        object.__setattr__(room.context, "origins", origins)
        room.ask.post("/api/v1/channels", json={"name": "live"})
        take = RecordingReport(
            **{name: getattr(TAKE, name) for name in TAKE.__slots__} | {"complete": complete}
        )
        with room.context.store.record() as db:
            broadcasts.begin(db, "live", 900, NODE)
            db.flush()
            broadcasts.note_recordings(db, NODE, [take])
        (found,) = room.ask.get("/api/v1/recordings").json()["items"]
        try:
            yield room, server, f"/api/v1/recordings/{found['id']}"
        finally:
            assert room.ask.portal is not None
            room.ask.portal.call(origins.close)


def test_a_recording_says_where_it_is_played_and_downloaded(tmp_path: Path) -> None:
    with recorded(tmp_path) as (room, _, path):
        found = room.ask.get(path).json()
        assert found["available"] is True
        assert found["playlist"] == f"{path}/files/index.m3u8"
        assert room.ask.get(found["playlist"]).content == FILES["index.m3u8"]
        (broadcast,) = room.ask.get("/api/v1/broadcasts").json()["items"]
        assert broadcast["recordings"] == [found]
        saved = room.ask.get(found["downloads"][0])
        assert saved.content == FILES["video-0.mp4"]
        name = "live-20260102T030405-video-0.mp4"
        assert saved.headers["Content-Disposition"] == f'attachment; filename="{name}"'


def test_a_player_seeks_by_ranges(tmp_path: Path) -> None:
    with recorded(tmp_path) as (room, _, path):
        reply = room.ask.get(f"{path}/files/video-0.mp4", headers={"Range": "bytes=10-19"})
        assert reply.status_code == 206
        assert reply.content == FILES["video-0.mp4"][10:20]
        assert reply.headers["Content-Range"] == "bytes 10-19/1000"
        assert reply.headers["Content-Type"] == "video/mp4"
        assert "Set-Cookie" not in reply.headers
        assert "private" in reply.headers["Cache-Control"]


def test_an_origin_puts_no_page_of_its_own_into_the_dashboard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(TYPES, "mp4", "text/javascript")
    monkeypatch.setitem(TYPES, "m3u8", "text/html")
    with recorded(tmp_path) as (room, _, path):
        page = room.ask.get(f"{path}/files/index.m3u8")
        script = room.ask.get(f"{path}/files/video-0.mp4")
    assert page.headers["Content-Type"] == "application/vnd.apple.mpegurl"
    assert script.headers["Content-Type"] == "video/mp4"


@pytest.mark.parametrize(
    "name", ["..%2Findex.m3u8", "secret.key", "video-1.mp4", "video-0.mp4%00", "init.mp4"]
)
def test_only_its_own_files_are_asked_for(tmp_path: Path, name: str) -> None:
    with recorded(tmp_path) as (room, server, path):
        assert room.ask.get(f"{path}/files/{name}").status_code in {404, 422}
        assert server.asked == []


def test_deleting_takes_it_from_the_disk_and_the_books(tmp_path: Path) -> None:
    with recorded(tmp_path) as (room, server, path):
        assert room.ask.delete(path).status_code == 204
        assert server.asked == [f"DELETE /recordings/live/{TAKE.take}"]
        assert room.ask.get(path).status_code == 404
        assert room.ask.delete(path).status_code == 404
        with room.context.store.read() as db:
            assert db.scalars(select(Audit).where(Audit.action == "recording.delete")).one()


def test_its_origin_may_have_told_that_it_is_gone_before_the_books_are_asked(
    tmp_path: Path,
) -> None:
    with recorded(tmp_path) as (room, _, path):
        delete = room.context.origins.delete

        async def told_at_once(node: str, take: str) -> None:
            await delete(node, take)
            with room.context.store.record() as db:
                broadcasts.note_recordings(db, NODE, [])

        room.context.origins.delete = told_at_once  # type: ignore[method-assign]  # what a fast origin does
        assert room.ask.delete(path).status_code == 204
        assert room.ask.get(path).status_code == 404


def test_one_that_is_being_written_stays(tmp_path: Path) -> None:
    with recorded(tmp_path, complete=False) as (room, server, path):
        assert room.ask.delete(path).status_code == 409
        assert server.asked == []


def test_while_its_origin_is_away_it_stays_and_says_so(tmp_path: Path) -> None:
    with recorded(tmp_path) as (room, server, path):
        server.shutdown()
        server.server_close()
        for reply in (room.ask.delete(path), room.ask.get(f"{path}/files/index.m3u8")):
            assert reply.status_code == 503
            assert reply.json()["type"] == "urn:manycast:problem:origin-away"
            assert "Retry-After" in reply.headers
        assert room.ask.get(path).status_code == 200


def test_an_origin_that_is_silent_is_not_asked(tmp_path: Path) -> None:
    with recorded(tmp_path) as (room, server, path):
        room.context.origins._url_of = lambda _: None  # type: ignore[method-assign]
        assert room.ask.get(path).json()["available"] is False
        assert room.ask.get(f"{path}/files/index.m3u8").status_code == 503
        assert server.asked == []
