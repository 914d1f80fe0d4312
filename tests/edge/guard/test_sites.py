import pytest

from manycast.edge.guard.sites import Embedders, Hosts, Readers, amended
from manycast.std.http1 import Headers


SITE = (b"origin", b"https://a.example")
ASKS = (b"access-control-request-method", b"GET")


def test_named_sites_may_read_and_caches_are_told_that_it_depends() -> None:
    readers = Readers(["https://a.example/"], credentials=True)
    told = readers.fields((SITE,))
    assert (b"access-control-allow-origin", b"https://a.example") in told
    assert (b"access-control-allow-credentials", b"true") in told
    for other in ((), ((b"origin", b"https://b.example"),), ((b"origin", b"null"),)):
        assert readers.fields(other) == [(b"vary", b"origin")]


def test_all_may_read_without_telling_who_they_are() -> None:
    assert Readers(["*"], credentials=False).fields(())[0] == (b"access-control-allow-origin", b"*")


def test_a_browser_that_asks_first_is_told() -> None:
    readers = Readers(["https://a.example"], credentials=False)
    wants = (b"access-control-request-headers", b"x-a, range")
    told = readers.preflight("OPTIONS", (SITE, ASKS, wants))
    assert told is not None
    assert (b"access-control-allow-headers", b"x-a, range") in told
    assert readers.preflight("GET", (SITE, ASKS)) is None
    assert readers.preflight("OPTIONS", (SITE,)) is None
    assert readers.preflight("OPTIONS", (ASKS,)) is None


@pytest.mark.parametrize(
    ("headers", "admitted"),
    [
        ((), True), (((b"referer", b"https://a.example/x?y"),), True), ((SITE,), True),
        (((b"referer", b"http://www.b.example:80/"),), True), (((b"referer", b"http://b.example/"),), False),
        (((b"referer", b"http://evilb.example/"),), False), (((b"referer", b"http://a.example.evil/"),), False),
        (((b"referer", b"http://a.example@evil/"),), False), (((b"referer", b"http://[x/"),), False),
        (((b"origin", b"null"),), False), (((b"origin", b"http://evil"), (b"referer", b"http://a.example")), False),
    ],
)  # fmt: skip
def test_pages_of_other_hosts_embed_nothing(headers: Headers, admitted: bool) -> None:
    assert Embedders(["a.example", "*.b.example"], missing=True).admit(headers) is admitted
    assert Embedders(["a.example", "*.b.example"], missing=False).admit(headers) is (
        admitted and bool(headers)
    )


def test_the_rule_replaces_what_the_origin_said() -> None:
    start = b"HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\netag: x\r\n"
    assert amended(start, ((b"vary", b"origin"),)) == (
        b"HTTP/1.1 200 OK\r\netag: x\r\nvary: origin\r\n"
    )


@pytest.mark.parametrize(
    ("host", "admitted"),
    [
        (b"a.example", True), (b"A.Example:8000", True), (b"x.b.example", True), (b"b.example", False),
        (b"a.example.evil", False), (b"evil/a.example", False), (b"[::1", False), (b"a.example@evil", False),
    ],
)  # fmt: skip
def test_a_node_answers_for_named_hosts_only(host: bytes, admitted: bool) -> None:
    hosts = Hosts(["a.example", "*.b.example"])
    assert hosts.admit(((b"host", host),)) is admitted
    assert not hosts.admit(())
