"""A real peer on the other side: aiortc's own, which encodes what it sends."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import AudioStreamTrack, VideoStreamTrack

from manycast.media import flv
from manycast.model.media import AudioCodec, AudioConfig, AudioFrame, VideoConfig, VideoFrame
from manycast.model.whip import WhipOffer, offer_line, read_answer
from manycast.runtime.ffmpeg.child import Child, started
from manycast.runtime.origin.whip import COMMAND


pytestmark = pytest.mark.e2e


def command(outputs: Sequence[int]) -> list[str]:
    return [*COMMAND, "--output", str(outputs[0])]


@asynccontextmanager
async def published(*ports: int) -> AsyncIterator[tuple[Child, str, RTCPeerConnection]]:
    """The process while a peer with picture and sound is connected to it, its answer, and the peer."""
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    peer.addTrack(VideoStreamTrack())
    peer.addTrack(AudioStreamTrack())
    await peer.setLocalDescription(await peer.createOffer())
    async with asyncio.timeout(60), started(command, 1) as child:
        offer = WhipOffer(
            sdp=peer.localDescription.sdp,
            keyframe_ms=1000,
            connect_ms=20_000,
            silent_ms=5000,
            addresses=("198.51.100.7",),
            udp_ports=ports,
        )
        await child.write(offer_line(offer))
        answer = read_answer(await child.outputs[0].readline())
        await peer.setRemoteDescription(RTCSessionDescription(answer.sdp, "answer"))
        yield child, answer.sdp, peer
        await peer.close()


async def test_what_a_peer_sends_comes_out_as_it_was_coded() -> None:
    demuxer, found = flv.Demuxer(), []
    async with published() as (child, answer, _):
        assert "VP8" not in answer
        assert "198.51.100.7" in answer
        assert "stereo=1" in answer
        keys = 0
        while keys < 3 or not any(isinstance(item, AudioFrame) for item in found):
            data = await child.outputs[0].read(65_536)
            assert data, child.words()
            found += demuxer.feed(data)
            keys = sum(isinstance(item, VideoFrame) and item.key for item in found)
        child.end_input()
        while await child.outputs[0].read(65_536):
            pass
    video = next(item for item in found if isinstance(item, VideoConfig))
    audio = next(item for item in found if isinstance(item, AudioConfig))
    assert (video.width, video.height) == (640, 480)
    assert (audio.codec, audio.channels) == (AudioCodec.OPUS, 2)
    times = [item.dts_ms for item in found if isinstance(item, VideoFrame)]
    assert times == sorted(set(times))


async def test_it_ends_by_itself_when_the_peer_is_gone_and_stays_within_its_ports() -> None:
    async with published(40_000, 40_100) as (child, answer, peer):
        candidates = [line for line in answer.splitlines() if line.startswith("a=candidate")]
        assert {int(line.split()[5]) for line in candidates} <= set(range(40_000, 40_101))
        assert await child.outputs[0].read(65_536)
        await peer.close()
        while await child.outputs[0].read(65_536):
            pass
