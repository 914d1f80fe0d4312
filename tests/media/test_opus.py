import pytest
from hypothesis import given, strategies as st

from manycast.media import opus
from manycast.media.errors import MalformedError, MediaError, UnsupportedError
from manycast.model.media import AudioCodec


STEREO = b"OpusHead\x01\x02\x38\x01\x80\xbb\0\0\xff\xff\0"
SURROUND = b"OpusHead\x01\x06\x38\x01\x80\xbb\0\0\0\0\x01\x04\x02\0\x04\x01\x02\x03\x05"


def test_the_header_becomes_a_dops_body() -> None:
    config = opus.config_from_header(STEREO)
    assert config.record == b"\0\x02\x01\x38\0\0\xbb\x80\xff\xff\0"
    assert (config.codec, config.sample_rate, config.channels) == (AudioCodec.OPUS, 48_000, 2)
    assert (config.codecs, config.frame_samples) == ("opus", 960)


@pytest.mark.parametrize("header", [STEREO, SURROUND])
def test_headers_come_back_as_they_were(header: bytes) -> None:
    assert opus.header(opus.config_from_header(header)) == header


def test_streams_and_how_many_are_stereo() -> None:
    assert opus.streams(opus.config_from_header(STEREO)) == (1, 1)
    assert opus.streams(opus.config_from_header(SURROUND)) == (4, 2)


@pytest.mark.parametrize(
    ("packet", "samples"),
    [
        ("fcfffe", 960),
        ("08", 960),
        ("18", 2880),
        ("e0", 120),
        ("fd", 1920),
        ("0b03", 2880),
        ("fb06", 5760),
        ("60", 480),
    ],
)
def test_a_packet_says_how_long_it_is(packet: str, samples: int) -> None:
    assert opus.packet_samples(bytes.fromhex(packet)) == samples


@pytest.mark.parametrize("packet", ["", "ff", "ff00", "ff3f"])
def test_packets_of_impossible_length_are_refused(packet: str) -> None:
    with pytest.raises(MalformedError, match="Opus packet"):
        opus.packet_samples(bytes.fromhex(packet))


@pytest.mark.parametrize(
    ("header", "kind", "message"),
    [
        (b"Opus", MalformedError, "begins with"),
        (STEREO[:-1], MalformedError, "begins with"),
        (b"OpusHead\x10" + STEREO[9:], MalformedError, "version 16"),
        (b"OpusHead\x01\x03" + STEREO[10:], UnsupportedError, "3 channels of mapping family 0"),
        (SURROUND[:-1], MalformedError, "mapping table"),
    ],
)
def test_what_is_wrong_is_named(header: bytes, kind: type[MediaError], message: str) -> None:
    with pytest.raises(kind, match=message):
        opus.config_from_header(header)


@given(st.binary(max_size=40))
def test_random_records_raise_nothing_else(noise: bytes) -> None:
    for parse in (opus.config, opus.config_from_header):
        try:
            parse(noise)
        except MediaError:
            continue
