import asyncio
from pathlib import Path

import pytest
from tests.cli.remote.commands import KEY, Commands, commands

from manycast.cli.remote import sending
from manycast.client.network import Network
from manycast.model.destinations import Platform, PlatformState, SendingState, Verdict
from manycast.schema.destinations import (
    Destination,
    DestinationFigures,
    DestinationLive,
    NewDestination,
    OnPlatform,
)
from manycast.schema.values import moment


ONE = Destination(
    id="dst_0000000000000001",
    name="mine",
    platform=Platform.TWITCH,
    url="",
    has_key=False,
    rendition="",
    encode=None,
    enabled=True,
    account_id=None,
    created_at=moment(1),
    version=1,
)
FIGURES = DestinationFigures(
    state=SendingState.SENDING,
    since=moment(1),
    rendition="source",
    video_bps=5_900_000,
    audio_bps=100_000,
    frame_rate=60.0,
    sent_bytes=1,
    dropped_frames=2,
    round_trip_ms=1.0,
    reconnects=0,
    behind_ms=5,
    slate=False,
)
SHOWN = OnPlatform(
    state=PlatformState.LIVE, viewers=7, title="", url="", trouble="", checked_at=None
)


def test_a_line_says_how_it_goes() -> None:
    live = DestinationLive(
        id=ONE.id,
        name="mine",
        platform=Platform.TWITCH,
        verdict=Verdict.LIVE,
        text="",
        report=FIGURES,
        on_platform=SHOWN,
    )
    assert sending.row(ONE, live) == ("mine", "twitch", "live", "6.0", 2, 7, "-")
    assert sending.row(ONE, None)[2] == "ready"


async def test_each_and_all_are_started_and_stopped(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with commands(tmp_path, capsys, monkeypatch) as on:
        await on.json("stream", "add", "talks")
        await asyncio.to_thread(_add, on, "here", "there", "there")
        _, out, _ = await on.run("stream", "stop", "talks", "here")
        assert out.splitlines()[1].split()[:3] == ["here", "custom", "off"]
        stopped = await on.json("stream", "stop", "talks")
        assert [one["enabled"] for one in stopped["items"]] == [False] * 3
        started = await on.json("stream", "start", "talks")
        assert [one["enabled"] for one in started["items"]] == [True] * 3
        status, _, err = await on.run("stream", "start", "talks", "there")
        assert (status, "several" in err) == (2, True)
        status, _, err = await on.run("stream", "start", "talks", "nowhere")
        assert (status, "nowhere" in err) == (2, True)


def _add(on: Commands, *names: str) -> None:
    with Network(on.url, KEY) as network:
        for name in names:
            new = NewDestination(name=name, url="rtmp://there.example/app")
            network.destinations.create("talks", new)
