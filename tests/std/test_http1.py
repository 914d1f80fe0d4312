from manycast.std.http1 import field, head, http_date, lines


def test_a_head_is_a_status_line_and_fields_without_the_blank_line() -> None:
    assert head(200, ((b"a", b"b"),)) == b"HTTP/1.1 200 OK\r\na: b\r\n"
    assert head(599, ()) == b"HTTP/1.1 599 Unknown\r\n"
    assert lines(((b"a", b"b"), (b"c", b""))) == b"a: b\r\nc: \r\n"


def test_repeated_fields_read_as_one_list() -> None:
    assert field(((b"a", b"1"), (b"b", b"2"), (b"a", b"3")), b"a") == b"1, 3"
    assert field((), b"a") is None


def test_dates_are_imf_fixdates() -> None:
    assert http_date(784111777) == b"Sun, 06 Nov 1994 08:49:37 GMT"
