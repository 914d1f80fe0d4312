import asyncio
from dataclasses import asdict, replace
from pathlib import Path

import httpx2
import pytest
from tests.api.asking import ADMIN, Room
from tests.api.serving import serving
from tests.control.reports import ORIGIN, RECORDING

from manycast.api.app import BODY_BYTES_MAX
from manycast.api.fleet import REPORT_BYTES_MAX
from manycast.control.permissions import NODE, Principal, Role
from manycast.runtime.fleet_token import fleet_token


def test_a_report_is_answered_with_what_to_do(room: Room) -> None:
    admin = Principal(user_id="usr_a", name="a", role=Role.ADMIN)
    room.become(NODE)
    reply = room.ask.post("/api/v1/fleet/reports", json=asdict(ORIGIN))
    assert reply.status_code == 200
    assert reply.json()["report_ms"] == 500
    room.become(admin)
    (node,) = room.ask.get("/api/v1/fleet").json()["items"]
    assert (node["node"], node["health"]) == ("origin@a", "well")


def test_a_late_report_is_refused(room: Room) -> None:
    room.become(NODE)
    later = asdict(replace(ORIGIN, sequence=5))
    assert room.ask.post("/api/v1/fleet/reports", json=later).status_code == 200
    reply = room.ask.post("/api/v1/fleet/reports", json=asdict(ORIGIN))
    assert reply.status_code == 409
    assert "came after report 5" in reply.json()["detail"]


def test_only_nodes_report(room: Room) -> None:
    assert room.ask.post("/api/v1/fleet/reports", json=asdict(ORIGIN)).status_code == 403


def test_a_disk_full_of_recordings_fits_into_a_report(room: Room) -> None:
    room.become(NODE)
    takes = tuple(
        replace(RECORDING, take=f"20260102T030405.{number:06}Z") for number in range(5000)
    )
    report = asdict(replace(ORIGIN, recordings=takes))
    reply = room.ask.post("/api/v1/fleet/reports", json=report)
    assert int(reply.request.headers["content-length"]) > BODY_BYTES_MAX
    assert reply.status_code == 200
    too_much = b"x" * (REPORT_BYTES_MAX + 1)
    assert room.ask.post("/api/v1/fleet/reports", content=too_much).status_code == 413


def test_what_is_wrong_with_a_report_is_named(room: Room) -> None:
    room.become(NODE)
    report = asdict(ORIGIN) | {"sequence": "many"}
    reply = room.ask.post("/api/v1/fleet/reports", json=report)
    assert reply.status_code == 422
    assert reply.json()["errors"][0]["pointer"] == "#/sequence"
    assert room.ask.post("/api/v1/fleet/reports", content=b"no json").status_code == 422


def test_a_report_that_cannot_be_breaks_nobodys_view(room: Room) -> None:
    room.become(NODE)
    for senseless in (replace(ORIGIN, since_ms=10**30), replace(ORIGIN, url="http://a/?b=")):
        reply = room.ask.post("/api/v1/fleet/reports", json=asdict(senseless))
        assert reply.json()["type"] == "urn:manycast:problem:not-possible"
    room.become(ADMIN)
    assert room.ask.get("/api/v1/fleet").json()["items"] == []


async def test_a_node_that_breaks_off_leaves_no_fault_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving(tmp_path) as url:
        token = fleet_token("", tmp_path)
        _, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
        writer.write(
            b"POST /api/v1/fleet/reports HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n"
            b"Authorization: Bearer " + token.encode() + b"\r\n\r\n{"
        )
        await writer.drain()
        writer.close()
        await writer.wait_closed()
        async with httpx2.AsyncClient() as client:
            assert (await client.get(f"{url}/healthz")).status_code == 200
    assert "failed" not in caplog.text
    assert "Traceback" not in caplog.text
