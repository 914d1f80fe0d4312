"""What becomes of a stored reply that was asked about: renewed, replaced, or standing in for an error."""

from manycast.cache import merge, reuse, vary
from manycast.cache.freshness import stored_fields
from manycast.cache.merge import News
from manycast.edge.books import Books
from manycast.edge.commands import Answered, Ask
from manycast.edge.entry import Entry
from manycast.edge.fields import end_to_end
from manycast.edge.flight import Flight
from manycast.edge.verdict import judged
from manycast.std.http1 import Fields


_ERRORS = frozenset({500, 502, 503, 504})
"""For which RFC 5861 section 4 lets a stale reply stand in."""
_UNSTORED = frozenset({b"age", b"content-length"})


def use(entry: Entry, ask: Ask, books: Books, now: float) -> reuse.Use:
    if entry.softened:
        return reuse.Use.REVALIDATE
    return reuse.asked(ask.headers, entry.freshness, now - entry.born, books.rules)


def renewed(flight: Flight, answered: Answered, books: Books, now: float) -> Entry | None:
    """The stored reply with the fields of a 304; None when that speaks of another representation."""
    old = flight.entry
    assert old is not None, "a 304 to no question of ours is a viewer's"
    stored = old.fields()
    if merge.by_304(stored, answered.headers) is News.OUTDATES:
        return None
    fields = merge.merged(stored, tuple(end_to_end(answered.headers)))
    whole = Answered(
        old.status,
        fields,
        None,
        True,
        answered.asked_wall_s,
        answered.wall_s,
    )
    flight.answer(answered, judged(flight, whole, books.rules), now)
    return _remade(old, flight, fields)


def _remade(old: Entry, flight: Flight, fields: Fields) -> Entry:
    kept = tuple(pair for pair in fields if pair[0] not in _UNSTORED)
    shown = stored_fields(kept, flight.freshness)
    entry = Entry(old.key, old.status, shown, old.body, flight.freshness, flight.born)
    entry.whole = old.whole
    entry.rendition = old.rendition
    entry.purges_seen = flight.purges_seen
    return entry


def keep(entry: Entry, flight: Flight, books: Books, *, stands: bool) -> bool:
    """Put a renewed reply in the place of the old one, unless it may not be stored any more."""
    names = vary.names(entry.fields())
    primary = flight.target.key
    known = books.store.key(primary, () if flight.ask is None else flight.ask.headers)
    if not (flight.kept and stands) or names is None or known != flight.key.partition(b"#s")[0]:
        books.store.drop_key(entry.key)
        return False
    books.store.put(entry)
    return True


def may_stand_in(flight: Flight, status: int | None, books: Books, now: float) -> bool:
    """Whether the stale reply is better than what the parent has said; None: it said nothing."""
    entry = flight.entry
    if entry is None or flight.slice is not None or flight.target.live or flight.outdated:
        return False
    if status is not None and status not in _ERRORS:
        return False
    away = status is None and flight.answered is None
    return reuse.on_error(entry.freshness, now - entry.born, books.rules, away=away)
