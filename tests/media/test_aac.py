import pytest
from hypothesis import given, strategies as st

from manycast.media import aac
from manycast.media.errors import MalformedError, MediaError, UnsupportedError
from manycast.model.media import AudioCodec


@pytest.mark.parametrize(
    ("record", "rate", "channels", "codecs", "samples"),
    [
        ("1190", 48_000, 2, "mp4a.40.2", 1024),
        ("1210", 44_100, 2, "mp4a.40.2", 1024),
        ("1208", 44_100, 1, "mp4a.40.2", 1024),
        ("11b0", 48_000, 6, "mp4a.40.2", 1024),
        ("11b8", 48_000, 8, "mp4a.40.2", 1024),
        ("1194", 48_000, 2, "mp4a.40.2", 960),
        ("119056e500", 48_000, 2, "mp4a.40.2", 1024),
        ("131056e598", 24_000, 2, "mp4a.40.5", 1024),
        ("130856e59d4880", 24_000, 1, "mp4a.40.29", 1024),
        ("2b118800", 24_000, 2, "mp4a.40.5", 1024),
        ("eb098800", 24_000, 1, "mp4a.40.29", 1024),
        ("178056101000", 44_064, 2, "mp4a.40.2", 1024),
    ],
)
def test_configurations_of_real_encoders(
    record: str, rate: int, channels: int, codecs: str, samples: int
) -> None:
    config = aac.config(bytes.fromhex(record))
    assert config.codec == AudioCodec.AAC
    assert (config.sample_rate, config.channels, config.codecs) == (rate, channels, codecs)
    assert config.frame_samples == samples


@pytest.mark.parametrize(
    ("record", "kind", "message"),
    [
        ("", MalformedError, "too early"),
        ("1688", MalformedError, "index 13"),
        ("17ffffffff90", MalformedError, "samples per second"),
        ("1180", UnsupportedError, "layout 0"),
        ("11f8", UnsupportedError, "layout 15"),
        ("0990", UnsupportedError, "type 1 .* choose AAC-LC"),
        ("f94640", UnsupportedError, "type 42 .* choose AAC-LC"),
    ],
)
def test_what_is_wrong_is_named(record: str, kind: type[MediaError], message: str) -> None:
    with pytest.raises(kind, match=message):
        aac.config(bytes.fromhex(record))


@given(st.binary(max_size=16))
def test_random_records_raise_nothing_else(noise: bytes) -> None:
    try:
        aac.config(noise)
    except MediaError:
        return
