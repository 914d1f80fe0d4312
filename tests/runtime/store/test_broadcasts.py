from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from manycast.model.fleet import RecordingReport
from manycast.runtime.store import broadcasts
from manycast.runtime.store.store import Store
from manycast.runtime.store.tables.broadcasts import Broadcast, Recording


HERE = "origin@here"
TAKE = RecordingReport(
    channel="live",
    take="t1",
    started_ms=1000,
    duration_ms=500,
    size_bytes=9,
    files=("video-0.mp4",),
    complete=False,
)


def rows(db: Session) -> list[Recording]:
    return list(db.scalars(select(Recording).order_by(Recording.take)))


def test_a_broadcast_is_one_row_however_often_it_begins_and_ends(store: Store) -> None:
    for _ in range(3):
        with store.record() as db:
            broadcasts.begin(db, "live", 1000, HERE)
    for viewers in (5, 3):
        with store.record() as db:
            broadcasts.end(db, "live", 1000, 2000 + viewers, viewers)
    with store.read() as db:
        (row,) = db.scalars(select(Broadcast))
    assert (row.ended_ms, row.viewers_peak) == (2005, 5)


def test_ending_what_never_began_is_nothing(store: Store) -> None:
    with store.record() as db:
        broadcasts.end(db, "live", 1000, 2000, 1)
    with store.read() as db:
        assert broadcasts.latest(db) == []


def test_the_latest_of_each_channel(store: Store) -> None:
    with store.record() as db:
        for channel, at_ms in (("a", 1), ("a", 3), ("b", 2)):
            broadcasts.begin(db, channel, at_ms, HERE)
    with store.read() as db:
        found = {(one.channel, one.started_ms) for one in broadcasts.latest(db)}
    assert found == {("a", 3), ("b", 2)}


def test_recordings_are_what_the_origin_tells(store: Store) -> None:
    other = replace(TAKE, take="t2")
    with store.record() as db:
        broadcasts.note_recordings(db, HERE, [TAKE, other])
    with store.record() as db:
        first = {row.take: row.id for row in rows(db)}
        assert broadcasts.unfinished(db) == [("live", "t1"), ("live", "t2")]
        broadcasts.note_recordings(db, HERE, [replace(TAKE, complete=True, size_bytes=99)])
        broadcasts.note_recordings(db, "origin@there", [other])
    with store.read() as db:
        mine = [row for row in rows(db) if row.origin == HERE]
        assert [(row.id, row.size_bytes) for row in mine] == [(first["t1"], 99)]
        assert broadcasts.unfinished(db) == [("live", "t2")]


def test_an_origin_that_was_named_anew_brings_its_recordings_along(store: Store) -> None:
    with store.record() as db:
        broadcasts.note_recordings(db, HERE, [TAKE])
    with store.record() as db:
        (before,) = rows(db)
        broadcasts.note_recordings(db, "origin@renamed", [replace(TAKE, complete=True)])
    with store.read() as db:
        (after,) = rows(db)
    assert (after.id, after.origin, after.complete) == (before.id, "origin@renamed", True)


def test_a_recording_belongs_to_the_broadcast_it_was_made_of(store: Store) -> None:
    with store.record() as db:
        before = broadcasts.begin(db, "live", 100, HERE)
        broadcasts.end(db, "live", 100, 200, 0)
        during = broadcasts.begin(db, "live", 900, HERE)
        broadcasts.begin(db, "live", 9000, HERE)
        db.flush()
        early = replace(TAKE, take="t0", started_ms=150, duration_ms=10)
        stray = replace(TAKE, take="t9", started_ms=300, duration_ms=10)
        broadcasts.note_recordings(db, HERE, [early, TAKE, stray])
        db.flush()
        assert [row.broadcast_id for row in rows(db)] == [before.id, during.id, None]


def test_after_each_report_the_books_hold_exactly_it(store: Store) -> None:
    for takes in ("abc", "", "bd", "bd", "dcba", "a"):
        with store.record() as db:
            reported = [replace(TAKE, take=take) for take in takes]
            broadcasts.note_recordings(db, HERE, reported)
        with store.read() as db:
            assert {row.take for row in rows(db)} == set(takes)
