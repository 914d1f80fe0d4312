from dataclasses import replace

import pytest
from hypothesis import given, strategies as st

from manycast.cache.freshness import Freshness
from manycast.cache.reuse import Use, asked, may_fetch, may_store, on_error, use
from manycast.settings.cache import CacheSettings


PLAIN = Freshness(storable=True, lifetime_s=10, age_s=0)
KIND = replace(PLAIN, stale_while_s=5, stale_if_error_s=20.0)
OBEYING = CacheSettings(obey_requests=True)


@pytest.mark.parametrize(
    ("freshness", "age_s", "found"),
    [
        (PLAIN, 9.9, Use.FRESH),
        (PLAIN, 10, Use.REVALIDATE),
        (KIND, 10, Use.STALE),
        (KIND, 15, Use.REVALIDATE),
        (replace(KIND, never_stale=True), 10, Use.REVALIDATE),
        (replace(KIND, always_revalidate=True), 0, Use.REVALIDATE),
    ],
)
def test_fresh_then_stale_then_asked_for_again(
    freshness: Freshness, age_s: float, found: Use
) -> None:
    assert use(freshness, age_s) is found


def test_an_error_is_bridged_for_as_long_as_the_reply_or_else_the_setting_says() -> None:
    settings = CacheSettings(stale_away_s=7)
    for away in (False, True):
        assert on_error(KIND, 29, settings, away=away)
        assert not on_error(KIND, 30, settings, away=away)
        assert not on_error(replace(KIND, never_stale=True), 11, settings, away=away)
        assert not on_error(replace(KIND, stale_if_error_s=0.0), 11, settings, away=away)
    assert on_error(PLAIN, 16, settings, away=True)
    assert not on_error(PLAIN, 17, settings, away=True)
    assert not on_error(PLAIN, 11, settings, away=False)


@pytest.mark.parametrize(
    ("wish", "age_s", "found"),
    [
        (b"no-cache", 0, Use.REVALIDATE),
        (b"max-age=3", 3, Use.FRESH),
        (b"max-age=3", 4, Use.REVALIDATE),
        (b"max-age=x", 1, Use.REVALIDATE),
        (b"min-fresh=5", 5, Use.FRESH),
        (b"min-fresh=5", 6, Use.REVALIDATE),
        (b"max-stale", 99, Use.STALE),
        (b"max-stale=5", 15, Use.STALE),
        (b"max-stale=5", 16, Use.REVALIDATE),
        (b"x", 5, Use.FRESH),
    ],
)
def test_a_request_is_obeyed_only_where_the_setting_says_so(
    wish: bytes, age_s: float, found: Use
) -> None:
    headers = [(b"cache-control", wish)]
    assert asked(headers, PLAIN, age_s, OBEYING) is found
    assert asked(headers, PLAIN, age_s, CacheSettings()) is use(PLAIN, age_s)


def test_a_reload_spares_what_is_immutable() -> None:
    fixed = replace(PLAIN, immutable=True)
    assert asked([(b"cache-control", b"max-age=0")], fixed, 5, OBEYING) is Use.FRESH
    assert asked([(b"cache-control", b"max-age=0")], fixed, 11, OBEYING) is Use.REVALIDATE
    assert asked([(b"cache-control", b"no-cache")], fixed, 5, OBEYING) is Use.REVALIDATE


def test_pragma_counts_without_cache_control() -> None:
    pragma = (b"pragma", b"no-cache")
    assert asked([pragma], PLAIN, 0, OBEYING) is Use.REVALIDATE
    assert asked([pragma, (b"cache-control", b"max-age=9")], PLAIN, 0, OBEYING) is Use.FRESH


def test_max_stale_never_overrides_the_origin() -> None:
    firm = replace(PLAIN, never_stale=True)
    assert asked([(b"cache-control", b"max-stale")], firm, 11, OBEYING) is Use.REVALIDATE


def test_keeping_and_fetching_may_be_forbidden() -> None:
    headers = [(b"cache-control", b"no-store, only-if-cached")]
    assert not may_store(headers, OBEYING)
    assert not may_fetch(headers, OBEYING)
    assert may_store(headers, CacheSettings())
    assert may_fetch(headers, CacheSettings())


SECONDS = st.floats(0, 100)
ORDER = [Use.FRESH, Use.STALE, Use.REVALIDATE]


@given(
    st.builds(replace, st.just(PLAIN), lifetime_s=SECONDS, stale_while_s=SECONDS), SECONDS, SECONDS
)
def test_a_reply_never_gets_fresher_with_age(freshness: Freshness, one: float, more: float) -> None:
    assert ORDER.index(use(freshness, one)) <= ORDER.index(use(freshness, one + more))
