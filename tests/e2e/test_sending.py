"""A stream sent on by the process of a destination, from a real origin to receivers that hold to platforms' rules."""

from dataclasses import replace
from pathlib import Path

import pytest
from bench.platforms.certificates import authority
from bench.platforms.receiver import Receiver
from bench.platforms.rules import ANY, KICK
from tests.e2e.destinations import sending
from tests.runtime.origin.conftest import SETTINGS, running

from manycast.model.destinations import DestinationGrant, SendingState
from manycast.settings.ladder import LadderSettings


pytestmark = pytest.mark.e2e


PASSED_ON = replace(SETTINGS, ladder=LadderSettings(targets=(), hardware=()))
"""Without a ladder: only the source."""


def grant_of(receiver: Receiver) -> DestinationGrant:
    return DestinationGrant(id="dst_1", name="There", url=receiver.url, key=receiver.key)


async def test_a_stream_arrives_whole_and_ends_with_a_goodbye(tmp_path: Path) -> None:
    async with (
        running(tmp_path / "origin", PASSED_ON) as origin,
        origin.publisher(),
        Receiver("there", ANY, tmp_path, timed=True) as there,
        sending(f"http://127.0.0.1:{origin.http}/live/live/", grant_of(there)) as child,
    ):
        await child.state(SendingState.SENDING)
        await there.until(lambda: there.live and there.sittings[0].video_frames > 60)
        await child.stop()
        assert child.last.state is SendingState.STOPPED
        assert child.last.sent_bytes > 10_000
        await there.until(lambda: not there.sittings[0].publishing)
    (sitting,) = there.sittings
    assert sitting.clean
    assert not sitting.backwards
    assert sitting.video is not None
    assert (sitting.video.width, sitting.video.height) == (320, 180)


async def test_rtmps_is_believed_only_with_a_certificate(tmp_path: Path) -> None:
    trusted = tmp_path / "settings.toml"
    async with (
        running(tmp_path / "origin", PASSED_ON) as origin,
        origin.publisher(),
        Receiver("kick", KICK, tmp_path, authority=authority(tmp_path)) as kick,
    ):
        trusted.write_text(f'[destinations]\nca_file = "{kick.trust}"\n')
        feed = f"http://127.0.0.1:{origin.http}/live/live/"
        async with sending(feed, grant_of(kick)) as doubtful:
            report = await doubtful.state(SendingState.RETRYING)
            assert "certificate" in report.reason
        async with sending(feed, grant_of(kick), trusted) as child:
            await child.state(SendingState.SENDING)
            await kick.until(lambda: kick.live)
            await child.stop()
