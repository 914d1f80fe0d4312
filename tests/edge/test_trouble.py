from manycast.edge.commands import Ask
from manycast.edge.status import Why, forwarded
from manycast.edge.target import target
from manycast.edge.trouble import Trouble, not_fetched, refusal, say
from manycast.settings.cache import CacheSettings


def test_errors_of_this_node_say_how_they_came_about_and_are_not_kept() -> None:
    said = say((1,), Trouble.TIMEOUT.value, target("/a", ""), forwarded(Why.STALE))
    assert said.status == 504
    assert (b"cache-status", b"manycast; fwd=stale") in said.fields
    assert (b"cache-control", b"no-store") in said.fields
    assert (b"age", b"0") in said.fields


def test_ordinary_requests_are_not_refused() -> None:
    for method in ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "QUERY"):
        ask = Ask(method, b"/a", "/a", "", ())
        assert refusal(1, ask, target("/a", ""), b"me") is None


def test_who_wants_only_what_is_stored_is_told_so_where_that_is_obeyed() -> None:
    ask = Ask("GET", b"/a", "/a", "", ((b"cache-control", b"only-if-cached"),))
    assert not_fetched(1, ask, target("/a", ""), CacheSettings()) is None
    said = not_fetched(1, ask, target("/a", ""), CacheSettings(obey_requests=True))
    assert said is not None
    assert said.status == 504
