import json

from tests.runtime.edge.nodes import Site, node, served

from manycast.runtime.edge.debug import page
from manycast.settings.log import LogSettings


TOKEN = b"0123456789abcdef"
BEARER = ("Authorization", f"Bearer {TOKEN.decode()}")


async def test_those_who_run_a_node_see_inside_and_nobody_else() -> None:
    site = Site()
    log = LogSettings(hottest_one_in=4)
    async with served(site.application) as origin, node(origin, TOKEN, log=log) as edge:
        assert (await edge.get("/_manycast/debug")).status == 401
        for number in range(64):
            await edge.get("/hot" if number % 8 else f"/cold{number}")
        told = json.loads((await edge.get("/_manycast/debug", BEARER)).body)
        got = await edge.get("/_manycast/debug", BEARER, ("Accept", "text/html,*/*"))
    assert told["hottest"][0]["target"] == "/hot"
    assert told["hottest"][0]["requests"] >= 40
    assert told["memory"]["objects"] == 9
    assert told["counters"]["requests"] == 64
    assert told["parents"][0]["state"] == "closed"
    assert told["parents"][0]["answer_mean_s"] >= 0
    assert told["disk"] == {}
    assert told["fetches"] == []
    assert (got.field(b"content-type") or b"").startswith(b"text/html")
    assert b"<td>/hot<td>" in got.body


def test_what_strangers_asked_for_is_no_markup() -> None:
    shown = page(
        {"hottest": [{"target": "/<script>alert(1)</script>", "n": 1}], "memory": {"a": "<b>"}}
    )
    assert b"<script>" not in shown
    assert b"<b>" not in shown
    assert b"&lt;script&gt;" in shown
