import asyncio
import subprocess
import sys

import pytest
from tests.runtime.control_peer import TOKEN, Control, listening
from tests.runtime.edge.test_process import get, hello

from manycast.runtime.edge.process import EdgeOptions, run_edge
from manycast.runtime.http.client import Client, Parent
from manycast.runtime.http.exchange import Exchange
from manycast.runtime.http.server import serve
from manycast.settings.control import ControlSettings
from manycast.settings.http import HttpServerSettings
from manycast.settings.parents import ParentsSettings


HEAVY = {
    "fastapi",
    "starlette",
    "pydantic",
    "sqlalchemy",
    "alembic",
    "uvicorn",
    "httpx2",
    "cryptography",
    "argon2",
}


async def test_an_edge_reports_what_it_does() -> None:
    control = Control(lambda *_: (200, {"report_ms": 100, "revision": ""}))
    origin = await serve(hello, "127.0.0.1", 0)
    stop, port = asyncio.Event(), asyncio.get_running_loop().create_future()
    async with asyncio.timeout(30), listening(control), asyncio.TaskGroup() as tasks:
        options = EdgeOptions(
            [Parent("127.0.0.1", origin.port)],
            "127.0.0.1",
            0,
            server=HttpServerSettings(drain_s=0.1),
            control=ControlSettings(url=control.place.name),
            fleet_token=TOKEN,
        )
        tasks.create_task(run_edge(options, stop, port.set_result))
        async with Client([Parent("127.0.0.1", await port)], ParentsSettings()) as client:
            for _ in range(3):
                await get(client, b"/a")
            await control.until(lambda: control.asked[-1][1]["numbers"]["requests_total"] == 3)
        stop.set()
    last = control.asked[-1][1]
    assert last["numbers"]["hits_total"] == 2
    assert last["numbers"]["sent_bytes_total"] == 15
    assert last["role"] == "edge"
    assert last["url"] == f"http://127.0.0.1:{await port}"
    await origin.close()


async def test_an_edge_works_on_while_the_control_role_is_away() -> None:
    control = Control()
    async with listening(control):
        pass
    origin = await serve(hello, "127.0.0.1", 0)
    stop, port = asyncio.Event(), asyncio.get_running_loop().create_future()
    async with asyncio.timeout(30), asyncio.TaskGroup() as tasks:
        options = EdgeOptions(
            [Parent("127.0.0.1", origin.port)],
            "127.0.0.1",
            0,
            server=HttpServerSettings(drain_s=0.1),
            control=ControlSettings(url=control.place.name),
            fleet_token=TOKEN,
        )
        tasks.create_task(run_edge(options, stop, port.set_result))
        async with Client([Parent("127.0.0.1", await port)], ParentsSettings()) as client:
            assert await get(client, b"/a") == (200, b"hello")
        stop.set()
    await origin.close()


async def test_people_who_watch_are_reported_by_stream() -> None:
    control = Control(lambda *_: (200, {"report_ms": 100, "revision": ""}))
    origin = await serve(playlist, "127.0.0.1", 0)
    stop, port = asyncio.Event(), asyncio.get_running_loop().create_future()
    async with asyncio.timeout(30), listening(control), asyncio.TaskGroup() as tasks:
        options = EdgeOptions(
            [Parent("127.0.0.1", origin.port)],
            "127.0.0.1",
            0,
            server=HttpServerSettings(drain_s=0.1),
            control=ControlSettings(url=control.place.name),
            fleet_token=TOKEN,
        )
        tasks.create_task(run_edge(options, stop, port.set_result))
        async with Client([Parent("127.0.0.1", await port)], ParentsSettings()) as client:
            part = 0
            while not control.asked or control.asked[-1][1]["viewers"] != {"show": 2}:
                part += 1
                target = b"/live/show/r/index.m3u8?_HLS_msn=7&_HLS_part=%d" % part
                for _ in range(2):
                    await get(client, target)
        stop.set()
    await origin.close()


async def test_a_parent_that_is_away_is_a_problem() -> None:
    control = Control(lambda *_: (200, {"report_ms": 100, "revision": ""}))
    gone = await serve(hello, "127.0.0.1", 0)
    await gone.close()
    stop, port = asyncio.Event(), asyncio.get_running_loop().create_future()
    async with asyncio.timeout(30), listening(control), asyncio.TaskGroup() as tasks:
        options = EdgeOptions(
            [Parent("127.0.0.1", gone.port)],
            "127.0.0.1",
            0,
            server=HttpServerSettings(drain_s=0.1),
            control=ControlSettings(url=control.place.name),
            client=ParentsSettings(away_s=0.0),
            fleet_token=TOKEN,
        )
        tasks.create_task(run_edge(options, stop, port.set_result))
        async with Client([Parent("127.0.0.1", await port)], ParentsSettings()) as client:
            await get(client, b"/a")
            await control.until(lambda: bool(control.asked[-1][1]["problems"]))
        stop.set()
    assert "No parent can be reached" in control.asked[-1][1]["problems"][0]


def playlist(exchange: Exchange) -> None:
    exchange.send(200, ((b"cache-control", b"max-age=9"),), b"#EXTM3U\n")


@pytest.mark.parametrize("role", ["edge", "origin"])
def test_an_edge_and_an_origin_never_load_what_only_the_control_role_needs(role: str) -> None:
    """They start in a moment, and a worker of an edge stays small."""
    code = (
        "import sys; from manycast.cli.__main__ import parser; parser();"
        f"import manycast.cli.{role}, manycast.runtime.{role};"
        f"print(sorted({HEAVY!r} & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert found.stdout == "[]\n"
