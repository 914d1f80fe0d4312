"""What this process agrees to with a publisher; changes aiortc's own tables, which is why it is a process of its own."""

import asyncio
import errno
import ipaddress
from collections.abc import Sequence
from typing import Any

from aioice import ice
from aiortc import codecs, rtcpeerconnection
from aiortc.rtcrtpparameters import RTCRtcpFeedback, RTCRtpCodecParameters

from manycast.model.whip import WhipOffer
from manycast.runtime.whip.receiver import Receiver


PROFILES = ("42e034", "420034", "4d0034", "640034")
"""H.264 constrained baseline, baseline, main and high, up to level 5.2: the level is what we take, not what is sent."""
OPUS = {
    "minptime": 10,
    "useinbandfec": 1,
    "stereo": 1,
    "sprop-stereo": 1,
    "maxaveragebitrate": 128_000,
}
"""Browsers send mono, at 32 kbit/s, to who does not ask for more."""
FEEDBACK = (("nack", None), ("nack", "pli"), ("goog-remb", None))
FIRST_TYPE = 97
"""Payload types of ours; a publisher's own are used in the answer."""


CONSENT_FAILURES = 1 << 30
"""Questions of ICE (RFC 7675) that a publisher may leave unanswered: ffmpeg answers none, and aioice would end it after half a
minute of good media. Who has really gone is found by ``Patience.silent_s``."""


def install(offer: WhipOffer) -> None:
    """Take H.264 and Opus only, as they were coded, at the ports that the offer's origin allows."""
    _take_coded()
    found = ice.get_host_addresses
    # A machine without a network has its own publishers all the same.
    ice.get_host_addresses = lambda *kinds, **named: found(*kinds, **named) or ["127.0.0.1"]
    ice.CONSENT_FAILURES = CONSENT_FAILURES
    if offer.udp_ports:
        _stay_within(range(offer.udp_ports[0], offer.udp_ports[-1] + 1))


def _take_coded() -> None:
    vars(rtcpeerconnection)["RTCRtpReceiver"] = Receiver
    codecs.CODECS["video"][:] = [
        made for number, profile in enumerate(PROFILES) for made in _h264(profile, number)
    ]
    opus = next(one for one in codecs.CODECS["audio"] if one.mimeType == "audio/opus")
    opus.parameters = dict(OPUS)
    codecs.CODECS["audio"][:] = [opus]


def _h264(profile: str, number: int) -> list[RTCRtpCodecParameters]:
    kind = FIRST_TYPE + 2 * number
    h264 = RTCRtpCodecParameters(
        mimeType="video/H264",
        clockRate=90_000,
        payloadType=kind,
        rtcpFeedback=[RTCRtcpFeedback(type=name, parameter=more) for name, more in FEEDBACK],
        parameters={
            "level-asymmetry-allowed": "1",
            "packetization-mode": "1",
            "profile-level-id": profile,
        },
    )
    resent = RTCRtpCodecParameters(
        mimeType="video/rtx", clockRate=90_000, payloadType=kind + 1, parameters={"apt": kind}
    )
    return [h264, resent]


def _stay_within(ports: range) -> None:
    """Aioice binds any free port; the loop that it asks is this process' own."""
    loop: Any = asyncio.get_running_loop()
    made = loop.create_datagram_endpoint

    async def within(protocol: Any, local_addr: tuple[str, int], **more: Any) -> Any:
        for port in ports:
            try:
                return await made(protocol, local_addr=(local_addr[0], port), **more)
            except OSError as error:
                if error.errno != errno.EADDRINUSE:
                    raise
        raise OSError(f"every port of whip.udp_ports is taken: {ports.start} to {ports.stop - 1}")

    loop.create_datagram_endpoint = within


def announced(answer: str, addresses: Sequence[str]) -> str:
    """The answer with these addresses beside each of this machine's own of the same family; their ports are the same."""
    lines: list[str] = []
    for line in answer.splitlines():
        lines.append(line)
        words = line.split()
        if line.startswith("a=candidate:") and words[7] == "host":
            own = ipaddress.ip_address(words[4]).version
            for number, other in enumerate(addresses):
                if ipaddress.ip_address(other).version == own:
                    foundation = f"{words[0]}{number}"
                    lines.append(" ".join((foundation, *words[1:4], other, *words[5:])))
    return "\r\n".join((*lines, ""))
