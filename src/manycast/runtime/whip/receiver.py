"""A track of a peer connection whose frames are taken as they were coded; aiortc's own receiver decodes every one."""

import asyncio
from typing import TYPE_CHECKING, Any, NoReturn

from aiortc.codecs import depayload, is_rtx
from aiortc.rate import RemoteBitrateEstimator
from aiortc.rtcrtpparameters import RTCRtpCodecParameters, RTCRtpReceiveParameters
from aiortc.rtcrtpreceiver import RemoteStreamTrack, StreamStatistics
from aiortc.rtp import (
    RTCP_PSFB_APP,
    RTCP_PSFB_PLI,
    RTCP_RTPFB_NACK,
    AnyRtcpPacket,
    RtcpByePacket,
    RtcpPsfbPacket,
    RtcpReceiverInfo,
    RtcpRrPacket,
    RtcpRtpfbPacket,
    RtcpSrPacket,
    RtpPacket,
    pack_remb_fci,
    unwrap_rtx,
)

from manycast.media.rtp_frames import Reassembly, RtpFrame, RtpPiece
from manycast.runtime.clock import monotonic


if TYPE_CHECKING:
    from collections.abc import Callable


WAIT_MS = {"video": 300.0, "audio": 120.0}
"""For a packet that is sent again: some round trips across a continent."""
TICK_S = 0.04
"""Between two looks for packets to ask for again, or to give up."""
REPORT_TICKS = 25
"""From one receiver report to the next: a second."""
NACK_MAX = 64
"""Packets asked for again at once: more than that is no accident but a line that is full."""


class Receiver:
    """Has the methods of ``aiortc.RTCRtpReceiver`` that a peer connection and its transport call."""

    def __init__(self, kind: str, transport: Any) -> None:
        self.kind = kind
        self.transport = transport
        self.heard_s = 0.0
        """When the last packet came, by ``clock.monotonic``; 0 before the first."""
        self.on_frame: Callable[[RtpFrame], None] = lambda _: None
        self.on_report: Callable[[int, int], None] = lambda _ntp, _timestamp: None
        """Told of the sender's clock, as ``media.rtp_clock`` wants it."""
        self.on_end: Callable[[], None] = lambda: None
        self._enabled = True
        self._track: RemoteStreamTrack | None = None
        self._codecs: dict[int, RTCRtpCodecParameters] = {}
        self._resent: dict[int, int] = {}
        """SSRCs of retransmissions to those of the track."""
        self._reassembly = Reassembly(WAIT_MS[kind], single=kind == "audio")
        self._statistics: dict[int, StreamStatistics] = {}
        self._last_report: dict[int, tuple[int, float]] = {}
        self._estimator = RemoteBitrateEstimator() if kind == "video" else None
        self._own_ssrc = 0
        self._ssrc = 0
        self._registered = False

    @property
    def track(self) -> RemoteStreamTrack | None:
        return self._track

    def setTransport(self, transport: Any) -> None:  # noqa: N802  aiortc's name
        self.transport = transport

    def _set_rtcp_ssrc(self, ssrc: int) -> None:
        self._own_ssrc = ssrc

    async def receive(self, parameters: RTCRtpReceiveParameters) -> None:
        if self._registered:
            return
        self._registered = True
        self._codecs = {codec.payloadType or 0: codec for codec in parameters.codecs}
        self._resent = {one.rtx.ssrc: one.ssrc for one in parameters.encodings if one.rtx}
        self.transport._register_rtp_receiver(self, parameters)  # noqa: SLF001  as aiortc's own does

    async def stop(self) -> None:
        if self._registered:
            self._registered = False
            self.transport._unregister_rtp_receiver(self)  # noqa: SLF001  as above

    def _handle_disconnect(self) -> None:
        self.on_end()

    async def _handle_rtcp_packet(self, packet: AnyRtcpPacket) -> None:
        if isinstance(packet, RtcpSrPacket):
            told = packet.sender_info
            self._last_report[packet.ssrc] = told.ntp_timestamp >> 16 & 0xFFFFFFFF, monotonic()
            self.on_report(told.ntp_timestamp, told.rtp_timestamp)
        elif isinstance(packet, RtcpByePacket):
            self.on_end()

    async def _handle_rtp_packet(self, packet: RtpPacket, arrival_time_ms: int) -> None:
        await self._estimate(packet, arrival_time_ms)
        codec = self._codecs.get(packet.payload_type)
        if codec is None:
            return
        self._count(packet, codec)
        if is_rtx(codec):
            original, main = self._resent.get(packet.ssrc), codec.parameters.get("apt")
            if original is None or main not in self._codecs or len(packet.payload) < 2:
                return
            packet = unwrap_rtx(packet, payload_type=main, ssrc=original)
            codec = self._codecs[main]
        self._ssrc, self.heard_s = packet.ssrc, monotonic()
        try:
            data = depayload(codec, packet.payload) if packet.payload else b""
        except ValueError:
            return  # broken on the way or by the sender: as good as lost
        piece = RtpPiece(packet.sequence_number, packet.timestamp, bool(packet.marker), data)
        before = len(self._reassembly.missing())
        self._deliver(self._reassembly.add(piece, _now_ms()))
        if len(missing := self._reassembly.missing()) > before:
            await self._ask_again(missing)

    def _deliver(self, frames: list[RtpFrame]) -> None:
        for frame in frames:
            if frame.data:
                self.on_frame(frame)

    async def ask_keyframe(self) -> None:
        if self._ssrc:
            await self._send(
                RtcpPsfbPacket(fmt=RTCP_PSFB_PLI, ssrc=self._own_ssrc, media_ssrc=self._ssrc)
            )

    async def tick(self) -> NoReturn:
        """Asks for what is missing, or gives it up, and reports; to be run beside."""
        ticks = 0
        while True:
            ticks += 1
            await asyncio.sleep(TICK_S)
            self._deliver(self._reassembly.give_up(_now_ms()))
            if missing := self._reassembly.missing():
                await self._ask_again(missing)
            if ticks % REPORT_TICKS == 0 and self._statistics:
                reports = [self._report(ssrc, one) for ssrc, one in self._statistics.items()]
                await self._send(RtcpRrPacket(ssrc=self._own_ssrc, reports=reports))

    async def _ask_again(self, missing: list[int]) -> None:
        if self.kind == "video":
            packet = RtcpRtpfbPacket(
                fmt=RTCP_RTPFB_NACK, ssrc=self._own_ssrc, media_ssrc=self._ssrc
            )
            packet.lost = sorted(missing[:NACK_MAX])
            await self._send(packet)

    def _count(self, packet: RtpPacket, codec: RTCRtpCodecParameters) -> None:
        if packet.ssrc not in self._statistics:
            self._statistics[packet.ssrc] = StreamStatistics(codec.clockRate)
        self._statistics[packet.ssrc].add(packet)

    async def _estimate(self, packet: RtpPacket, arrival_time_ms: int) -> None:
        """Tell the sender what the line carries, from how its packets spread on the way."""
        sent = packet.extensions.abs_send_time
        if self._estimator is None or sent is None:
            return
        size = len(packet.payload) + packet.padding_size
        found = self._estimator.add(
            abs_send_time=sent, arrival_time_ms=arrival_time_ms, payload_size=size, ssrc=packet.ssrc
        )
        if found is not None:
            told = pack_remb_fci(*found)
            await self._send(
                RtcpPsfbPacket(fmt=RTCP_PSFB_APP, ssrc=self._own_ssrc, media_ssrc=0, fci=told)
            )

    def _report(self, ssrc: int, one: StreamStatistics) -> RtcpReceiverInfo:
        lsr, at = self._last_report.get(ssrc, (0, 0.0))
        since = min(int((monotonic() - at) * 65536), 0xFFFFFFFF) if lsr else 0
        return RtcpReceiverInfo(
            ssrc=ssrc,
            fraction_lost=one.fraction_lost,
            packets_lost=one.packets_lost,
            highest_sequence=one.max_seq or 0,
            jitter=one.jitter,
            lsr=lsr,
            dlsr=since,
        )

    async def _send(self, packet: AnyRtcpPacket) -> None:
        try:
            await self.transport._send_rtp(bytes(packet))  # noqa: SLF001  as aiortc's own does
        except ConnectionError:
            return  # it is going down


def _now_ms() -> float:
    return monotonic() * 1000
