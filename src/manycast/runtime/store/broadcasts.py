"""The books of what was on the air: each broadcast and each recording once, however often it is reported."""

from collections.abc import Iterable, Sequence

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from manycast.model.fleet import RecordingReport
from manycast.runtime.store import channels
from manycast.runtime.store.ids import new_id
from manycast.runtime.store.tables.broadcasts import Broadcast, Recording


def find(db: Session, channel: str, started_ms: int) -> Broadcast | None:
    query = select(Broadcast).where(Broadcast.channel == channel)
    return db.scalar(query.where(Broadcast.started_ms == started_ms))


def begin(db: Session, channel: str, started_ms: int, origin: str) -> Broadcast:
    """The broadcast's row, made if there is none; open again if it was given up too early."""
    known = find(db, channel, started_ms)
    if known is not None:
        known.ended_ms = None
        return known
    owner = channels.by_name(db, channel)
    begun = Broadcast(
        id=new_id("brd"),
        channel_id=owner.id if owner else None,
        channel=channel,
        title=owner.title if owner else channel,
        origin=origin,
        started_ms=started_ms,
        ended_ms=None,
        viewers_peak=0,
    )
    db.add(begun)
    return begun


def end(db: Session, channel: str, started_ms: int, ended_ms: int, viewers_peak: int) -> None:
    """Close the row; one that is closed only takes a higher peak."""
    known = find(db, channel, started_ms)
    if known is None:
        return
    if known.ended_ms is None:
        known.ended_ms = ended_ms
    known.viewers_peak = max(known.viewers_peak, viewers_peak)


def latest(db: Session) -> list[Broadcast]:
    """The last broadcast of each channel that ever had one."""
    last = (
        select(Broadcast.channel, func.max(Broadcast.started_ms).label("started_ms"))
        .group_by(Broadcast.channel)
        .subquery()
    )
    same = and_(Broadcast.channel == last.c.channel, Broadcast.started_ms == last.c.started_ms)
    return list(db.scalars(select(Broadcast).join(last, same)))


def unended(db: Session) -> list[Broadcast]:
    """Those on the air, as far as the books know."""
    return list(db.scalars(select(Broadcast).where(Broadcast.ended_ms.is_(None))))


def unfinished(db: Session) -> list[tuple[str, str]]:
    """Channel and take of the recordings that are being written."""
    query = select(Recording.channel, Recording.take).where(Recording.complete.is_(False))
    return [(channel, take) for channel, take in db.execute(query)]


def note_recordings(db: Session, origin: str, reports: Sequence[RecordingReport]) -> None:
    """Make the rows of an origin what its disk holds: ``reports`` are all its recordings."""
    known = {
        (row.channel, row.take): row
        for row in db.scalars(select(Recording).where(Recording.origin == origin))
    }
    ids = channels.ids_by_name(db)
    for report in reports:
        row = known.pop((report.channel, report.take), None) or _elsewhere(db, report)
        if row is None:
            row = _new(origin, report, ids.get(report.channel))
            db.add(row)
        row.origin = origin
        _take_over(db, row, report)
    _forget(db, known.values())


def _elsewhere(db: Session, report: RecordingReport) -> Recording | None:
    """The same take by another origin's name: the machine was named anew, or its disk moved."""
    query = select(Recording).where(Recording.started_ms == report.started_ms)
    return db.scalar(
        query.where(Recording.channel == report.channel, Recording.take == report.take)
    )


def _new(origin: str, report: RecordingReport, channel_id: str | None) -> Recording:
    return Recording(
        id=new_id("rec"),
        channel_id=channel_id,
        broadcast_id=None,
        channel=report.channel,
        take=report.take,
        origin=origin,
        started_ms=report.started_ms,
    )


def _take_over(db: Session, row: Recording, report: RecordingReport) -> None:
    row.duration_ms = report.duration_ms
    row.size_bytes = report.size_bytes
    row.files = list(report.files)
    row.complete = report.complete
    if row.broadcast_id is None:
        row.broadcast_id = _broadcast_of(db, report)


def _broadcast_of(db: Session, report: RecordingReport) -> str | None:
    """The last one that had begun before the recording was over, unless it was over before it began."""
    until_ms = report.started_ms + report.duration_ms
    query = select(Broadcast).where(
        Broadcast.channel == report.channel, Broadcast.started_ms <= until_ms
    )
    found = db.scalar(query.order_by(Broadcast.started_ms.desc()).limit(1))
    if found is None or (found.ended_ms is not None and found.ended_ms < report.started_ms):
        return None
    return found.id


def _forget(db: Session, gone: Iterable[Recording]) -> None:
    for row in gone:
        db.delete(row)
