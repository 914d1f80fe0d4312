"""One publisher over WebRTC: its offer is answered, its frames go on as FLV, as they were coded."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, NoReturn, cast

from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.exceptions import InvalidAccessError, InvalidStateError, OperationError

from manycast.media import flv_writer, opus
from manycast.media.annexb import AccessUnits
from manycast.media.rtp_clock import Lips
from manycast.media.rtp_frames import RtpFrame
from manycast.model.media import AudioCodec, AudioFrame, VideoFrame
from manycast.runtime.clock import monotonic


if TYPE_CHECKING:
    from manycast.runtime.whip.receiver import Receiver


KEYFRAME_S_MIN = 0.3
"""Between two requests for a keyframe, however many are needed."""
WATCH_S = 0.5
"""Between two looks whether the publisher is still there."""
EARLY_MS = 10_000
"""Where the timeline begins, so that sound which is moved to its picture never comes before its beginning."""
STEREO = opus.config(opus.DOPS.pack(0, 2, 0, opus.SAMPLE_RATE, 0, 0))
"""Opus over RTP is always decoded so (RFC 7587)."""


class OfferError(Exception):
    """The offer cannot be answered; the message says what the publisher can do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """Seconds."""

    keyframe_s: float
    connect_s: float
    silent_s: float


class Session:
    """``write`` takes pieces of FLV."""

    def __init__(self, write: Callable[[bytes], None], patience: Patience) -> None:
        self._write = write
        self._patience = patience
        self._peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._lips = Lips()
        self._units = AccessUnits()
        self._receivers: dict[str, Receiver] = {}
        self._over = asyncio.Event()
        self._began_s = monotonic()
        self._awaits_key = True
        self._wants_key = asyncio.Event()
        self._hears = False

    @property
    def has_audio(self) -> bool:
        return "audio" in self._receivers

    async def answer(self, offer: str) -> str:
        """Raises OfferError."""
        try:
            await self._peer.setRemoteDescription(RTCSessionDescription(_reachable(offer), "offer"))
            self._take_tracks()
            await self._peer.setLocalDescription(await self._peer.createAnswer())
        except (ValueError, OperationError, InvalidAccessError, InvalidStateError) as error:
            raise OfferError(
                f"this offer cannot be answered ({error}): send H.264, and Opus for sound"
            ) from error
        if "video" not in self._receivers:
            raise OfferError("this offer has no video: send H.264, and Opus for sound")
        return str(self._peer.localDescription.sdp)

    async def run(self, stop: asyncio.Event) -> str:
        """Pass frames on until the publisher is gone, or ``stop``; why it ended."""
        self._write(flv_writer.header(audio=self.has_audio))
        async with asyncio.TaskGroup() as group:
            beside = [group.create_task(one.tick()) for one in self._receivers.values()]
            beside.append(group.create_task(self._ask_keyframes()))
            while not stop.is_set() and not self._gone():
                await _pause(stop, WATCH_S)
            for task in beside:
                task.cancel()
        reason = self._gone() or "it was told to end"
        await self._peer.close()
        return reason

    def _take_tracks(self) -> None:
        """The first of each kind."""
        for receiver in cast("list[Receiver]", self._peer.getReceivers()):  # see whip.terms
            if receiver.track is None or receiver.kind in self._receivers:
                continue
            self._receivers[receiver.kind] = receiver
            video = receiver.kind == "video"
            track = self._lips.video if video else self._lips.audio
            receiver.on_frame = self._see if video else self._hear
            receiver.on_report = partial(self._lips.report, track)
            receiver.on_end = self._over.set

    def _see(self, frame: RtpFrame) -> None:
        at_ms = self._lips.place(self._lips.video, frame.timestamp, self._now_ms())
        self._awaits_key |= frame.gap  # what follows refers to what is lost
        for item in self._units.read(frame.data, at_ms):
            if isinstance(item, VideoFrame):
                self._awaits_key &= not item.key
                if self._awaits_key:
                    self._wants_key.set()
                    continue
            self._write(flv_writer.tag(item, at_ms))

    def _hear(self, frame: RtpFrame) -> None:
        at_ms = self._lips.place(self._lips.audio, frame.timestamp, self._now_ms())
        if not self._hears:
            self._hears = True
            self._write(flv_writer.tag(STEREO, at_ms))
        self._write(flv_writer.tag(AudioFrame(at_ms, frame.data), at_ms, AudioCodec.OPUS))

    async def _ask_keyframes(self) -> NoReturn:
        """Regularly, and as soon as one is needed."""
        while True:
            await self._receivers["video"].ask_keyframe()
            await asyncio.sleep(KEYFRAME_S_MIN)
            await _pause(self._wants_key, self._patience.keyframe_s - KEYFRAME_S_MIN)
            self._wants_key.clear()

    def _gone(self) -> str:
        """Why there is nobody any more; empty while there is."""
        heard_s = max(one.heard_s for one in self._receivers.values())
        silent_s = monotonic() - max(heard_s, self._began_s)
        if self._over.is_set():
            return "the publisher has closed the connection"
        if self._peer.connectionState in {"failed", "closed"}:
            return "no connection to the publisher came about, or it broke off: is UDP let through?"
        started = heard_s > self._began_s
        if silent_s > (self._patience.silent_s if started else self._patience.connect_s):
            return f"nothing came from the publisher for {silent_s:.0f} s: is UDP let through?"
        return ""

    def _now_ms(self) -> float:
        return (monotonic() - self._began_s) * 1000 + EARLY_MS


async def _pause(until: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await until.wait()


def _reachable(offer: str) -> str:
    """Without names that only the publisher's own network can resolve: it calls us in any case."""
    lines = offer.splitlines()
    kept = [line for line in lines if not (line.startswith("a=candidate:") and ".local " in line)]
    return "\r\n".join((*kept, ""))
