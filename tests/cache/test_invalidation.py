import pytest
from hypothesis import given, strategies as st

from manycast.cache.invalidation import outdated
from manycast.std.http1 import Fields


def of(method: str, status: int = 200, headers: Fields = ()) -> list[str]:
    return outdated(method, "/a/b?c", "Example.org:80", status, headers)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "M-SEARCH"])
def test_an_unsafe_or_unknown_method_that_succeeds_outdates_its_target(method: str) -> None:
    assert of(method) == of(method, 303) == ["/a/b?c"]
    assert of(method, 404) == of(method, 500) == []


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "TRACE"])
def test_a_safe_method_outdates_nothing(method: str) -> None:
    assert of(method, 200, [(b"location", b"/x")]) == []


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (b"/x", "/x"),
        (b"x?y#z", "/a/x?y"),
        (b"http://example.org:80/x", "/x"),
        (b"https://EXAMPLE.org:80", "/"),
        (b"//example.org:80/x", "/x"),
        (b"http://example.com/x", None),
        (b"http://example.org:81/x", None),
        (b"//evil/x", None),
        (b"javascript:1", None),
        (b"http://[/", None),
        (b"?q", "/a/b?q"),
    ],
)
def test_what_a_reply_names_goes_too_when_it_is_of_this_origin(
    value: bytes, found: str | None
) -> None:
    wanted = ["/a/b?c"] + ([] if found is None else [found])
    assert of("POST", 201, [(b"location", value)]) == wanted
    assert of("POST", 201, [(b"content-location", value)]) == wanted


@given(st.binary(max_size=40))
def test_any_value_is_read(value: bytes) -> None:
    assert of("POST", 200, [(b"location", value)])[0] == "/a/b?c"
