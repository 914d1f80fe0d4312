"""What the process of a destination makes of a way that is too slow, not to be trusted, or closed."""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from bench.platforms.certificates import authority
from bench.platforms.receiver import Fault, Receiver
from bench.platforms.rules import ANY, KICK
from bench.platforms.sending import Sending, sending
from tests.runtime.origin.conftest import FFMPEG, SETTINGS, Origin, running

from manycast.model.destinations import DestinationGrant, SendingState
from manycast.settings.destinations import DestinationsSettings
from manycast.settings.ladder import LadderSettings


pytestmark = pytest.mark.e2e

PASSED_ON = replace(SETTINGS, ladder=LadderSettings(targets=(), hardware=()))
"""Without a ladder: only the source."""
KEYFRAME_MS = 1000
SLOW_BPS = 500_000
"""A third of what is published."""


def grant_of(receiver: Receiver) -> DestinationGrant:
    return DestinationGrant(id="dst_1", name="There", url=receiver.url, key=receiver.key)


def feed_of(origin: Origin) -> str:
    return f"http://127.0.0.1:{origin.http}/live/live/"


async def state(child: Sending, wanted: SendingState) -> None:
    await child.until(lambda: child.latest.state is wanted)


@asynccontextmanager
async def with_b_frames(origin: Origin) -> AsyncIterator[None]:
    """A publisher of 1.5 Mbit/s, most of whose pictures none refers to."""
    picture = ("-re", "-f", "lavfi", "-i", "testsrc2=s=320x180:r=30", "-f", "lavfi", "-i", "sine")
    coded = ("-c:v", "libx264", "-preset", "superfast", "-bf", "2", "-g", "30", "-b:v", "1500k")
    filled = ("-x264-params", "nal-hrd=cbr:b-pyramid=none", "-maxrate", "1500k", "-bufsize", "500k")
    url = f"rtmp://127.0.0.1:{origin.rtmp}/live/{origin.key}"
    process = await asyncio.create_subprocess_exec(
        *(FFMPEG, "-v", "error", *picture, *coded, *filled, "-c:a", "aac", "-f", "flv", url)
    )
    try:
        yield
    finally:
        process.kill()
        await process.wait()


def decoded(recording: Path) -> int:
    """Pictures that ffmpeg makes of it; it complains of any whose references are missing."""
    command = [FFMPEG, "-v", "error", "-i", str(recording), "-map", "0:v", "-f", "framemd5", "-"]
    done = subprocess.run(command, capture_output=True, check=True)
    assert not done.stderr, done.stderr
    return sum(line.startswith(b"0,") for line in done.stdout.splitlines())


async def test_what_a_slow_way_lets_through_can_be_decoded_and_is_not_late(tmp_path: Path) -> None:
    async with (
        running(tmp_path / "origin", PASSED_ON) as origin,
        with_b_frames(origin),
        Receiver("there", ANY, tmp_path) as there,
        sending(feed_of(origin), grant_of(there)) as child,
    ):
        await there.until(lambda: there.live)
        there.slow_bps = SLOW_BPS
        there.fault = Fault.SLOW
        await child.until(lambda: child.latest.dropped_frames > 150)
        assert "too slow" in child.latest.reason
        late_ms = [report.behind_ms or 0 for report in child.reports]
        assert max(late_ms) <= DestinationsSettings().queue_ms + KEYFRAME_MS + 1500
        assert child.latest.state is SendingState.SENDING
        there.fault = Fault.NONE
        await child.until(lambda: (child.latest.behind_ms or 0) < 300 and not child.latest.reason)
        assert await child.stop() == 0
        await there.until(lambda: not there.sittings[0].publishing)
    (sitting,) = there.sittings
    assert sitting.clean
    assert not sitting.backwards
    assert decoded(sitting.recording) == sitting.video_frames


async def test_rtmps_is_believed_only_with_a_certificate(tmp_path: Path) -> None:
    trusted = tmp_path / "settings.toml"
    async with (
        running(tmp_path / "origin", PASSED_ON) as origin,
        origin.publisher(),
        Receiver("kick", KICK, tmp_path, authority=authority(tmp_path)) as kick,
    ):
        trusted.write_text(f'[destinations]\nca_file = "{kick.trust}"\n')
        async with sending(feed_of(origin), grant_of(kick)) as doubtful:
            await state(doubtful, SendingState.RETRYING)
            assert "certificate" in doubtful.latest.reason
        async with sending(feed_of(origin), grant_of(kick), trusted) as child:
            await kick.until(lambda: kick.live)
            assert await child.stop() == 0
            assert child.latest.state is SendingState.STOPPED


async def test_a_key_that_is_refused_waits_for_a_person_who_finds_another(tmp_path: Path) -> None:
    async with (
        running(tmp_path / "origin", PASSED_ON) as origin,
        origin.publisher(),
        Receiver("there", ANY, tmp_path) as there,
        sending(feed_of(origin), replace(grant_of(there), key="old")) as child,
    ):
        await state(child, SendingState.RETRYING)
        assert child.latest.reason == "It refused the stream: this stream key is not known."
        child.change(grant_of(there))
        await there.until(lambda: there.live)
        await state(child, SendingState.SENDING)
        assert child.latest.reason == ""
