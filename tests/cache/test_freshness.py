from dataclasses import replace

import pytest
from hypothesis import given, strategies as st

from manycast.cache.freshness import Freshness, Received, assess, stored_fields
from manycast.settings.cache import CacheSettings
from manycast.std.http1 import http_date


NOW = 1_000_000_000
SETTINGS = CacheSettings()
REPLY = Received("GET", (), 200, (), NOW, NOW)


def judged(*fields: tuple[bytes, bytes], status: int = 200, asked: bytes = b"") -> Freshness:
    request = ((asked, b"x"),) if asked else ()
    reply = replace(REPLY, status=status, headers=((b"date", http_date(NOW)), *fields))
    return assess(replace(reply, asked=request), SETTINGS)


def left(*fields: tuple[bytes, bytes], status: int = 200, asked: bytes = b"") -> float:
    """Seconds for which the reply may be reused unasked; 0 when not at all."""
    found = judged(*fields, status=status, asked=asked)
    return found.lifetime_s - found.age_s if found.reusable else 0.0


@pytest.mark.parametrize(
    ("control", "seconds"),
    [
        (b"max-age=12", 12),
        (b"MAX-AGE=12", 12),
        (b"public, max-age=3600, immutable", 3600),
        (b'max-age="12"', 12),
        (b"max-age=5, s-maxage=9", 9),
        (b"s-maxage=0, max-age=9", 0),
        (b"max-age=1, max-age=100", 0),
        (b"max-age=9, max-age=9", 9),
        (b"max-age=0", 0),
        (b"max-age=-1", 0),
        (b"max-age=1.5", 0),
        (b"max-age=soon", 0),
        (b"max-age", 0),
        (b"max-age=99999999999999999999999", SETTINGS.lifetime_s_max),
        (b"max-age=9, no-store", 0),
        (b"max-age=9, private", 0),
        (b'private="x-mine", max-age=9', 9),
        (b"no-cache, max-age=9", 0),
        (b'x="no-store, max-age=1", max-age=9', 9),
        (b"max-age=9, no-store, must-understand", 9),
        (b"immutable", 0),
        (b",, ,max-age=3,", 3),
        (b"", 0),
    ],
)
def test_cache_control_says_how_long(control: bytes, seconds: float) -> None:
    assert left((b"cache-control", control)) == seconds


def test_a_site_that_says_nothing_may_be_given_a_lifetime_and_every_lifetime_an_end() -> None:
    settings = replace(SETTINGS, default_s=60, lifetime_s_max=600)

    def fresh_s(*headers: tuple[bytes, bytes], asked: bytes = b"x") -> float:
        found = assess(replace(REPLY, headers=headers, asked=((asked, b"x"),)), settings)
        return found.lifetime_s if found.reusable else 0.0

    assert fresh_s() == 60
    assert fresh_s((b"cache-control", b"max-age=9")) == 9
    assert fresh_s((b"cache-control", b"max-age=9999")) == 600
    assert fresh_s((b"cache-control", b"private")) == 0
    assert fresh_s((b"cache-control", b"public")) == 60
    assert fresh_s((b"cache-control", b"no-store")) == 0
    assert fresh_s((b"set-cookie", b"a=b")) == 0
    assert fresh_s(asked=b"cookie") == 0
    assert fresh_s(asked=b"authorization") == 0


def test_expires_counts_from_the_replys_own_date_when_nothing_else_speaks() -> None:
    soon, past = (b"expires", http_date(NOW + 9)), (b"expires", http_date(NOW - 9))
    assert left(soon) == 9
    assert left(past) == 0
    assert left((b"expires", b"0")) == 0
    assert left(soon, soon) == 9
    assert left(soon, (b"expires", http_date(NOW + 99))) == 0
    assert left(past, (b"cache-control", b"max-age=5")) == 5
    assert left(soon, (b"cache-control", b"max-age=0")) == 0


def test_a_targeted_field_silences_the_others() -> None:
    others = ((b"cache-control", b"no-store"), (b"expires", http_date(NOW + 99)))
    assert left(*others, (b"cdn-cache-control", b"max-age=9")) == 9
    assert left(*others, (b"cdn-cache-control", b"max-age=x y")) == 0
    assert left((b"cache-control", b"max-age=9"), (b"cdn-cache-control", b"no-store")) == 0
    assert left((b"expires", http_date(NOW + 9)), (b"cdn-cache-control", b"public")) == 0


@pytest.mark.parametrize(
    ("age", "left_s"),
    [
        (b"3", 7),
        (b"10", 0),
        (b"11", 0),
        (b"0", 10),
        (b"x", 10),
        (b"-1", 10),
        (b"3, 9", 7),
        (b"3.5", 10),
        (b"3;a=b", 10),
        (b'"3"', 10),
        (b"9" * 30, 0),
    ],
)
def test_the_age_of_caches_before_us_counts(age: bytes, left_s: float) -> None:
    assert left((b"cache-control", b"max-age=10"), (b"age", age)) == left_s


def test_age_is_the_larger_of_what_is_told_and_what_the_clocks_say() -> None:
    reply = replace(REPLY, requested_s=NOW + 5, answered_s=NOW + 7)
    headers = ((b"date", http_date(NOW)), (b"age", b"3"))
    assert assess(replace(reply, headers=headers), SETTINGS).age_s == 7
    assert assess(replace(reply, headers=headers[1:]), SETTINGS).age_s == 5
    slow = ((b"date", http_date(NOW + 3)),)
    assert assess(replace(reply, headers=slow), SETTINGS).age_s == 2
    assert assess(replace(reply, headers=slow), CacheSettings(clock_skew_s=0)).age_s == 4
    ahead = ((b"date", http_date(NOW + 99)),)
    assert assess(replace(reply, headers=ahead), SETTINGS).age_s == 2


def test_a_guess_needs_last_modified_and_nobodys_cookie() -> None:
    old, fresh = http_date(NOW - 10**7), http_date(NOW - 100)
    assert left((b"last-modified", old)) == SETTINGS.heuristic_s_max
    assert left((b"last-modified", fresh)) == 10
    assert left((b"last-modified", fresh), asked=b"cookie") == 0
    assert left((b"last-modified", b"x")) == 0
    assert left((b"last-modified", fresh), status=500) == 0
    assert left((b"last-modified", fresh), (b"cache-control", b"public"), status=500) == 10


def test_a_404_without_a_word_is_remembered_for_a_moment() -> None:
    assert left(status=404) == SETTINGS.missing_s
    assert left((b"cache-control", b"no-store"), status=404) == 0
    assert left(status=200) == left(status=410) == 0


def test_any_final_status_with_a_lifetime_is_stored_but_not_parts_and_errors_without() -> None:
    control = (b"cache-control", b"max-age=10")
    statuses = (103, 200, 206, 302, 304, 404, 418, 500, 503, 599)
    assert [s for s in statuses if left(control, status=s)] == [200, 302, 404, 418, 500, 503, 599]
    must = (b"cache-control", b"max-age=10, must-understand")
    assert [s for s in statuses if left(must, status=s)] == [200, 302, 404]


@pytest.mark.parametrize(
    ("control", "seconds"),
    [
        (b"max-age=9", 0),
        (b"public, max-age=9", 9),
        (b"s-maxage=9", 9),
        (b"max-age=9, must-revalidate", 9),
        (b"max-age=9, proxy-revalidate", 0),
    ],
)
def test_what_credentials_got_is_for_all_only_when_said(control: bytes, seconds: float) -> None:
    assert left((b"cache-control", control), asked=b"authorization") == seconds


@pytest.mark.parametrize(
    ("control", "seconds"),
    [
        (b"max-age=9", 0),
        (b"public, max-age=9", 9),
        (b's-maxage=9, no-cache="set-cookie"', 9),
        (b'max-age=9, private="Set-Cookie"', 9),
    ],
)
def test_a_cookie_that_is_set_is_for_all_only_when_said(control: bytes, seconds: float) -> None:
    assert left((b"cache-control", control), (b"set-cookie", b"a=b")) == seconds


def test_a_setting_lets_cookies_be_stored_with_an_explicit_lifetime() -> None:
    lenient = CacheSettings(store_cookies=True)
    cookie, kept = (b"set-cookie", b"a=b"), (b"cache-control", b"max-age=9")
    reply = replace(REPLY, headers=(cookie, kept))
    assert assess(reply, lenient).reusable
    assert not assess(replace(reply, headers=(cookie,), status=404), lenient).storable


def test_what_can_be_renewed_is_stored_even_when_it_is_stale() -> None:
    stale = (b"cache-control", b"no-cache")
    assert not judged(stale).storable
    assert judged(stale, (b"etag", b'"a"')).storable
    assert judged(stale, (b"last-modified", http_date(NOW))).storable
    assert judged((b"cache-control", b"max-age=0, stale-while-revalidate=9")).storable
    assert not judged((b"etag", b'"a"'), asked=b"cookie").storable


def test_stale_use_is_read() -> None:
    found = judged((b"cache-control", b"max-age=1, stale-while-revalidate=5, stale-if-error=7"))
    assert (found.stale_while_s, found.stale_if_error_s, found.never_stale) == (5, 7, False)
    for firm in (b"must-revalidate", b"proxy-revalidate", b"s-maxage=9", b"no-cache"):
        assert judged((b"cache-control", firm)).never_stale
    assert judged((b"cache-control", b"max-age=1, immutable")).immutable


@pytest.mark.parametrize(
    ("control", "while_s", "error_s", "never"),
    [
        (b"s-maxage=1", 0, 0, True),
        (b"s-maxage=1, stale-while-revalidate=9", 9, 0, False),
        (b"s-maxage=1, stale-if-error=9", 0, 9, False),
        (b"s-maxage=1, must-revalidate, stale-if-error=9", 0, 9, True),
        (b"max-age=1", 0, None, False),
        (b"max-age=1, stale-if-error=x", 0, 0, False),
    ],
)
def test_s_maxage_forbids_stale_use_but_what_stands_beside_it(
    control: bytes, while_s: float, error_s: float | None, never: bool
) -> None:
    found = judged((b"cache-control", control))
    assert (found.stale_while_s, found.stale_if_error_s, found.never_stale) == (
        while_s,
        error_s,
        never,
    )


CONTROLS = st.sampled_from([b"no-store", b"max-age=9", b"private", b"public", b"s-maxage=0", b'"'])


@given(CONTROLS, st.integers(-99, 99))
def test_a_valid_targeted_field_makes_the_others_mute(control: bytes, expires: int) -> None:
    targeted = (b"cdn-cache-control", b"max-age=7")
    others = ((b"cache-control", control), (b"expires", http_date(NOW + expires)))
    assert judged(targeted, *others) == judged(targeted)


@given(CONTROLS, CONTROLS, st.sampled_from([200, 206, 304, 404, 500]))
def test_what_is_reusable_is_storable(one: bytes, other: bytes, status: int) -> None:
    found = judged((b"cache-control", one), (b"cache-control", other), status=status)
    assert found.storable or not found.reusable


def test_private_fields_are_left_out_of_the_copy() -> None:
    fields = ((b"cache-control", b'max-age=9, private="X-Mine", no-cache="set-cookie"'),)
    found = judged(*fields, (b"set-cookie", b"a=b"))
    headers = (*fields, (b"set-cookie", b"a=b"), (b"x-mine", b"1"), (b"x", b"2"))
    assert stored_fields(headers, found) == (*fields, (b"x", b"2"))
    assert stored_fields(headers, judged()) == headers


@given(st.binary(max_size=60), st.binary(max_size=30))
def test_any_value_is_judged(value: bytes, other: bytes) -> None:
    names = (b"cache-control", b"age", b"cdn-cache-control", b"last-modified")
    found = judged(*[(name, value) for name in names], (b"expires", other))
    assert found.lifetime_s >= 0
    assert found.age_s >= 0


@given(st.integers(0, 10**6), st.integers(0, 10**4), st.integers(0, 10**4))
def test_age_grows_with_what_is_told_and_with_delay(told: int, delay: int, more: int) -> None:
    def age(told: int, delay: int) -> float:
        headers = ((b"age", b"%d" % told),)
        return assess(replace(REPLY, headers=headers, answered_s=NOW + delay), SETTINGS).age_s

    assert age(told, delay) == told + delay
    assert age(told + more, delay) >= age(told, delay) <= age(told, delay + more)
