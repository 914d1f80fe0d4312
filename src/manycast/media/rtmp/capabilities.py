"""What Enhanced RTMP lets the two sides say of themselves in ``connect`` and its answer."""

from typing import Final

from manycast.media.amf0 import Value
from manycast.model.media import AudioCodec, VideoCodec


_VIDEO: Final = tuple(codec.value for codec in VideoCodec)
_AUDIO: Final = tuple(codec.value for codec in AudioCodec)

_CAN_DECODE_AND_FORWARD: Final = 5.0  # 1 | 4
_MULTITRACK: Final = 2
_MOD_EX: Final = 4
_TIMESTAMP_NANO_OFFSET: Final = 8


def answer(asked: dict[str, Value]) -> dict[str, Value]:
    """Our side of each capability the client named; older clients get none.

    Reconnect requests (1) are left out: none is ever sent.
    """
    ours: dict[str, Value] = {
        "fourCcList": [*_VIDEO, *_AUDIO],
        "videoFourCcInfoMap": dict.fromkeys(_VIDEO, _CAN_DECODE_AND_FORWARD),
        "audioFourCcInfoMap": dict.fromkeys(_AUDIO, _CAN_DECODE_AND_FORWARD),
        "capsEx": float(_MULTITRACK | _MOD_EX | _TIMESTAMP_NANO_OFFSET),
    }
    return {name: value for name, value in ours.items() if name in asked}
