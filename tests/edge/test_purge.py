import pytest
from hypothesis import given, strategies as st

from manycast.edge.purge import (
    EVERYTHING,
    TAGS_MAX,
    Journal,
    Kind,
    Purge,
    Verdict,
    purge_prefix,
    purge_url,
    tags_of,
)


KEYS = st.sampled_from([b"/a", b"/a/b", b"/a/b?c=1", b"/d", b"h/a", b"h/a/b", b"i/d"])
TAGS = st.frozensets(st.sampled_from([b"red", b"green"]))
PURGES = st.one_of(
    st.builds(Purge, st.just(Kind.URL), KEYS, st.booleans()),
    st.builds(Purge, st.just(Kind.PREFIX), st.sampled_from([b"", b"/", b"/a", b"h/a/"]), st.booleans()),
    st.builds(Purge, st.just(Kind.TAG), st.sampled_from([b"red", b"green"]), st.booleans()),
)  # fmt: skip


def covers(purge: Purge, key: bytes, tags: frozenset[bytes]) -> bool:
    names = {key, key[key.index(b"/") :]}
    match purge.kind:
        case Kind.URL:
            return purge.value in names
        case Kind.PREFIX:
            return any(name.startswith(purge.value) for name in names)
        case Kind.TAG:
            return purge.value in tags


@given(st.lists(PURGES, max_size=12), st.integers(0, 12), KEYS, TAGS)
def test_a_reply_is_judged_by_the_purges_that_cover_it_and_came_after_it_began(
    purges: list[Purge], since: int, key: bytes, tags: frozenset[bytes]
) -> None:
    journal = Journal(0, 100)
    for purge in purges:
        journal.add(purge)
    softs = [p.soft for p in purges[since:] if covers(p, key, tags)]
    wanted = Verdict.KEEP if not softs else Verdict.STALE if all(softs) else Verdict.GONE
    assert journal.judge(key, since, lambda: tags) is wanted


@given(st.lists(PURGES, max_size=20), st.integers(1, 5), st.integers(0, 20), KEYS, TAGS)
def test_a_journal_that_is_full_never_lets_a_purged_reply_count_as_fresh(
    purges: list[Purge], limit: int, since: int, key: bytes, tags: frozenset[bytes]
) -> None:
    journal = Journal(0, limit)
    for purge in purges:
        journal.add(purge)
    assert len(journal) <= limit
    if any(covers(p, key, tags) for p in purges[since:]):
        assert journal.judge(key, since, lambda: tags) is not Verdict.KEEP


@given(st.lists(PURGES, max_size=20), st.integers(1, 30), st.integers(1, 3))
def test_who_reads_page_by_page_misses_no_purge(purges: list[Purge], limit: int, page: int) -> None:
    top, below = Journal(1_000, limit), Journal(5, 100)
    seen = 1_000
    for purge in purges:
        top.add(purge)
    news = top.after(seen, page)
    while news:
        for at, purge in news:
            below.add(purge)
            seen = at
        news = top.after(seen, page)
    if news is None:
        below.add(EVERYTHING)
    for key in (b"/a", b"h/a/b"):
        theirs = top.judge(key, 1_000, lambda: {b"red"})
        assert (below.judge(key, 5, lambda: {b"red"}) > Verdict.KEEP) >= (theirs > Verdict.KEEP)


def test_a_storm_of_the_same_purge_takes_one_place() -> None:
    journal = Journal(0, 10)
    for _ in range(1_000):
        journal.add(Purge(Kind.TAG, b"red", soft=False))
    assert (len(journal), journal.sequence, journal.floor) == (1, 1_000, 0)


def test_a_number_of_another_journal_is_noticed() -> None:
    journal = Journal(100, 10)
    journal.add(EVERYTHING)
    assert journal.after(99, 10) is None
    assert journal.after(100, 10) == [(101, EVERYTHING)]
    assert journal.after(101, 10) == []
    assert journal.after(102, 10) is None


def test_a_journal_goes_on_from_a_file() -> None:
    journal = Journal(100, 10)
    journal.add(Purge(Kind.URL, b"/a", soft=False), 120)
    assert journal.after(100, 10) == [(120, Purge(Kind.URL, b"/a", soft=False))]
    assert journal.judge(b"/a", 119, tuple) is Verdict.GONE
    assert journal.judge(b"/a", 120, tuple) is Verdict.KEEP


def test_before_its_tags_are_known_a_reply_may_be_covered_by_any_tag() -> None:
    journal = Journal(0, 10)
    journal.add(Purge(Kind.TAG, b"red", soft=False))
    assert journal.may_cover(b"/a", 0)
    assert not journal.may_cover(b"/a", 1)
    journal.add(Purge(Kind.URL, b"/b", soft=True))
    assert not journal.may_cover(b"/a", 1)
    assert journal.may_cover(b"/b", 1)


def test_tags_are_read_from_both_fields_and_too_many_count_as_all() -> None:
    fields = [(b"surrogate-key", b"a  b"), (b"cache-tag", b"c d, e,,"), (b"etag", b"x")]
    assert tags_of(fields) == {b"a", b"b", b"c d", b"e"}
    many = b" ".join(b"%d" % number for number in range(TAGS_MAX + 1))
    assert tags_of([(b"surrogate-key", many)]) is None
    journal = Journal(0, 10)
    journal.add(Purge(Kind.TAG, b"red", soft=True))
    assert journal.judge(b"/a", 0, lambda: None) is Verdict.GONE


def test_addresses_are_named_as_requests_are() -> None:
    live = purge_url("http://H:80/live/s/index.m3u8?token=1&_HLS_msn=2", soft=False, hosted=False)
    assert live == Purge(Kind.URL, b"/live/s/index.m3u8?_HLS_msn=2", soft=False)
    assert purge_url("http://H", soft=True, hosted=True) == Purge(Kind.URL, b"h/", soft=True)
    assert purge_prefix("/a?b", soft=True, hosted=True) == Purge(Kind.PREFIX, b"/a?b", soft=True)
    assert purge_prefix("/a?b=http://c", soft=False, hosted=False).value == b"/a?b=http://c"
    assert purge_prefix("", soft=True, hosted=False) == EVERYTHING


@pytest.mark.parametrize("text", ["a", "ftp://h/a", "/a b", "/ä", "/a\r\nx: y", "h/a"])
def test_what_no_request_asks_for_is_refused(text: str) -> None:
    for purge in (purge_url, purge_prefix):
        with pytest.raises(ValueError, match=r"an address|a path|encode"):
            purge(text, soft=False, hosted=False)


def test_an_empty_address_is_no_mistake_that_purges_all() -> None:
    with pytest.raises(ValueError, match="empty"):
        purge_url("", soft=False, hosted=False)
