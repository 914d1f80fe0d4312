"""H.264 as real-time senders have it: access units with start codes (H.264 annex B), to configs and samples."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from manycast.media import avc
from manycast.media.avc import SPS_NAL
from manycast.model.media import VideoConfig, VideoFrame


START = b"\0\0\1"
SLICE_NAL, IDR_NAL, PPS_NAL, DELIMITER_NAL, FILLER_NAL = 1, 5, 8, 9, 12
PICTURE_NALS = range(SLICE_NAL, IDR_NAL + 1)
_LEFT_OUT = {SPS_NAL, PPS_NAL, DELIMITER_NAL, FILLER_NAL}
"""Parameter sets are in the config, and nobody needs the others."""


def units(data: bytes) -> Iterator[bytes]:
    """The NAL units of an access unit, without start codes."""
    at = data.find(START)
    while at >= 0:
        begin = at + len(START)
        at = data.find(START, begin)
        unit = data[begin:] if at < 0 else data[begin:at]
        if unit := unit.rstrip(b"\0"):
            yield unit


def kind(unit: bytes) -> int:
    return unit[0] & 0x1F


@dataclass
class AccessUnits:
    """One sender's, in decoding order and without pictures that are shown out of it."""

    record: bytes = b""
    """The avcC record that was told last."""
    _sets: dict[int, bytes] = field(default_factory=dict)

    def read(self, data: bytes, dts_ms: int) -> Iterator[VideoConfig | VideoFrame]:
        """A config where it changes, and the frame; frames before the first config are left out.

        Raises MediaError for parameter sets that cannot be read.
        """
        found = list(units(data))
        self._sets.update({kind(unit): unit for unit in found if kind(unit) in {SPS_NAL, PPS_NAL}})
        if len(self._sets) == 2 and (made := _record(**self._named())) != self.record:
            yield avc.config(made)
            self.record = made
        pictures = {kind(unit) for unit in found} & set(PICTURE_NALS)
        if self.record and pictures:
            kept = (unit for unit in found if kind(unit) not in _LEFT_OUT)
            sample = b"".join(len(unit).to_bytes(avc.LENGTH_BYTES, "big") + unit for unit in kept)
            yield VideoFrame(dts_ms, 0, IDR_NAL in pictures, sample)

    def _named(self) -> dict[str, bytes]:
        return {"sps": self._sets[SPS_NAL], "pps": self._sets[PPS_NAL]}


def _record(sps: bytes, pps: bytes) -> bytes:
    """AVCDecoderConfigurationRecord (ISO 14496-15 5.3.3.1) of one of each."""
    lengths = 0xFC | avc.LENGTH_BYTES - 1
    head = bytes((1, *sps[1:4], lengths, 0xE0 | 1))
    return head + len(sps).to_bytes(2, "big") + sps + b"\1" + len(pps).to_bytes(2, "big") + pps
