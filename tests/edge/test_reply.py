from hypothesis import given, strategies as st

from manycast.cache.freshness import Freshness
from manycast.edge.commands import Ask
from manycast.edge.entry import Entry
from manycast.edge.reply import Answer, answer
from manycast.settings.cache import CacheSettings


FIELDS = ((b"content-type", b"text/plain"), (b"etag", b'"v1"'), (b"date", b"x"))
LASTING = Freshness(storable=True, lifetime_s=100.0, age_s=0.0)
CHUNKS = (b"0123", b"45", b"6789")


def reply(*headers: tuple[bytes, bytes], method: str = "GET", status: int = 200) -> Answer:
    entry = Entry(b"/a", status, FIELDS, CHUNKS, LASTING, 0.0)
    ask = Ask(method, b"/a", "/a", "", headers)
    return answer(ask, entry, b"hit", 1.0, CacheSettings(), b"edge")


def told(made: Answer) -> tuple[bytes, bytes]:
    return made.start[9:12], b"".join(made.body)


def test_who_has_it_already_is_told_so() -> None:
    made = reply((b"if-none-match", b'"v0", W/"v1"'))
    assert told(made) == (b"304", b"")
    assert b'etag: "v1"\r\n' in made.start
    assert b"content-type" not in made.start
    assert told(reply((b"if-none-match", b'"v2"'))) == (b"200", b"0123456789")


@given(st.integers(0, 12), st.integers(0, 12))
def test_the_bytes_of_a_range_are_those_of_the_object(first: int, last: int) -> None:
    made = reply((b"range", b"bytes=%d-%d" % (first, last)))
    if last < first:
        assert told(made) == (b"200", b"0123456789")
    elif first > 9:
        assert told(made) == (b"416", b"")
        assert b"content-range: bytes */10\r\n" in made.start
    else:
        assert told(made) == (b"206", b"0123456789"[first : last + 1])
        assert b"content-range: bytes %d-%d/10\r\n" % (first, min(last, 9)) in made.start


def test_several_ranges_come_in_parts_whose_length_is_told() -> None:
    made = reply((b"range", b"bytes=0-1,-2"))
    body = b"".join(made.body)
    assert b"content-type: multipart/byteranges; boundary=edge\r\n" in made.start
    assert b"content-length: %d\r\n" % len(body) in made.start
    assert body == (
        b"\r\n--edge\r\ncontent-type: text/plain\r\ncontent-range: bytes 0-1/10\r\n\r\n01"
        b"\r\n--edge\r\ncontent-type: text/plain\r\ncontent-range: bytes 8-9/10\r\n\r\n89"
        b"\r\n--edge--\r\n"
    )


def test_a_range_is_ignored_when_its_condition_fails_and_with_head_and_errors() -> None:
    wanted = (b"range", b"bytes=0-1")
    assert told(reply(wanted, (b"if-range", b'"v1"')))[0] == b"206"
    assert told(reply(wanted, (b"if-range", b'"v0"')))[0] == b"200"
    assert told(reply(wanted, method="HEAD"))[0] == b"200"
    assert told(reply(wanted, status=404))[0] == b"404"
