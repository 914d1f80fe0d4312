from manycast.edge.commands import Answered, Ask
from manycast.edge.flight import Flight
from manycast.edge.status import Why
from manycast.edge.target import target
from manycast.edge.verdict import given_to_all, judged, unranged
from manycast.settings.cache import CacheSettings


RULES = CacheSettings()


def flight(path: str, query: str = "", *fields: tuple[bytes, bytes]) -> Flight:
    named = target(path, query)
    made = Flight(1, named, named.key, Ask("GET", b"/", path, query, fields), Why.URI_MISS, 0)
    made.fields_upstream = fields
    return made


def test_a_live_reply_is_shared_only_while_it_is_fresh() -> None:
    live = flight("/live/s/index.m3u8")
    for control, storable in ((b"max-age=1, stale-while-revalidate=9", True), (b"no-cache", False)):
        answered = Answered(200, ((b"cache-control", control), (b"etag", b'"x"')), 1, framed=True)
        found = judged(live, answered, RULES)
        assert (found.storable, found.stale_while_s, found.never_stale) == (storable, 0.0, True)


def test_a_live_part_that_is_missing_is_not_remembered() -> None:
    missing = Answered(404, (), 0, framed=True)
    assert not judged(flight("/live/s/r/p1.m4s"), missing, RULES).storable
    assert judged(flight("/live/s/index.m3u8"), missing, RULES).storable


def test_a_slice_is_judged_as_the_whole_would_be() -> None:
    part = flight("/a")
    part.slice = 0
    headers = ((b"cache-control", b"max-age=9"), (b"content-range", b"bytes 0-1/2"))
    assert judged(part, Answered(206, headers, 2, framed=True), RULES).storable
    assert not judged(flight("/a"), Answered(206, headers, 2, framed=True), RULES).storable
    assert unranged(headers) == headers[:1]


def test_a_request_may_forbid_to_keep_its_reply_where_that_is_obeyed() -> None:
    asked = flight("/a", "", (b"cache-control", b"no-store"))
    answered = Answered(200, ((b"cache-control", b"max-age=9"),), 1, framed=True)
    assert judged(asked, answered, RULES).storable
    assert not judged(asked, answered, CacheSettings(obey_requests=True)).storable


def test_a_reply_is_for_viewers_known_by_name_only_when_it_says_so() -> None:
    assert given_to_all(200, ((b"cache-control", b"public, max-age=9"),), RULES)
    assert not given_to_all(200, ((b"cache-control", b"max-age=9"),), RULES)
