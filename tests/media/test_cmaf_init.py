from manycast.media import aac, opus
from manycast.media.cmaf_init import init_segment
from manycast.model.media import AudioCodec, AudioConfig, VideoCodec, VideoConfig


VIDEO = VideoConfig(VideoCodec.AVC, b"avc-record", 1280, 720, "avc1.64001f")


def test_records_travel_unchanged_in_the_box_of_their_codec() -> None:
    audio = aac.config(b"\x11\x90")
    for codec, name in ((VideoCodec.AVC, b"avcC"), (VideoCodec.AV1, b"av1C")):
        init = init_segment(VideoConfig(codec, b"record", 1280, 720, ""), audio)
        assert name + b"record" in init
        assert codec.encode() in init
    hevc = init_segment(VideoConfig(VideoCodec.HEVC, b"record", 1280, 720, ""), audio)
    assert b"hvcCrecord" in hevc


def test_opus_has_its_own_sample_entry() -> None:
    audio = opus.config(b"\0\x02\x01\x38\0\0\xbb\x80\0\0\0")
    init = init_segment(VIDEO, audio)
    assert b"dOps" + audio.record in init
    assert b"esds" not in init


def test_a_rate_that_needs_more_than_16_bits_is_left_to_the_codec() -> None:
    audio = AudioConfig(AudioCodec.AAC, b"\x10\x10", 96_000, 2, "mp4a.40.2")
    entry = init_segment(VIDEO, audio).split(b"mp4a")[1]
    assert entry[24:28] == bytes(4)
    assert (96_000).to_bytes(4, "big") in init_segment(VIDEO, audio)
