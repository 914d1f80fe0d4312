"""The lines between an origin and the process of one publisher over WebRTC."""

import json
from dataclasses import asdict, dataclass

from manycast.model.reading import read


@dataclass(frozen=True, slots=True, kw_only=True)
class WhipOffer:
    sdp: str
    keyframe_ms: int
    """Between two requests for a keyframe."""
    connect_ms: int
    silent_ms: int
    addresses: tuple[str, ...] = ()
    """To announce beside this machine's own."""
    udp_ports: tuple[int, ...] = ()
    """First and last; empty: any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WhipAnswer:
    sdp: str = ""
    """Empty: refused."""
    refusal: str = ""
    """Why, in a sentence for the publisher."""
    audio: bool = False
    """Whether sound will come."""


def offer_line(offer: WhipOffer) -> bytes:
    return json.dumps(asdict(offer)).encode() + b"\n"


def read_offer(line: bytes) -> WhipOffer:
    """Raises ValueError."""
    return read(WhipOffer, json.loads(line))


def answer_line(answer: WhipAnswer) -> bytes:
    return json.dumps(asdict(answer)).encode() + b"\n"


def read_answer(line: bytes) -> WhipAnswer:
    """Raises ValueError."""
    return read(WhipAnswer, json.loads(line))
