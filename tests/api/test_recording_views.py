from tests.api.asking import Room

from manycast.api.recording_views import recordings_of
from manycast.model.fleet import RecordingReport
from manycast.runtime.store import broadcasts


def test_the_takes_of_a_broadcast_come_in_order(room: Room) -> None:
    takes = [
        RecordingReport(
            channel="live",
            take=f"t{at_ms}",
            started_ms=at_ms,
            duration_ms=10,
            size_bytes=1,
            files=("video-0.mp4", "video-1.mp4"),
            complete=True,
        )
        for at_ms in (30, 10, 20)
    ]
    with room.context.store.record() as db:
        broadcast = broadcasts.begin(db, "live", 5, "origin@here")
        db.flush()
        broadcasts.note_recordings(db, "origin@here", takes)
    with room.context.store.read() as db:
        found = recordings_of(db, room.context, [broadcast.id])[broadcast.id]
        assert recordings_of(db, room.context, []) == {}
    assert [one.started_at.microsecond for one in found] == [10_000, 20_000, 30_000]
    assert [path.rpartition("/")[2] for path in found[0].downloads] == [
        "video-0.mp4?download=true",
        "video-1.mp4?download=true",
    ]
