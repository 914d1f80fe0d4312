import asyncio
import socket
from dataclasses import asdict, replace
from pathlib import Path

import httpx2
import pytest
from tests.api.serving import serving
from tests.control.reports import EDGE
from tests.runtime.store.people import api_key, person

from manycast.api import events, role
from manycast.control.permissions import Action
from manycast.runtime.accounts import setup_code
from manycast.runtime.fleet_token import fleet_token
from manycast.runtime.store.store import Store
from manycast.settings.state import StateSettings
from manycast.settings.tree import Settings


async def test_it_serves_and_stops_with_connections_open(tmp_path: Path) -> None:
    async with httpx2.AsyncClient() as client:
        async with serving(tmp_path) as url:
            assert (await client.get(f"{url}/healthz")).text == "ok\n"
            assert (await client.get(f"{url}/api/v1/system")).status_code == 401
        with pytest.raises(httpx2.ConnectError):
            await client.get(f"{url}/healthz")


async def test_whoever_reaches_a_new_network_finds_the_code_that_sets_it_up(tmp_path: Path) -> None:
    async with serving(tmp_path):
        assert (tmp_path / setup_code.FILE).read_text().strip()


async def test_a_taken_port_is_an_error_of_the_system(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="in use"):
        await role.run(Settings(), tmp_path, taken.getsockname(), asyncio.Event())


async def test_a_database_that_does_not_answer_is_named(tmp_path: Path) -> None:
    nowhere = StateSettings(url="postgresql://nobody@127.0.0.1:1/none", wait_s=0.1)
    with pytest.raises(OSError, match=r"state\.url"):
        await role.run(Settings(state=nowhere), tmp_path, ("127.0.0.1", 0), asyncio.Event())


def test_every_address_means_both_families() -> None:
    with role._bound("", 0) as door:
        socket.create_connection(("127.0.0.1", door.getsockname()[1])).close()


def test_the_set_up_code_is_for_the_first_administrator_alone(tmp_path: Path) -> None:
    store = Store(StateSettings(), tmp_path)
    code = role._setup_code(store, tmp_path)
    assert code == role._setup_code(store, tmp_path) != ""
    with store.record() as db:
        person(db, "ann")
    assert role._setup_code(store, tmp_path) == ""
    store.close()


async def test_a_listener_that_takes_nothing_is_parted_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "SEND_S_MAX", 0.2)
    store = Store(StateSettings(), tmp_path)
    with store.record() as db:
        api_key(db, person(db, "ann"), "mck_a", Action.LIVE_READ, Action.FLEET_READ)
    store.close()
    headers = {"Authorization": f"Bearer {fleet_token('', tmp_path)}"}
    reports = [replace(EDGE, node=f"edge@{n}", problems=("x" * 200_000,)) for n in range(40)]
    async with serving(tmp_path) as url, httpx2.AsyncClient(headers=headers) as node:
        for report in reports:
            reply = await node.post(f"{url}/api/v1/fleet/reports", json=asdict(report))
            assert reply.status_code == 200
        host, _, port = url.removeprefix("http://").partition(":")
        with socket.create_connection((host, int(port))) as stuck:
            stuck.sendall(
                b"GET /api/v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer mck_a\r\n\r\n"
            )
            stuck.setblocking(False)
            assert await asyncio.get_running_loop().sock_recv(stuck, 1) == b"H"
            program = {"Authorization": "Bearer mck_a"}
            while True:  # the timeout of ``serving`` is its guard
                numbers = await node.get(f"{url}/metrics", headers=program)
                if "manycast_listeners 0" in numbers.text.splitlines():
                    break
