import asyncio
import json
import shutil
import signal
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from tests.runtime.control_peer import TOKEN, Control, listening
from tests.runtime.origin.conftest import SETTINGS, Origin, running
from tests.runtime.origin.test_live import BRIEF, two_streams
from tests.runtime.origin.test_sending import PEER
from tests.runtime.origin.test_shelf import tape

from manycast.model.fleet import Assignment, NodeRole
from manycast.origin.grants import digest
from manycast.runtime.clock import SteadyWall
from manycast.runtime.http.pool import Parent
from manycast.runtime.identity import identity
from manycast.runtime.origin.destinations import Destinations
from manycast.runtime.origin.report import RELIST_EVERY, OriginReport
from manycast.runtime.origin.sending import Means
from manycast.runtime.origin.shelf import Shelf
from manycast.settings.control import ControlSettings
from manycast.settings.tree import Settings


pytestmark = pytest.mark.e2e

KEY = "a-key-that-only-control-knows"


def nowhere() -> Destinations:
    return Destinations(Means([], SteadyWall(), asyncio.TaskGroup()), "", 0)


def reporting_to(control: Control) -> Settings:
    return replace(SETTINGS, control=ControlSettings(url=control.place.name))


class Mind(Control):
    """A control role with one channel, ``live``."""

    kicks = 0
    recording = False
    known = True
    noted = False
    destinations: tuple[dict[str, Any], ...] = ()

    def __init__(self) -> None:
        super().__init__(self.decide)

    def decide(self, path: str, value: Any) -> tuple[int, Any]:
        if path.endswith("/admissions"):
            good = self.known and value["digest"] == digest(KEY)
            return (
                (200, {"channel": "live", "key_id": "k", "kicks": self.kicks})
                if good
                else (404, {})
            )
        grant = {
            "channel": "live",
            "keys": [{"id": "k", "digest": digest(KEY)}] if self.known else [],
            "recording": self.recording,
            "kicks": self.kicks,
            "destinations": self.destinations,
        }
        revision = json.dumps(grant)
        held = value["revision"] == revision
        return 200, {
            "report_ms": 100,
            "revision": revision,
            "channels": None if held else [grant],
            "recordings_noted": self.noted,
        }

    async def until_ingest(self, condition: str) -> dict[str, Any]:
        """What the next report says of the publisher, once it says this."""
        seen = len(self.asked)

        def found() -> dict[str, Any]:
            streams = self.last.get("streams", []) if len(self.asked) > seen else []
            ingest = [s["ingest"] for s in streams if s["ingest"]]
            return next((one for one in ingest if one["condition"] == condition), {})

        await self.until(lambda: bool(found()))
        return found()

    @property
    def stream(self) -> dict[str, Any]:
        """Of the last report; empty while there is none."""
        return next(iter(self.last.get("streams", ())), {})

    @property
    def recordings(self) -> list[dict[str, Any]]:
        return self.last.get("recordings") or []

    @property
    def last(self) -> dict[str, Any]:
        """The last report."""
        return next((v for path, v in reversed(self.asked) if path.endswith("/reports")), {})

    async def until_stream(self, **wanted: object) -> dict[str, Any]:
        """The stream as reported, once it is like this."""

        def found() -> dict[str, Any]:
            streams = self.last.get("streams", [])
            return next((s for s in streams if wanted.items() <= s.items()), {})

        await self.until(lambda: bool(found()))
        return found()


@pytest.fixture
def place(tmp_path: Path, costs: Path) -> Path:
    shutil.copy(costs, tmp_path)
    (tmp_path / "fleet.token").write_text(TOKEN)
    return tmp_path


async def test_a_stream_is_reported_from_its_beginning_to_its_end(place: Path) -> None:
    mind = Mind()
    async with listening(mind):
        async with running(place, reporting_to(mind)) as origin:
            async with origin.publisher(KEY):
                live = await mind.until_stream(stream="live", state="live")
                await origin.on_air()
            await mind.until_stream(state="ended", since_ms=live["since_ms"])
        assert live["part_ms"] == 334
        assert mind.last["node"].startswith("origin@")
        assert mind.last["url"] == f"http://127.0.0.1:{origin.http}"
        assert mind.last["numbers"]["memory_bytes"] > 0


async def test_a_kick_ends_the_connection_and_its_key_may_come_again(place: Path) -> None:
    mind = Mind()
    async with listening(mind), running(place, reporting_to(mind)) as origin:
        async with origin.publisher(KEY) as child:
            await mind.until_stream(state="live")
            mind.kicks = 1
            _, words = await child.communicate()
            assert b"the operator ended this connection" in words
        async with origin.publisher(KEY):
            await mind.until_stream(state="live")


async def publishes(origin: Origin, key: str) -> bool:
    async with origin.publisher(key) as child:
        _, words = await child.communicate()
        return b"unknown stream key" not in words


async def test_a_rotated_key_is_refused(place: Path) -> None:
    mind = Mind()
    async with listening(mind), running(place, reporting_to(mind)) as origin:
        mind.known = False
        assert not await publishes(origin, KEY)
        await mind.until(lambda: mind.last.get("refused_keys") == 1)


async def test_a_known_broadcaster_comes_in_without_the_control_role_and_after_a_restart(
    place: Path,
) -> None:
    mind = Mind()
    async with listening(mind), running(place, reporting_to(mind)):
        await mind.until(lambda: mind.last.get("revision", "") != "")
    settings = reporting_to(mind)
    async with running(place, settings) as origin:
        async with origin.publisher(KEY):
            await origin.on_air()
        assert not await publishes(origin, "x" * 24)


async def test_a_publisher_that_is_too_slow_is_told_what_to_do(place: Path) -> None:
    mind = Mind()
    async with listening(mind), running(place, reporting_to(mind)) as origin:
        async with origin.publisher(KEY) as child:
            good = await mind.until_ingest("good")
            while good["frame_rate"] < 25 or good["keyframe_interval_ms"] is None:
                good = await mind.until_ingest("good")
            assert good["peer"].startswith("127.0.0.1:")
            assert (good["protocol"], good["reasons"], good["dropped_frames"]) == ("rtmp", [], 0)
            assert 10_000 < good["video_bps"] < 5_000_000
            assert 50_000 < good["audio_bps"] < 200_000
            child.send_signal(signal.SIGSTOP)
            bad = await mind.until_ingest("bad")
            assert "No picture has come" in bad["reasons"][0]
            child.send_signal(signal.SIGCONT)
            assert (await mind.until_ingest("good"))["keyframe_interval_ms"] == 1000
        async with origin.publisher(KEY, readrate=0.5):
            bad = await mind.until_ingest("bad")
            assert "pictures arrive each second" in bad["reasons"][0]
            assert bad["behind_ms"] > 500


async def test_recording_goes_on_and_off_while_live_and_is_listed_played_and_deleted(
    place: Path,
) -> None:
    mind = Mind()
    async with listening(mind), running(place, reporting_to(mind)) as origin, origin.publisher(KEY):
        assert (await mind.until_stream(state="live"))["recording"] is None
        mind.recording = True
        await mind.until(lambda: bool(mind.stream["recording"]))
        written = mind.stream["recording"]
        await mind.until(lambda: mind.stream["recording"]["duration_ms"] > 0)
        assert mind.stream["recording"]["take"] == written["take"]
        mind.recording = False
        await mind.until(lambda: mind.recordings[0]["complete"] if mind.recordings else False)
        (listed,) = mind.recordings
        assert (listed["take"], listed["channel"]) == (written["take"], "live")
        assert listed["size_bytes"] >= written["size_bytes"]
        assert mind.stream["recording"] is None
        path = f"/recordings/live/{listed['take']}"
        assert (await origin.get(f"{path}/index.m3u8"))[0] == 401
        assert b"ENDLIST" in (await origin.get(f"{path}/index.m3u8", TOKEN))[2]
        assert (await origin.get(f"{path}/{listed['files'][0]}", TOKEN))[2][4:8] == b"ftyp"
        assert mind.last["numbers"]["disk_free_bytes"] > 0


async def test_a_disk_too_full_to_record_is_said(place: Path) -> None:
    mind = Mind()
    mind.recording = True
    settings = reporting_to(mind)
    too_much = replace(settings.recording, free_bytes_min=10**18)
    async with (
        listening(mind),
        running(place, replace(reporting_to(mind), recording=too_much)) as origin,
        origin.publisher(KEY),
    ):
        await mind.until(lambda: "GB left on the disk" in mind.stream.get("recording_trouble", ""))
        await mind.until(lambda: bool(mind.last["problems"]))
        assert "nothing is recorded until there is more" in mind.last["problems"][0]


async def test_recordings_are_listed_when_they_change_and_now_and_then_until_they_are_noted(
    tmp_path: Path,
) -> None:
    async with two_streams(tmp_path, BRIEF) as (live, _):
        shelf = Shelf(tmp_path / "recordings")
        own = identity(NodeRole.ORIGIN, ("127.0.0.1", 1), Parent("127.0.0.1", 2))
        report = OriginReport(own, live, shelf, SETTINGS, nowhere())
        sequence = count(1)
        answer = Assignment(report_ms=1, revision="")
        noted = replace(answer, recordings_noted=True)

        def listed(answer: Assignment) -> int | None:
            found = report(next(sequence))
            report.answered(found, answer)
            return None if found.recordings is None else len(found.recordings)

        found = [listed(answer) for _ in range(2 * RELIST_EVERY)]
        assert [at + 1 for at, one in enumerate(found) if one == 0] == [
            1,
            RELIST_EVERY,
            2 * RELIST_EVERY,
        ]
        recording = tape(tmp_path / "recordings")
        recording.close()
        await shelf.look(recording.folder)
        assert listed(noted) == 1
        assert [listed(answer) for _ in range(2 * RELIST_EVERY)] == [None] * 2 * RELIST_EVERY
        next(sequence)  # one that nobody answered
        assert 1 in [listed(answer) for _ in range(2 * RELIST_EVERY)]


async def test_what_a_stream_is_sent_on_to_is_reported_until_it_is_stopped(
    place: Path,
) -> None:
    mind = Mind()
    mind.destinations = ({"id": "dst_1", "name": "Mine", "url": "peer://well"},)

    def state() -> str:
        found = mind.stream.get("destinations") or [{"state": ""}]
        return str(found[0]["state"])

    async with (
        listening(mind),
        running(place, reporting_to(mind), sender=PEER) as origin,
        origin.publisher(KEY),
    ):
        await mind.until(lambda: state() == "sending")
        (one,) = mind.stream["destinations"]
        assert one["id"] == "dst_1"
        feed = one["reason"]
        assert feed == f"http://127.0.0.1:{origin.http}/live/live/"
        assert (await origin.get(feed.partition(str(origin.http))[2] + "status.json"))[0] == 200
        assert "manycast_destination_sending" in (await origin.get("/metrics"))[2].decode()
        mind.destinations = ()
        await mind.until(lambda: state() == "stopped")


async def test_destinations_go_on_without_the_control_role_after_a_restart_too(
    place: Path,
) -> None:
    mind = Mind()
    mind.destinations = ({"id": "dst_1", "name": "Mine", "url": "peer://well"},)
    async with listening(mind) as control, running(place, reporting_to(mind), sender=PEER):
        await mind.until(lambda: mind.last.get("revision", "") != "")
        await control.close()
    async with (
        running(place, reporting_to(mind), sender=PEER) as origin,
        origin.publisher(KEY),
    ):
        sends = ""
        while "manycast_destination_sending{" not in sends:
            sends = (await origin.get("/metrics"))[2].decode()
