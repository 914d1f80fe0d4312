import asyncio
from typing import Any

import pytest
from aiortc.rtcrtpparameters import RTCRtpCodecParameters, RTCRtpReceiveParameters
from aiortc.rtp import (
    RTCP_PSFB_PLI,
    RTCP_RTPFB_NACK,
    RtcpByePacket,
    RtcpPacket,
    RtcpPsfbPacket,
    RtcpRrPacket,
    RtcpRtpfbPacket,
    RtcpSenderInfo,
    RtcpSrPacket,
    RtpPacket,
)

from manycast.media.rtp_frames import RtpFrame
from manycast.runtime.whip import receiver as module
from manycast.runtime.whip.receiver import Receiver


H264 = RTCRtpCodecParameters(mimeType="video/H264", clockRate=90_000, payloadType=97)


class Transport:
    """Keeps what is sent."""

    def __init__(self) -> None:
        self.sent: list[Any] = []
        self.registered: set[Receiver] = set()
        self.heard = asyncio.Event()

    def _register_rtp_receiver(self, receiver: Receiver, _: RTCRtpReceiveParameters) -> None:
        self.registered.add(receiver)

    def _unregister_rtp_receiver(self, receiver: Receiver) -> None:
        self.registered.remove(receiver)

    async def _send_rtp(self, data: bytes) -> None:
        self.sent += RtcpPacket.parse(data)
        self.heard.set()

    async def until(self, kind: type) -> Any:
        while not (found := [one for one in self.sent if isinstance(one, kind)]):
            self.heard.clear()
            await self.heard.wait()
        return found[0]


def packet(sequence: int, unit: bytes = b"\x41abc", *, marker: bool = True) -> RtpPacket:
    made = RtpPacket(
        payload_type=97,
        marker=int(marker),
        sequence_number=sequence,
        timestamp=3000 * sequence,
        ssrc=7,
        payload=unit,
    )
    made.extensions.abs_send_time = None
    return made


async def ready(kind: str = "video") -> tuple[Receiver, Transport, list[RtpFrame]]:
    transport, frames = Transport(), list[RtpFrame]()
    receiver = Receiver(kind, transport)
    receiver._set_rtcp_ssrc(5)
    receiver.on_frame = frames.append
    await receiver.receive(RTCRtpReceiveParameters(codecs=[H264]))
    return receiver, transport, frames


async def test_frames_are_handed_on_as_they_were_coded() -> None:
    receiver, transport, frames = await ready()
    await receiver._handle_rtp_packet(packet(1), 0)
    assert frames == [RtpFrame(3000, b"\0\0\0\1\x41abc", gap=False)]
    assert receiver.heard_s > 0
    assert transport.registered == {receiver}
    await receiver.stop()
    await receiver.stop()
    assert not transport.registered


async def test_what_is_missing_is_asked_for_again() -> None:
    receiver, transport, frames = await ready()
    for sequence in (1, 3):
        await receiver._handle_rtp_packet(packet(sequence), 0)
    nack = await transport.until(RtcpRtpfbPacket)
    assert (nack.fmt, nack.ssrc, nack.media_ssrc, nack.lost) == (RTCP_RTPFB_NACK, 5, 7, [2])
    await receiver._handle_rtp_packet(packet(2), 0)
    assert [frame.timestamp for frame in frames] == [3000, 6000, 9000]


async def test_it_goes_on_without_what_never_comes_and_reports(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "WAIT_MS", {"video": 1.0})
    monkeypatch.setattr(module, "TICK_S", 0.002)
    receiver, transport, frames = await ready()
    for sequence in (1, 3, 4):
        await receiver._handle_rtp_packet(packet(sequence), 0)
    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        ticking = group.create_task(receiver.tick())
        report = await transport.until(RtcpRrPacket)
        ticking.cancel()
    assert [(frame.timestamp, frame.gap) for frame in frames] == [(3000, False), (12000, True)]
    assert report.reports[0].packets_lost == 1


async def test_a_keyframe_is_asked_of_who_has_sent_something() -> None:
    receiver, transport, _ = await ready()
    await receiver.ask_keyframe()
    assert transport.sent == []
    await receiver._handle_rtp_packet(packet(1), 0)
    await receiver.ask_keyframe()
    assert (await transport.until(RtcpPsfbPacket)).fmt == RTCP_PSFB_PLI


async def test_the_senders_clock_and_its_goodbye_are_told() -> None:
    receiver, _, _ = await ready()
    told: list[object] = []
    receiver.on_report = lambda ntp, timestamp: told.append((ntp, timestamp))
    receiver.on_end = lambda: told.append("end")
    info = RtcpSenderInfo(ntp_timestamp=1 << 40, rtp_timestamp=9, packet_count=1, octet_count=1)
    await receiver._handle_rtcp_packet(RtcpSrPacket(ssrc=7, sender_info=info))
    await receiver._handle_rtcp_packet(RtcpByePacket(sources=[7]))
    receiver._handle_disconnect()
    assert told == [(1 << 40, 9), "end", "end"]


async def test_packets_that_are_none_of_its_own_or_broken_are_left_out() -> None:
    receiver, _, frames = await ready()
    strange = packet(1)
    strange.payload_type = 111
    await receiver._handle_rtp_packet(strange, 0)
    await receiver._handle_rtp_packet(packet(2, b"\x7c"), 0)
    assert frames == []
