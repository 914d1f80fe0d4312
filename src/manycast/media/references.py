"""Whether other frames are decoded from a frame, by the marks in its own bytes."""

from typing import Final

from manycast.media.avc import LENGTH_BYTES
from manycast.model.media import VideoCodec, VideoConfig


_AVC_SLICES: Final = frozenset({1, 5})
_HEVC_UNREFERENCED: Final = frozenset({0, 6, 8})
"""TRAIL_N, RADL_N and RASL_N: no picture of their own sub-layer is decoded from them (H.265 table 7-1)."""
_HEVC_SLICES: Final = range(32)
_HEVC_LAYERS_AT: Final = 21
_ONE_LAYER: Final = 1


def disposable(config: VideoConfig, data: bytes) -> bool:
    """Whether every other frame decodes without this one; False where that cannot be told cheaply."""
    if config.codec is VideoCodec.AVC:
        return _avc(data)
    if config.codec is VideoCodec.HEVC:
        return _one_layer(config.record) and _hevc(data)
    return False


def _avc(data: bytes) -> bool:
    """All slices of a picture have a nal_ref_idc of 0, or none has (H.264 7.4.1)."""
    at = 0
    while at + LENGTH_BYTES < len(data):
        header = data[at + LENGTH_BYTES]
        if header & 0x1F in _AVC_SLICES:
            return not header & 0x60
        at += LENGTH_BYTES + int.from_bytes(data[at : at + LENGTH_BYTES], "big")
    return False


def _hevc(data: bytes) -> bool:
    at = 0
    while at + LENGTH_BYTES < len(data):
        kind = data[at + LENGTH_BYTES] >> 1 & 0x3F
        if kind in _HEVC_SLICES:
            return kind in _HEVC_UNREFERENCED
        at += LENGTH_BYTES + int.from_bytes(data[at : at + LENGTH_BYTES], "big")
    return False


def _one_layer(record: bytes) -> bool:
    """With several temporal layers, those above may be decoded from what this one marks as unreferenced."""
    return len(record) > _HEVC_LAYERS_AT and record[_HEVC_LAYERS_AT] >> 3 & 7 == _ONE_LAYER
