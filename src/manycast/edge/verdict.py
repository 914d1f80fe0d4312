"""Who may have the reply of a fetch: the cache rules applied to what this node asked for."""

from dataclasses import replace

from manycast.cache import reuse, vary
from manycast.cache.freshness import Freshness, Received, assess
from manycast.edge.commands import Answered, Ask
from manycast.edge.entry import Entry
from manycast.edge.flight import Flight
from manycast.settings.cache import CacheSettings
from manycast.std.http1 import Headers


_UNVARIED = frozenset({b"accept-encoding", b"origin"})
"""Fields that a live fetch never carries: varying by them varies nothing."""
_NOBODY = (b"authorization", b"")


def judged(flight: Flight, answered: Answered, rules: CacheSettings) -> Freshness:
    if flight.target.live:
        return _live(flight, answered, rules)
    method = "GET" if flight.ask is None else flight.ask.method
    headers = answered.headers
    status = answered.status
    if flight.slice is not None and status == 206:
        status, headers = 200, unranged(headers)
    found = assess(
        Received(
            method, flight.fields_upstream, status, headers, answered.asked_wall_s, answered.wall_s
        ),
        rules,
    )
    if flight.ask is not None and not reuse.may_store(flight.ask.headers, rules):
        return replace(found, storable=False)
    return found


def unranged(headers: Headers) -> Headers:
    """The fields of the whole, out of those of a part of it."""
    return tuple(pair for pair in headers if pair[0] not in {b"content-range", b"content-length"})


def _live(flight: Flight, answered: Answered, rules: CacheSettings) -> Freshness:
    """Without the clocks of others: a playlist lives for less than they differ.

    The name of media that is missing comes true soon.
    """
    if flight.target.held:
        rules = replace(rules, missing_s=0.0)
    rules = replace(rules, heuristic_fraction=0.0)
    found = assess(Received("GET", (), answered.status, answered.headers, 0.0, 0.0), rules)
    varied = vary.names(answered.headers)
    plain = varied is not None and _UNVARIED.issuperset(varied)
    usable = plain and not found.private and found.reusable
    return replace(found, stale_while_s=0.0, never_stale=True, storable=found.storable and usable)


def open_to(ask: Ask, entry: Entry, rules: CacheSettings) -> bool:
    """Whether a viewer known by name may have a stored reply (RFC 9111 section 3.5)."""
    if not any(name == b"authorization" for name, _ in ask.headers):
        return True
    return given_to_all(entry.status, entry.fields(), rules)


def flight_open_to(flight: Flight, ask: Ask, rules: CacheSettings) -> bool:
    """The same of what is being fetched for another."""
    if flight.target.live or not any(name == b"authorization" for name, _ in ask.headers):
        return True
    assert flight.answered is not None, "only a reply is open to some"
    return given_to_all(flight.answered.status, flight.answered.headers, rules)


def given_to_all(status: int, headers: Headers, rules: CacheSettings) -> bool:
    """Whether the origin says that names do not matter."""
    return assess(Received("GET", (_NOBODY,), status, headers, 0.0, 0.0), rules).storable
