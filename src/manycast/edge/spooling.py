"""What a fetch leaves behind: an entry in memory, or a body written to the disk while it passes."""

from collections.abc import Iterable

from manycast.edge.books import Books
from manycast.edge.entry import Entry
from manycast.edge.flight import Flight
from manycast.edge.lower import Request


def entry_of(flight: Flight) -> Entry:
    """With as much of the body as has come."""
    assert flight.answered is not None, "only an answered flight has something to keep"
    body = tuple(flight.chunks)
    status = flight.answered.status
    entry = Entry(flight.key, status, flight.fields_for_all, body, flight.freshness, flight.born)
    entry.rendition = flight.target.rendition
    entry.purges_seen = flight.purges_seen
    return entry


def begin(flight: Flight, books: Books, *, stands: bool) -> None:
    """Too large for memory, but perhaps not for the disk."""
    if flight.kept and not flight.copied and stands and flight.answered is not None:
        length = flight.answered.length
        flight.spooled = books.store.lower.spool(entry_of(flight), flight.number, length)


def end(flight: Flight, books: Books, *, stands: bool) -> None:
    """What was written may not be used, if it was purged or changed meanwhile."""
    if flight.spooled and not (flight.kept and stands):
        books.store.lower.drop_key(flight.key)
    elif flight.spooled:
        books.store.remove(flight.key)


def restored(entry: Entry, requests: Iterable[Request], books: Books, now: float) -> bool:
    """Let memory have it again, unless it was purged, or its URL now varies by something else."""
    store = books.store
    names = {store.key(target.key, ask.headers) for ask, target in requests}
    if not store.stands(entry, now) or names - {entry.key}:
        store.lower.drop_key(entry.key)
        return False
    if names:
        store.put(entry)
    return True
