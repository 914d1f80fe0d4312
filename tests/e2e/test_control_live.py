"""The whole network with a real broadcaster: what the control role knows, does, and is not needed for."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any, TypeVar

import httpx2
import pytest
from tests.e2e.control_room import LOOK_S, PATIENCE_S, Room, room

from manycast.runtime.accounts import setup_code


pytestmark = pytest.mark.e2e
Found = TypeVar("Found")


class Operator:
    """Somebody with a browser's cookie who asks the API."""

    def __init__(self, to: Room) -> None:
        self.url = f"{to.url}/api/v1"
        self.client = httpx2.Client(timeout=PATIENCE_S, headers={"Origin": to.url})
        code = (to.directory / "data" / setup_code.FILE).read_text().strip()
        given = {"code": code, "name": "ann", "password": "quiet river 7 lanterns"}
        session = self.client.post(f"{self.url}/setup", json=given)
        assert session.status_code in {200, 201}, session.text
        self.client.headers["X-CSRF-Token"] = session.json()["csrf_token"]

    def get(self, path: str) -> Any:
        reply = self.client.get(f"{self.url}{path}")
        assert reply.status_code == 200, reply.text
        return reply.json()

    def stream(self) -> dict[str, Any] | None:
        """The demo's, while it is on the air and its figures have come."""
        items = self.get("/streams")["items"]
        found = next((one for one in items if one["channel"] == "demo"), None)
        return found if found and found["renditions"] and found["ingest"] else None

    def snapshot(self) -> dict[str, Any]:
        """What a dashboard is told first."""
        with self.client.stream("GET", f"{self.url}/events") as reply:
            reply.raise_for_status()
            for line in reply.iter_lines():
                if line.startswith("data: "):
                    found: dict[str, Any] = json.loads(line[6:])
                    return found
        raise AssertionError("the events ended before they began")


def until(look: Callable[[], Found | None]) -> Found:
    """What ``look`` finds, as soon as it finds something."""
    for _ in range(round(PATIENCE_S / LOOK_S)):
        try:
            found = look()
        except httpx2.HTTPError:
            found = None
        if found:
            return found
        time.sleep(LOOK_S)
    raise AssertionError(f"{look} found nothing in {PATIENCE_S:.0f} s")


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Room, Operator]]:
    with room(tmp_path_factory.mktemp("network"), "--demo") as running:
        operator = Operator(running)
        with closing(operator.client):
            yield running, operator


def newest_part(running: Room) -> str:
    """The last line of the playlist that viewers get; empty while there is none."""
    folder = f"http://127.0.0.1:{running.edge}/live/demo"
    with httpx2.Client(timeout=PATIENCE_S) as viewer:
        variants = viewer.get(f"{folder}/index.m3u8").text.splitlines()
        names = [line for line in variants if line and not line.startswith("#")]
        playlist = viewer.get(f"{folder}/{names[0]}").text if names else ""
    return playlist.strip().rpartition("\n")[2]


def test_a_broadcast_is_seen_with_its_figures(network: tuple[Room, Operator]) -> None:
    _, operator = network
    stream = until(operator.stream)
    assert stream["ingest"]["video_bps"] > 100_000
    assert stream["state"] == "live"
    fleet = {node["role"]: node for node in operator.get("/fleet")["items"]}
    assert set(fleet) == {"control", "origin", "edge"}
    assert fleet["origin"]["streams"] == ["demo"]
    assert {node["health"] for node in fleet.values()} == {"well"}


def test_a_control_role_that_is_killed_is_not_missed(network: tuple[Room, Operator]) -> None:
    running, operator = network
    began = until(operator.stream)["since"]
    origin, before = running.pid_of("origin"), newest_part(running)
    assert before.startswith("#EXT-X-")
    running.kill("control")
    with pytest.raises(httpx2.HTTPError):
        operator.get("/streams")
    until(lambda: newest_part(running) not in {"", before})
    snapshot = until(operator.snapshot)
    until(operator.stream)
    assert snapshot["fleet"] is not None
    assert running.pid_of("origin") == origin
    (row,) = [one for one in operator.get("/broadcasts")["items"] if one["channel"] == "demo"]
    assert row["live"]
    assert row["started_at"] == began


def test_a_publisher_is_disconnected_at_once(network: tuple[Room, Operator]) -> None:
    _, operator = network
    peer = until(operator.stream)["ingest"]["peer"]
    reply = operator.client.post(f"{operator.url}/streams/demo/disconnect")
    assert reply.status_code == 204, reply.text
    again = until(lambda: (one := operator.stream()) and one["ingest"]["peer"] != peer and one)
    assert again
