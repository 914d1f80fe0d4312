from manycast.edge.status import Why, cache_status, forwarded, hit, own_fields


def test_a_reply_says_in_the_words_of_rfc_9211_how_it_came_about() -> None:
    assert hit(12) == b"hit; ttl=12"
    assert forwarded(Why.URI_MISS, stored=True) == b"fwd=uri-miss; stored"
    assert forwarded(Why.STALE, status=304) == b"fwd=stale; fwd-status=304"
    assert forwarded(Why.VARY_MISS, collapsed=True) == b"fwd=vary-miss; collapsed"
    assert cache_status(b"hit") == (b"cache-status", b"manycast; hit")
    assert own_fields(b"", 3) == ((b"cache-status", b"manycast"), (b"age", b"3"))
