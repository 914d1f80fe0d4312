import pytest

from manycast.model.destinations import (
    DestinationGrant,
    DestinationReport,
    Encode,
    Limits,
    SendingState,
)
from manycast.model.sending import Order, order_line, read_order, read_report, report_line


GRANT = DestinationGrant(
    id="dst_1",
    name="Mine",
    url="rtmps://there/app",
    key="horse",
    encode=Encode(height=720, video_bps=3_000_000),
    limits=Limits(video_codecs=("avc1",), frame_rate_max=30),
)
ORDER = Order(stream="live", feed="http://127.0.0.1:8081/live/live/", grant=GRANT, token="donkey")
REPORT = DestinationReport(
    id="dst_1", state=SendingState.SENDING, since_ms=5, round_trip_ms=12.5, reason="Ä line\nbreak"
)


def test_what_was_written_is_read() -> None:
    assert read_order(order_line(ORDER)) == ORDER
    assert read_report(report_line(REPORT)) == REPORT


def test_each_is_one_line() -> None:
    for line in (order_line(ORDER), report_line(REPORT)):
        assert line.count(b"\n") == 1
        assert line.endswith(b"\n")


def test_no_secret_is_in_words_about_an_order() -> None:
    assert "horse" not in repr(ORDER)
    assert "donkey" not in repr(ORDER)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"", "Expecting value"),
        (b"\xff\xfe\n", "codec"),
        (b"[1]\n", "no object"),
        (b"{}\n", "id: missing"),
        (b'{"id":"d","state":"asleep","since_ms":1}\n', "asleep"),
        (b'{"id":"d","state":"sending","since_ms":1,"behind_ms":NaN}\n', "behind_ms"),
        (b'{"id":"d","state":"sending","since_ms":1,"frame_rate":NaN}\n', "frame_rate"),
    ],
)
def test_what_is_wrong_is_named(line: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        read_report(line)
