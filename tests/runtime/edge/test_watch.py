import json
from pathlib import Path

from tests.runtime.edge.nodes import Site, node, served

from manycast.settings.guard import GuardSettings
from manycast.settings.log import LogSettings


async def test_every_request_is_logged_with_where_its_reply_came_from(tmp_path: Path) -> None:
    path = tmp_path / "log"
    async with (
        served(Site().application) as origin,
        node(origin, log=LogSettings(file=str(path))) as edge,
    ):
        for _ in range(3):
            await edge.get("/a?b", ("User-Agent", "x\ty"), ("Referer", "http://é/"))
        await edge.get("/a", method="POST", body=b"1")
    told = [json.loads(line) for line in path.read_text().splitlines()]
    assert [one["layer"] for one in told] == ["parent", "memory", "memory", "parent"]
    assert {one["status"] for one in told} == {200}
    assert told[0] | {"at_ms": 0, "first_byte_s": 0, "host": ""} == {
        "at_ms": 0, "client": "127.0.0.1", "method": "GET", "target": "/a?b", "host": "", "status": 200,
        "bytes": 1, "layer": "parent", "first_byte_s": 0, "referer": "http://é/".encode().decode("latin-1"),
        "agent": "x\ty", "weight": 1,
    }  # fmt: skip


async def test_a_sample_is_one_in_so_many_also_on_the_fast_path(tmp_path: Path) -> None:
    path = tmp_path / "log"
    async with (
        served(Site().application) as origin,
        node(origin, log=LogSettings(file=str(path), one_in=10)) as edge,
    ):
        for number in range(100):
            await edge.get(f"/{number % 2}")
    told = [json.loads(line) for line in path.read_text().splitlines()]
    assert len(told) == 10
    assert {one["weight"] for one in told} == {10}


async def test_refusals_are_logged_without_the_token_that_came_with_them(tmp_path: Path) -> None:
    path = tmp_path / "log"
    guard = GuardSettings(signed=("/",), key_file="x")
    async with (
        served(Site().application) as origin,
        node(origin, log=LogSettings(file=str(path)), guard=guard, keys=(b"k" * 32,)) as edge,
    ):
        assert (await edge.get("/a?token=secret")).status == 403
        metrics = (await edge.get("/metrics")).body
    told = json.loads(path.read_text())
    assert (told["status"], told["layer"], told["target"]) == (403, "own", "/a")
    assert b'manycast_edge_reply_seconds_count{layer="own",status="4xx"} 1' in metrics


async def test_no_field_makes_a_line_long_and_no_query_of_a_page_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "log"
    async with (
        served(Site().application) as origin,
        node(origin, log=LogSettings(file=str(path))) as edge,
    ):
        await edge.get("/a", ("User-Agent", "x" * 4_000), ("Referer", "http://a/b?token=secret"))
    told = json.loads(path.read_text())
    assert (len(told["agent"]), told["referer"]) == (1_024, "http://a/b")
