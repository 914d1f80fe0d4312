from manycast.cache.freshness import Freshness
from manycast.edge.entry import Entry, shared


LASTING = Freshness(storable=True, lifetime_s=100.0, age_s=0.0)


def entry(size: int = 10) -> Entry:
    return Entry(b"/a", 200, ((b"a", b"b: c"), (b"d", b"")), (bytes(size),), LASTING, 0.0)


def test_a_hit_is_a_whole_reply_whose_age_moves() -> None:
    for size in (10, 20_000):
        one = entry(size)
        first = b"".join(one.ready(3.5))
        assert first.startswith(b"HTTP/1.1 200 OK\r\na: b: c\r\nd: \r\n")
        assert b"cache-status: manycast; hit; ttl=97\r\nage: 3\r\n" in first
        assert first.endswith(b"content-length: %d\r\n\r\n" % size + bytes(size))
        assert b"ttl=96\r\nage: 4\r\n" in b"".join(one.ready(4.0))


def test_large_bodies_are_written_and_not_copied() -> None:
    one = entry(20_000)
    assert one.ready(0)[1] is one.body[0]


def test_the_fields_come_back_out_of_the_head() -> None:
    assert entry().fields() == ((b"a", b"b: c"), (b"d", b""))


def test_equal_lifetimes_are_one_object() -> None:
    other = Freshness(storable=True, lifetime_s=100.0, age_s=0.0)
    assert shared(other) is entry().freshness


def test_a_soft_purge_ends_the_lifetime_and_nothing_else() -> None:
    one = entry()
    one.soften(4.0)
    assert (one.expires, one.softened, one.length) == (4.0, True, 10)
    assert Entry(b"/a#v", 200, (), (), LASTING, 0).primary == b"/a"
