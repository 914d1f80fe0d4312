from hypothesis import given, strategies as st

from manycast.cache.freshness import Freshness
from manycast.edge.entry import Entry
from manycast.edge.keeping import packed, unpacked
from manycast.edge.layers import Loaded, Place


TIMES = st.floats(0, 1e9)
FRESHNESS = st.builds(
    Freshness,
    storable=st.booleans(),
    lifetime_s=TIMES,
    age_s=TIMES,
    always_revalidate=st.booleans(),
    stale_if_error_s=st.none() | TIMES,
    private=st.frozensets(st.binary(min_size=1, max_size=5), max_size=3),
)
FIELDS = ((b"content-type", b"text/html"), (b"etag", b'"1"'))


def loaded(entry: Entry, place: Place | None = None) -> Loaded:
    body = b"" if place is not None else b"".join(entry.body)
    return Loaded(packed(entry), entry.born, entry.expires, entry.length, body, place)


@given(FRESHNESS, st.binary(max_size=99), TIMES, st.booleans())
def test_what_comes_back_is_what_left(
    freshness: Freshness, body: bytes, born: float, soft: bool
) -> None:
    entry = Entry(b"/a#vx", 200, FIELDS, (body,), freshness, born)
    entry.purges_seen = 7
    if soft:
        entry.soften(born + 1)
    back = unpacked(b"/a#vx", loaded(entry))
    assert back is not None
    for name in ("key", "status", "head", "body", "length", "whole", "freshness", "born"):
        assert getattr(back, name) == getattr(entry, name)
    assert (back.expires, back.purges_seen, back.softened) == (entry.expires, 7, soft)
    assert back.fields() == FIELDS
    assert not back.used


def test_a_body_that_stays_on_the_disk_costs_no_memory() -> None:
    freshness = Freshness(storable=True, lifetime_s=9, age_s=0)
    entry = Entry(b"/a", 200, FIELDS, (bytes(50_000),), freshness, 0.0)
    place = Place(1, b"/a", 50_000, 53_248, 0.0, 9.0)
    back = unpacked(b"/a", loaded(entry, place))
    assert back is not None
    assert (back.length, back.body, back.place) == (50_000, (), place)
    assert back.size == entry.size - 50_000


def test_what_another_version_kept_is_not_used() -> None:
    for head in (b"", b"{}\nHTTP/1.1 200 OK\r\n", b"[1]\n", b'{"status": 200}\n'):
        assert unpacked(b"/a", Loaded(head, 0.0, 9.0, 0, b"")) is None
