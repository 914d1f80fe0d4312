import asyncio
import gc
import logging
import os
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import pytest
from tests.e2e.test_continuity import clip, connected
from tests.runtime.origin.conftest import SETTINGS, Origin, running

from manycast.hls.holds import HintedPart, TimedOut
from manycast.media import flv
from manycast.media.ladder import LadderPlan
from manycast.model.fleet import Assignment, ChannelGrant
from manycast.model.media import AudioConfig, AudioFrame, Media, VideoConfig, VideoFrame
from manycast.model.refusals import RefusedError
from manycast.origin.grants import grants_of
from manycast.runtime.channels import Channels
from manycast.runtime.clock import SteadyWall
from manycast.runtime.ffmpeg.binary import Binary
from manycast.runtime.grants import Grants
from manycast.runtime.ingest import Caller, Publisher
from manycast.runtime.origin.broadcast import Broadcast, World
from manycast.runtime.origin.live import Live
from manycast.runtime.origin.shelf import Shelf
from manycast.settings.tree import Settings


pytestmark = pytest.mark.e2e

ROUNDS = 20
LOOK_S, LOOKS_MAX = 0.02, 1000
BRIEF = replace(
    SETTINGS,
    origin=replace(SETTINGS.origin, reconnect_ms=100),
    recording=replace(SETTINGS.recording, enabled=False),
)


def only_source(source: VideoConfig, interval_ms: int) -> LadderPlan:
    return LadderPlan((), (), "libx264", "", 0.0, passthrough=True, keyframe_ms=None)


def broken(*_: object) -> NoReturn:
    raise ZeroDivisionError


def admitted(live: Live, key: str) -> Publisher:
    """Who comes in with a key; the RefusedError that it gets is raised."""
    answers: list[Publisher | RefusedError] = []
    live.admit(key, Caller("192.0.2.1:5", "rtmp"), answers.append)
    (answer,) = answers
    if isinstance(answer, RefusedError):
        raise answer
    return answer


@asynccontextmanager
async def two_streams(
    folder: Path, settings: Settings
) -> AsyncIterator[tuple[Live, list[Publisher]]]:
    """Two broadcasts that are live, without sockets."""
    channels = Channels(folder / "channels.json")
    keys = [channels.ensure(name) for name in ("one", "two")]
    media = await clip()
    async with asyncio.timeout(30), asyncio.TaskGroup() as tasks:
        world = World(
            settings, SteadyWall(), only_source, Binary("none", "0"), tasks, Shelf(folder / "\0")
        )
        live = Live(
            Grants(grants_of(channels.items(), recording=settings.recording.enabled)), world
        )
        publishers = [admitted(live, key) for key in keys]
        for publisher in publishers:
            for item in media:
                publisher.media(item)
        yield live, publishers
        live.stop()


async def test_a_fault_in_one_broadcast_ends_it_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with two_streams(tmp_path, BRIEF) as (live, publishers):
        one, two = live.broadcasts.values()
        position = one.session.stages["source"].rendition.window.position
        assert position is not None
        answers: list[object] = []
        one.ask("source", HintedPart(position.next_part), answers.append)
        monkeypatch.setattr(one.session, "handle_timer", broken)
        live.tick()
        assert answers == [TimedOut()]
        assert one.ended_ms is not None
        assert one.session.stages["source"].rendition.window.text(skip=False).endswith("ENDLIST\n")
        assert two.ended_ms is None
        with pytest.raises(RefusedError, match="has ended on the server"):
            publishers[0].media(VideoFrame(10_000, 0, True, b"x"))
        publishers[1].media(VideoFrame(10_000, 0, True, b"x"))
        faults = [record for record in caplog.records if record.levelno == logging.ERROR]
        assert [record.exc_info is not None for record in faults] == [True]
        assert "one: ended by a fault in manycast itself" in faults[0].message


async def test_a_fault_in_a_task_of_a_broadcast_ends_that_broadcast(tmp_path: Path) -> None:
    recorded = replace(BRIEF, recording=SETTINGS.recording)
    async with two_streams(tmp_path, recorded) as (live, _):
        await until(lambda: all(one.ended_ms is not None for one in live.broadcasts.values()))


async def test_a_key_whose_broadcast_broke_can_be_used_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with two_streams(tmp_path, BRIEF) as (live, publishers):
        one = next(iter(live.broadcasts.values()))
        monkeypatch.setattr(one.session, "media", broken)
        with pytest.raises(RefusedError):
            publishers[0].media(VideoFrame(10_000, 0, True, b"x"))
        admitted(live, Channels(tmp_path / "channels.json").ensure("one"))
        assert live.broadcasts[one.name] is not one


async def test_what_ended_broadcasts_used_is_free_again(tmp_path: Path, costs: Path) -> None:
    shutil.copy(costs, tmp_path)
    media = await clip()
    used: list[tuple[int, int, int]] = []
    async with running(tmp_path, BRIEF) as origin:
        for _ in range(ROUNDS):
            await burst(origin, media)
            await ended(origin)
            used.append(in_use())
    early, late = used[2], used[-1]
    assert all(after <= before + 1 for before, after in zip(early, late, strict=True)), used


async def burst(origin: Origin, media: list[Media]) -> None:
    """Publish nine seconds at once, and go when they are on the air."""
    async with connected(origin, "live") as (one, (_, writer)):
        for item in media:
            if isinstance(item, VideoFrame | AudioFrame | VideoConfig | AudioConfig):
                time = item.dts_ms if isinstance(item, VideoFrame | AudioFrame) else 0
                body = flv.tag(item, time)[11:-4]
                is_video = isinstance(item, VideoFrame | VideoConfig)
                writer.write(one.video(time, body) if is_video else one.audio(time, body))
        await writer.drain()
        await origin.on_air()


async def ended(origin: Origin) -> None:
    """The stream is over and its encoder has drained."""
    while (await origin.json("/live/live/status.json"))["state"] != "ended":
        pass
    await until(lambda: not any("_task" in str(task.get_coro()) for task in asyncio.all_tasks()))


async def until(true: Callable[[], bool]) -> None:
    for _ in range(LOOKS_MAX):
        if true():
            return
        await asyncio.sleep(LOOK_S)
    raise AssertionError("waited in vain")


def in_use() -> tuple[int, int, int]:
    """Open files, tasks, broadcasts."""
    gc.collect()
    files = len(os.listdir("/proc/self/fd"))  # noqa: PTH208  counted, never opened
    broadcasts = sum(isinstance(one, Broadcast) for one in gc.get_objects())
    return files, len(asyncio.all_tasks()), broadcasts


async def test_a_second_publisher_on_a_live_key_is_refused_and_the_first_goes_on(
    origin: Origin,
) -> None:
    async with origin.publisher():
        await origin.on_air()
        async with origin.publisher() as second:
            _, words = await second.communicate()
        assert b"already live from another connection" in words
        assert (await origin.json("/live/live/status.json"))["state"] == "live"


def grant(channel: str, *, kicks: int = 0, recording: bool = False) -> ChannelGrant:
    return replace(GRANT, channel=channel, kicks=kicks, recording=recording)


GRANT = grants_of([("one", "key-of-one")], recording=False)[0]


def assign(live: Live, *grants: ChannelGrant) -> None:
    live.grants.changed = live.follow
    live.grants.assign(Assignment(report_ms=1, revision="r", channels=grants))


PICTURE = VideoFrame(10_000, 0, True, b"x")


async def test_a_kick_ends_one_connection_and_leaves_the_stream_to_the_next(tmp_path: Path) -> None:
    async with two_streams(tmp_path, BRIEF) as (live, publishers):
        one, two = live.broadcasts.values()
        assign(live, grant("one", kicks=1), grant("two"))
        with pytest.raises(RefusedError, match="the operator ended this connection"):
            publishers[0].media(PICTURE)
        publishers[0].lost("refused", clean=False)
        assert (one.feeding, one.ended_ms) == (None, None)
        publishers[1].media(PICTURE)
        assert two.feeding is publishers[1]
        again = live.enter("one", Caller("srt:1", "srt"))
        assign(live, grant("one", kicks=1), grant("two"))
        again.media(PICTURE)
        assert one.feeding is again


async def test_a_channel_that_is_removed_loses_its_publisher_and_takes_no_other(
    tmp_path: Path,
) -> None:
    async with two_streams(tmp_path, BRIEF) as (live, publishers):
        assign(live, grant("two"))
        with pytest.raises(RefusedError, match="this channel has been removed"):
            publishers[0].media(PICTURE)
        with pytest.raises(RefusedError, match="this channel has been removed"):
            live.enter("one", Caller("srt:1", "srt"))


async def test_whoever_replaced_a_silent_publisher_is_not_ended_by_its_farewell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    impatient = replace(BRIEF, origin=replace(BRIEF.origin, takeover_ms=0))
    async with two_streams(tmp_path, impatient) as (live, publishers):
        one = next(iter(live.broadcasts.values()))
        second = live.enter("one", Caller("192.0.2.1:6", "rtmp"))
        publishers[0].lost("it was silent", clean=False)
        assert one.feeding is second
        health = one.health()
        assert health is not None
        assert health.peer == "192.0.2.1:6"


async def test_a_grant_that_comes_later_switches_recording(tmp_path: Path) -> None:
    async with two_streams(tmp_path, BRIEF) as (live, _):
        one = next(iter(live.broadcasts.values()))
        assert one.recorder is None
        assign(live, grant("one", recording=True), grant("two"))
        assert one._recording
        assign(live, grant("one"), grant("two"))
        assert not one._recording


async def test_what_people_wait_to_see_is_told_once_when_it_changes(tmp_path: Path) -> None:
    async with two_streams(tmp_path, BRIEF) as (live, publishers):
        changes: list[int] = []
        live.changed = lambda: changes.append(len(live.broadcasts))
        live.tick()
        live.tick()
        assert changes == [2]
        publishers[0].lost("gone", clean=True)
        live.tick()
        live.tick()
        assert changes == [2, 2]


async def test_an_unknown_key_is_counted_and_refused(tmp_path: Path) -> None:
    async with two_streams(tmp_path, BRIEF) as (live, _):
        with pytest.raises(RefusedError, match="unknown stream key"):
            admitted(live, "x" * 24)
        assert live.grants.refused == 1
