import asyncio
from pathlib import Path

import pytest
from tests.runtime.edge.nodes import PATIENCE_S, Asking, Site, node, served, until

from manycast.runtime.edge.purging import JOURNAL
from manycast.runtime.http.exchange import Exchange


TOKEN = b"0123456789abcdef"
BEARER = ("Authorization", f"Bearer {TOKEN.decode()}")


async def becomes(edge: Asking, path: str, body: bytes) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while (await edge.get(path)).body != body:
            pass


async def settled(edge: Asking) -> None:
    """Until the node knows where its parent's journal stands."""
    async with asyncio.timeout(PATIENCE_S):
        while b"manycast_edge_purges_total 0" in (await edge.get("/metrics")).body:
            pass


async def test_a_purge_at_the_top_reaches_the_tier_below() -> None:
    site = Site(fields=((b"cache-control", b"max-age=900"), (b"cache-tag", b"red")))
    async with (
        served(site.application) as origin,
        node(origin, TOKEN) as top,
        node(top.parent, TOKEN) as below,
    ):
        await settled(below)
        assert (await below.get("/a")).body == b"0"
        for what in ("tag=red", "url=/a", "prefix=/"):
            site.edition += 1
            await top.get(f"/_manycast/purge?{what}", BEARER, method="POST")
            await becomes(below, "/a", b"%d" % site.edition)


async def test_a_purge_missed_while_away_is_applied_on_return(tmp_path: Path) -> None:
    site = Site()
    async with served(site.application) as origin, node(origin, TOKEN) as top:
        parent = top.parent
        async with node(parent, TOKEN, journal=tmp_path / "purges") as below:
            await settled(below)
            await until(lambda: '"parent"' in (tmp_path / "purges").read_text())
        before = (tmp_path / "purges").read_text()
        await top.get("/_manycast/purge?tag=missed", BEARER, method="POST")
        async with node(parent, TOKEN, journal=tmp_path / "purges"):
            await until(lambda: "missed" in (tmp_path / "purges").read_text())
    assert "missed" not in before


async def test_a_parent_that_lost_its_journal_makes_all_that_is_stored_stale() -> None:
    site = Site()
    held: list[Exchange] = []
    replies = [b'{"sequence": 5, "purges": []}', b'{"sequence": 1, "purges": null}']

    def application(exchange: Exchange) -> None:
        if not exchange.request.path.startswith("/_manycast/"):
            site.application(exchange)
        else:
            held.append(exchange)
            if len(held) == 1:
                exchange.send(200, JOURNAL, replies[0])

    async with served(application) as parent, node(parent, TOKEN) as edge:
        await settled(edge)
        assert (await edge.get("/a")).body == b"0"
        site.edition = 1
        assert (await edge.get("/a")).body == b"0"
        held[1].send(200, JOURNAL, replies[1])
        await becomes(edge, "/a", b"1")
        assert [one.request.query for one in held[:3]] == ["", "after=5", "after=1"][: len(held)]


async def test_a_server_of_another_kind_is_asked_once_and_not_told_the_token(
    caplog: pytest.LogCaptureFixture,
) -> None:
    asked: list[str] = []
    site = Site()

    def application(exchange: Exchange) -> None:
        asked.append(exchange.request.path)
        assert TOKEN not in (exchange.request.header(b"authorization") or b"")
        exchange.send(200, site.fields, b"<p>hello")

    caplog.set_level("INFO")
    async with served(application) as parent, node(parent, TOKEN) as edge:
        await until(lambda: "keeps no journal" in caplog.text)
        await edge.get("/a")
    assert asked == ["/_manycast/purges", "/a"]


async def test_nodes_without_the_same_token_say_so(caplog: pytest.LogCaptureFixture) -> None:
    site = Site()
    async with (
        served(site.application) as origin,
        node(origin, b"another token of top") as top,
        node(top.parent, TOKEN),
    ):
        await until(lambda: "the same guard.admin_token" in caplog.text)


async def test_a_parent_that_does_not_hold_the_question_is_not_asked_without_pause() -> None:
    asked: list[float] = []
    loop = asyncio.get_running_loop()

    def application(exchange: Exchange) -> None:
        asked.append(loop.time())
        exchange.send(200, JOURNAL, b'{"sequence": 5, "purges": []}')

    async with served(application) as parent, node(parent, TOKEN):
        await until(lambda: len(asked) == 3)
    assert asked[2] - asked[1] > 0.5


async def test_a_page_that_is_nested_too_deeply_is_no_end_of_the_node() -> None:
    site = Site()
    pages = [b"[" * 200_000, b'{"sequence": 5, "purges": []}']

    def application(exchange: Exchange) -> None:
        if exchange.request.path.startswith("/_manycast/"):
            exchange.send(200, JOURNAL, pages.pop(0) if len(pages) > 1 else pages[0])
        else:
            site.application(exchange)

    async with served(application) as parent, node(parent, TOKEN) as edge:
        await settled(edge)
        assert (await edge.get("/a")).body == b"0"
