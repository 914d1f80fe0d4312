"""What becomes of a stored reply that was asked about: renewed, replaced, or standing in for an error."""

from dataclasses import replace

from manycast.cache import merge, reuse, vary
from manycast.cache.freshness import stored_fields
from manycast.cache.merge import News
from manycast.edge.books import Books
from manycast.edge.commands import Answered, Ask
from manycast.edge.entry import Entry
from manycast.edge.fields import end_to_end
from manycast.edge.flight import Flight
from manycast.edge.verdict import judged


_ERRORS = frozenset({500, 502, 503, 504})
"""For which RFC 5861 section 4 lets a stale reply stand in."""
_UNSTORED = frozenset({b"age", b"content-length"})


def use(entry: Entry, ask: Ask, books: Books, now: float) -> reuse.Use:
    if entry.softened:
        return reuse.Use.REVALIDATE
    return reuse.asked(ask.headers, entry.freshness, now - entry.born, books.rules)


def news(flight: Flight, answered: Answered) -> News:
    """What a 304, or the reply to HEAD, says of the stored reply that it was asked about."""
    entry = flight.entry
    assert entry is not None, "nothing is stored that this could be about"
    if flight.conditional:
        return merge.by_304(entry.fields(), answered.headers)
    stored = (*entry.fields(), (b"content-length", b"%d" % entry.length))
    return merge.by_head(stored, answered.status, answered.headers)


def renewed(flight: Flight, answered: Answered, books: Books, now: float) -> Entry:
    """The stored reply with the fields that came."""
    old = flight.entry
    assert old is not None, "nothing is stored that this could be about"
    stored = old.fields()
    fields = merge.merged(stored, tuple(end_to_end(answered.headers)))
    whole = replace(answered, status=old.status, headers=fields, length=None)
    freshness = judged(flight, whole, books.rules)
    kept = tuple(pair for pair in fields if pair[0] not in _UNSTORED)
    shown = stored_fields(kept, freshness)
    entry = type(old)(old.key, old.status, shown, old.body, freshness, now - freshness.age_s)
    entry.whole = old.whole
    entry.stay_with(old)
    entry.rendition = old.rendition
    entry.watched = old.watched
    entry.purges_seen = flight.purges_seen
    return entry


def replaced(entry: Entry, books: Books) -> bool:
    """Whether something newer has taken its place since the parent was asked about it."""
    stored = books.store.peek(entry.key)
    return stored is not None and stored.born > entry.born


def keep(entry: Entry, flight: Flight, answered: Answered, books: Books, *, stands: bool) -> bool:
    """Put a renewed reply in the place of the old one, unless it may not be stored any more.

    News that replies vary by more than was known leave nobody who surely may have it.
    """
    assert flight.entry is not None, "only what is stored is renewed"
    if replaced(flight.entry, books):
        return False
    primary = flight.target.key
    names = vary.names(answered.headers)
    stands = stands and names is not None and books.store.choose(primary, names)
    known = books.store.key(primary, () if flight.ask is None else flight.ask.headers)
    sound = entry.freshness.storable and stands and not flight.outdated and flight.peer is None
    if not sound or vary.names(entry.fields()) is None or entry.key not in {known, primary + b"#o"}:
        books.store.drop_key(entry.key)
        return False
    if entry.place is None:  # else its body is still there, and good
        books.store.lower.fetched(entry)
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
