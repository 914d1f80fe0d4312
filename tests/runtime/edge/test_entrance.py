from dataclasses import replace

from tests.runtime.edge.nodes import Site, node, served

from manycast.edge.guard.tokens import Permission, sign
from manycast.runtime import clock
from manycast.settings.guard import GuardSettings


KEY = b"k" * 32
NONE = GuardSettings()


async def test_signed_urls_share_one_object_and_no_token_reaches_the_origin() -> None:
    site = Site()
    rules = replace(NONE, signed=("/",), key_file="x")
    expires_s = clock.wall_ms() // 1_000 + 60
    tokens = [sign(Permission("/a", expires_s + more), KEY) for more in range(3)]
    async with (
        served(site.application) as origin,
        node(origin, guard=rules, keys=(KEY,)) as edge,
    ):
        assert (await edge.get("/healthz")).status == 200
        assert (await edge.get("/a")).status == 401
        assert (await edge.get("/b?token=" + tokens[0])).status == 403
        for token in tokens:
            assert (await edge.get("/a?token=" + token)).body == b"0"
            assert (await edge.get("/a", ("Cookie", "token=" + token))).body == b"0"
        assert (await edge.get("/a")).status == 401
    assert [one.request.target for one in site.asked] == [b"/a"]


async def test_a_rate_holds_on_the_fast_path() -> None:
    site = Site()
    rules = replace(NONE, requests_per_s=0.01, requests_burst=5)
    async with served(site.application) as origin, node(origin, guard=rules) as edge:
        got = [await edge.get("/a") for _ in range(8)]
        assert [one.status for one in got] == [200] * 5 + [429] * 3
        assert int(got[-1].field(b"retry-after") or 0) > 1
        metrics = (await edge.get("/metrics")).body
    assert b"manycast_edge_limited_total 3" in metrics


async def test_cross_origin_rules_hold_on_stored_replies_for_each_viewer() -> None:
    site = Site(fields=((b"cache-control", b"max-age=9"), (b"access-control-allow-origin", b"*")))
    rules = replace(NONE, cors_origins=("https://a.example",))
    name = b"access-control-allow-origin"
    async with served(site.application) as origin, node(origin, guard=rules) as edge:
        for _ in range(3):
            got = await edge.get("/a", ("Origin", "https://a.example"))
            assert got.field(name) == b"https://a.example"
            assert (await edge.get("/a", ("Origin", "https://b.example"))).field(name) is None
            assert (await edge.get("/a")).field(b"vary") == b"origin"
    assert len(site.asked) == 1


async def test_an_address_has_so_many_connections() -> None:
    site = Site()
    rules = replace(NONE, connections_per_address=1)
    async with served(site.application) as origin, node(origin, guard=rules) as edge:
        assert (await edge.get("/a")).status == 200
        async with node(edge.parent) as second:
            assert (await second.get("/b")).status == 429
        assert (await edge.get("/a")).status == 200


async def test_rules_on_fields_hold_on_the_fast_path_and_keep_it() -> None:
    site = Site()
    rules = replace(NONE, hosts=("127.0.0.1",), referers=("a.example",))
    async with served(site.application) as origin, node(origin, guard=rules) as edge:
        for _ in range(3):
            assert (await edge.get("/a", ("Referer", "http://a.example/"))).status == 200
            assert (await edge.get("/a", ("Referer", "http://b.example/"))).status == 403
            assert (await edge.get("/a", ("Origin", "null"))).status == 403
    rules = replace(NONE, hosts=("other.example",))
    async with served(site.application) as origin, node(origin, guard=rules) as edge:
        assert (await edge.get("/a")).status == 421
        assert (await edge.get("/healthz")).status == 200
