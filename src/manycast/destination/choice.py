"""Which rendition a destination gets, or what has to be encoded for it, by what it takes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from manycast.model.destinations import DestinationGrant, Encode, Limits
from manycast.model.reading import read


BITRATE_SLACK: Final = 1.15
"""An encoder told to send 6 Mbit/s sends somewhat more, and its sound is in the figure too."""
FRAME_RATE_SLACK: Final = 1.02
"""59.94 and 60 are the same to everybody, and a measured 60 may be 60.3."""
BITS_PER_PIXEL: Final = 0.1
"""Of H.264 at 30 frames per second where no limit says less: 6 Mbit/s for 1080p."""
USUAL_FRAME_RATE: Final = 30.0
WHIP: Final = ("http:", "https:")
SRT: Final = "srt:"
TRANSPORT_STREAM: Final = ("avc1", "avc3", "hvc1", "hev1")
"""What MPEG-TS holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A rendition of the stream, as its status tells."""

    name: str
    width: int
    height: int
    frame_rate: float | None = None
    average_bps: int = 0
    codecs: str = ""
    b_frames: bool = False
    """Its pictures are decoded in another order than they are shown in, as far as they were seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What the feed says of the stream."""

    state: str
    renditions: tuple[Offer, ...] = ()
    apart: tuple[Offer, ...] = ()
    """Cut for another kind of screen: sent only where a person asked for it by name."""


@dataclass(frozen=True, slots=True)
class Choice:
    rendition: str
    encode: Encode | None = None
    reason: str = ""
    """What had to be changed, for people."""


def read_status(value: object) -> Status:
    """Raises ValueError naming what is wrong."""
    return read(Status, value)


def choose(
    offers: Sequence[Offer], grant: DestinationGrant, apart: Sequence[Offer] = ()
) -> Choice | None:
    """None while there is nothing to choose from; of ``apart`` only what the grant names."""
    if not offers:
        return None
    best = max(offers, key=_quality)
    if grant.encode is not None:
        return Choice(best.name, grant.encode)
    named = (offer for offer in (*offers, *apart) if offer.name == grant.rendition)
    wanted = next(named, None)
    faults = list(_faults(wanted, grant)) if wanted else []
    if wanted is not None and not faults:
        return Choice(wanted.name)
    fitting = [offer for offer in offers if not list(_faults(offer, grant))]
    reason = _reason(wanted or best, faults, grant, any_rendition=not grant.rendition)
    if fitting:
        found = max(fitting, key=_quality)
        sent = f"{reason} {found.name} is sent in its place." if grant.rendition else ""
        return Choice(found.name, None, sent.strip())
    return Choice(best.name, encode_for(best, grant.limits), f"{reason} It is encoded for it.")


def encode_for(offer: Offer, limits: Limits) -> Encode:
    """The best encode within the limits: never larger or faster than what is there."""
    shrink = min(
        1.0,
        (limits.width_max or offer.width) / offer.width,
        (limits.height_max or offer.height) / offer.height,
    )
    height, width = (2 * int(size * shrink / 2) for size in (offer.height, offer.width))
    rate = offer.frame_rate or USUAL_FRAME_RATE
    if limits.frame_rate_max and rate > limits.frame_rate_max * FRAME_RATE_SLACK:
        rate = min(rate / 2, limits.frame_rate_max)
    bps = int(width * height * rate * BITS_PER_PIXEL)
    usual = Encode(height=height, frame_rate=rate, video_bps=min(bps, limits.video_bps_max or bps))
    audio_bps = min(usual.audio_bps, limits.audio_bps_max or usual.audio_bps)
    keyframe_ms = min(usual.keyframe_ms, limits.keyframe_ms_max or usual.keyframe_ms)
    return replace(usual, audio_bps=audio_bps, keyframe_ms=keyframe_ms)


def limits_of(grant: DestinationGrant) -> Limits:
    """What the place takes, and what is spoken with it can carry."""
    limits = grant.limits
    if grant.url.lower().startswith(WHIP):
        return replace(limits, video_codecs=("avc1",), b_frames=False)
    if grant.url.lower().startswith(SRT):
        return replace(limits, video_codecs=limits.video_codecs or TRANSPORT_STREAM)
    return limits


def _quality(offer: Offer) -> tuple[int, int]:
    return (offer.height, offer.average_bps)


def _reason(
    offer: Offer, faults: list[str], grant: DestinationGrant, *, any_rendition: bool
) -> str:
    if not faults and not any_rendition:
        return f"There is no {grant.rendition} in this stream:"
    return f"{grant.name} {' and '.join(faults or _faults(offer, grant))}:"


def _faults(offer: Offer, grant: DestinationGrant) -> Iterator[str]:
    """What of the limits it breaks; measured rates are taken with some slack."""
    limits = grant.limits
    if limits.width_max and offer.width > limits.width_max:
        yield f"takes pictures of {limits.width_max} pixels in width at most ({offer.name} has {offer.width})"
    if limits.height_max and offer.height > limits.height_max:
        yield f"takes pictures of {limits.height_max} pixels in height at most ({offer.name} has {offer.height})"
    rate = offer.frame_rate or 0.0
    if limits.frame_rate_max and rate > limits.frame_rate_max * FRAME_RATE_SLACK:
        yield f"takes {limits.frame_rate_max:g} frames per second at most ({offer.name} has {rate:g})"
    bits_max = (limits.video_bps_max + limits.audio_bps_max) * BITRATE_SLACK
    if limits.video_bps_max and offer.average_bps > bits_max:
        yield (
            f"takes {limits.video_bps_max // 1000} kbit/s at most"
            f" ({offer.name} has {offer.average_bps // 1000})"
        )
    codec = offer.codecs.partition(",")[0].partition(".")[0]
    if limits.video_codecs and codec and codec not in limits.video_codecs:
        yield f"does not take this codec ({offer.name} is in {codec})"
    if offer.b_frames and not limits.b_frames:
        yield f"takes no B-frames ({offer.name} has them)"
