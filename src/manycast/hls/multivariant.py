"""The multivariant playlist: every rendition of a stream with what it costs and needs."""

from collections.abc import Sequence
from dataclasses import dataclass

from manycast.hls.render import VERSION


@dataclass(frozen=True, slots=True)
class Variant:
    """One rendition as players choose it."""

    uri: str
    bandwidth_bps: int
    """Peak, as rfc8216bis 4.4.6.2 defines it: see the module ``bandwidth``."""
    average_bandwidth_bps: int
    codecs: tuple[str, ...]
    """RFC 6381 strings of every track."""
    width: int
    height: int
    frame_rate: float | None = None


def text(variants: Sequence[Variant]) -> str:
    """Render in the given order: players without a bandwidth estimate begin with the first."""
    lines = ["#EXTM3U", f"#EXT-X-VERSION:{VERSION}", "#EXT-X-INDEPENDENT-SEGMENTS"]
    for variant in variants:
        lines += [_stream_inf(variant), variant.uri]
    return "\n".join(lines) + "\n"


def _stream_inf(variant: Variant) -> str:
    rate = "" if variant.frame_rate is None else f",FRAME-RATE={variant.frame_rate:.3f}"
    return (
        f"#EXT-X-STREAM-INF:BANDWIDTH={variant.bandwidth_bps}"
        f",AVERAGE-BANDWIDTH={variant.average_bandwidth_bps}"
        f',CODECS="{",".join(variant.codecs)}"'
        f",RESOLUTION={variant.width}x{variant.height}{rate},CLOSED-CAPTIONS=NONE"
    )
