import pytest
from hypothesis import given, strategies as st

from manycast.media.errors import MalformedError, MediaError, UnsupportedError
from manycast.media.flv_audio import parse_audio
from manycast.model.media import AudioCodec, AudioConfig, AudioFrame


def config(body: bytes) -> AudioConfig:
    item = parse_audio(body, 7)
    assert isinstance(item, AudioConfig)
    return item


def test_configurations_of_both_codecs() -> None:
    assert config(b"\xaf\0\x11\x90").codec == AudioCodec.AAC
    assert config(b"\x90mp4a\x11\x90").sample_rate == 48_000
    opus = config(b"\x90OpusOpusHead\x01\x02\x38\x01\x80\xbb\0\0\0\0\0")
    assert (opus.codec, opus.channels) == (AudioCodec.OPUS, 2)


@pytest.mark.parametrize("head", [b"\xaf\x01", b"\xaa\x01", b"\x91mp4a", b"\x91Opus"])
def test_frames_of_every_form(head: bytes) -> None:
    assert parse_audio(head + b"raw", 7) == AudioFrame(7, b"raw")


@pytest.mark.parametrize(
    "body", [b"", b"\xaf\0", b"\xaf\x01", b"\x91Opus", b"\x92Opus", b"\x92Opusx", b"\x94Opus\1\2"]
)
def test_tags_with_nothing_to_play(body: bytes) -> None:
    assert parse_audio(body, 7) is None


@pytest.mark.parametrize(
    ("body", "codec"),
    [
        (b"\x2fx", "MP3"),
        (b"\xb2x", "Speex"),
        (b"\x72x", "G.711 A-law"),
        (b"\xc2x", "sound format 12"),
        (b"\x90fLaCx", "FLAC"),
        (b"\x90ac-3x", "AC-3"),
        (b"\x90abcdx", "abcd"),
    ],
)
def test_other_codecs_are_named_with_what_to_choose(body: bytes, codec: str) -> None:
    with pytest.raises(UnsupportedError, match=f"{codec}.*choose AAC or Opus"):
        parse_audio(body, 7)


@pytest.mark.parametrize("body", [b"\xaf", b"\xaf\x02x", b"\x93Opusx"])
def test_unknown_packet_types_are_refused(body: bytes) -> None:
    with pytest.raises(MalformedError, match="packet type"):
        parse_audio(body, 7)


prefixes = st.sampled_from([b"", b"\xaf\0", b"\x90Opus", b"\x90OpusOpusHead", b"\x90mp4a", b"\x95"])


@given(prefixes, st.binary(max_size=60))
def test_random_tags_raise_nothing_else(prefix: bytes, noise: bytes) -> None:
    try:
        parse_audio(prefix + noise, 0)
    except MediaError:
        return
