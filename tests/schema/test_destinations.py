import pytest
from pydantic import ValidationError

from manycast.schema.destinations import DestinationChange, NewDestination, OwnEncode


@pytest.mark.parametrize(
    "url",
    [
        "rtmp://live.example.org/app",
        "rtmps://a.rtmps.youtube.com:443/live2",
        "srt://10.0.0.7:9000?latency=200",
        "https://whip.example.org/ingest/one",
        "rtmp://[2001:db8::1]:19350/app",
        "",
    ],
)
def test_a_server_is_any_that_speaks_one_of_our_protocols(url: str) -> None:
    assert NewDestination(name="there", url=url).url == url


@pytest.mark.parametrize(
    "url",
    [
        "ftp://there/app",
        "there/app",
        "rtmp://",
        "rtmp://user:secret@there/app",
        "rtmp://there/a b",
        "rtmp://there/app#part",
        "rtmp://there:0/app",
        "rtmp://there:99999/app",
        "rtmp://there",
        "rtmps://there/",
        "srt://there",
        "srt://there:9000?passphrase=0123456789",
    ],
)
def test_nothing_else_is_a_server_and_secrets_stay_out_of_it(url: str) -> None:
    with pytest.raises(ValidationError, match="address"):
        NewDestination(name="there", url=url)


def test_a_key_is_never_in_what_is_shown() -> None:
    assert "live_secret" not in repr(NewDestination(name="there", key="live_secret"))
    assert "live_secret" not in repr(DestinationChange(key="live_secret"))


def test_an_encode_stays_within_what_encoders_do() -> None:
    with pytest.raises(ValidationError):
        OwnEncode(height=8000, video_bps=1)
