import pytest

from manycast.media.amf0 import Value
from manycast.media.rtmp.metadata import stream_info
from manycast.model.media import StreamInfo


def described(properties: dict[str, Value]) -> StreamInfo:
    info = stream_info(["onMetaData", properties])
    assert info is not None
    return info


def test_both_forms_of_the_message_are_understood() -> None:
    properties: dict[str, Value] = {"framerate": 30.0, "encoder": "obs-output", "videocodecid": 7.0}
    assert stream_info(["@setDataFrame", "onMetaData", properties]) == described(properties)


@pytest.mark.parametrize("values", [[], ["onMetaData"], ["onMetaData", "x"], ["onTextData", {}]])
def test_other_data_describes_nothing(values: list[Value]) -> None:
    assert stream_info(values) is None


def test_a_stream_that_names_one_codec_has_only_that_track() -> None:
    assert described({"videocodecid": 7.0}) == StreamInfo(has_video=True, has_audio=False)
    assert described({"audiocodecid": 10.0}) == StreamInfo(has_video=False, has_audio=True)
    assert described({"videocodecid": 7.0, "audiocodecid": 10.0}).has_audio


def test_what_is_said_outright_counts() -> None:
    assert described({"hasAudio": True, "videocodecid": 7.0}).has_audio


def test_silence_means_unknown() -> None:
    assert described({"width": 1280.0}) == StreamInfo()


@pytest.mark.parametrize(
    ("said", "rate"),
    [(29.97, 29.97), ("25", 25.0), (0.0, None), (-1.0, None), ("x", None), (float("nan"), None), (float("inf"), None), (None, None), (True, None)],
)  # fmt: skip
def test_a_frame_rate_is_a_positive_number(said: Value, rate: float | None) -> None:
    assert described({"framerate": said}).frame_rate == rate


def test_an_encoder_may_not_tell_a_novel() -> None:
    assert len(described({"encoder": "x" * 10_000}).encoder) == 200
    assert described({"encoder": 1.0}).encoder == ""
