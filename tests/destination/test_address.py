import pytest

from manycast.destination.address import RtmpAddress, rtmp_address
from manycast.media.rtmp.publisher import Target


@pytest.mark.parametrize(
    ("url", "key", "wanted"),
    [
        (
            "rtmp://live.example/app",
            "k",
            RtmpAddress("live.example", 1935, False, Target("app", "rtmp://live.example/app", "k")),
        ),
        (
            "rtmps://a.example:4443/live2/?backup=1",
            "k-1",
            RtmpAddress(
                "a.example",
                4443,
                True,
                Target("live2?backup=1", "rtmps://a.example:4443/live2?backup=1", "k-1"),
            ),
        ),
        (
            "rtmps://a.example/app/instance/the-key",
            "",
            RtmpAddress(
                "a.example",
                443,
                True,
                Target("app/instance", "rtmps://a.example/app/instance", "the-key"),
            ),
        ),
    ],
)
def test_an_address_says_where_to_publish(url: str, key: str, wanted: RtmpAddress) -> None:
    assert rtmp_address(url, key) == wanted


def test_an_address_without_its_application_is_not_blamed_on_the_key() -> None:
    with pytest.raises(ValueError, match="no application"):
        rtmp_address("rtmp://a.example", "a-key")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("https://a.example/app", "rtmp://"),
        ("rtmp:///app", "rtmp://"),
        ("rtmp://a.example:port/app", "no URL"),
        ("rtmp://a..example/app/key", "the name of no server"),
        (f"rtmps://{'a' * 64}.example/app/key", "the name of no server"),
        ("rtmp://a.example/app", "key is missing"),
        ("rtmp://me:secret@a.example/app/key", "not supported"),
    ],
)
def test_an_address_that_leads_nowhere_is_explained_without_repeating_it(
    url: str, said: str
) -> None:
    with pytest.raises(ValueError, match=said) as caught:
        rtmp_address(url, "")
    assert "secret" not in str(caught.value)
