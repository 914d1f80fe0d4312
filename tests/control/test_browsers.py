import pytest
from hypothesis import given, strategies as st

from manycast.control.browsers import cookie_name, csrf_token, foreign, proves


@given(st.text(min_size=1), st.text())
def test_only_the_token_of_this_cookie_proves_anything(cookie: str, other: str) -> None:
    assert proves(cookie, csrf_token(cookie))
    assert not proves(cookie, other)
    assert csrf_token(cookie) != csrf_token(cookie + "x")


@pytest.mark.parametrize(
    ("origin", "fetch_site", "public_url", "expected"),
    [
        (None, None, "", False),
        ("http://room.example:8080", "same-origin", "", False),
        ("http://Room.Example:8080", None, "", False),
        (None, "none", "", False),
        ("http://evil.example", "cross-site", "", True),
        ("http://evil.example", None, "", True),
        ("http://room.example:8080", "cross-site", "", True),
        ("http://room.example:8000", "same-site", "", True),
        ("http://room.example:8000", None, "", True),
        ("null", None, "", True),
        ("", None, "", True),
        (None, "cross-site", "", True),
        ("https://tv.example.org", "same-origin", "https://tv.example.org/", False),
        ("https://tv.example.org", "same-origin", "", True),
    ],
)
def test_what_other_pages_send_is_told_apart(
    origin: str | None, fetch_site: str | None, public_url: str, expected: bool
) -> None:
    assert foreign(origin, fetch_site, "room.example:8080", public_url) is expected


def test_a_secure_cookie_belongs_to_one_host() -> None:
    assert cookie_name("manycast_session", secure=True) == "__Host-manycast_session"
    assert cookie_name("manycast_session", secure=False) == "manycast_session"
