import pytest

from manycast.model.whip import (
    WhipAnswer,
    WhipOffer,
    answer_line,
    offer_line,
    read_answer,
    read_offer,
)


OFFER = WhipOffer(
    sdp="v=0\r\n",
    keyframe_ms=2000,
    connect_ms=1,
    silent_ms=2,
    addresses=("192.0.2.1",),
    udp_ports=(1, 2),
)


def test_what_was_written_is_read() -> None:
    assert read_offer(offer_line(OFFER)) == OFFER
    assert read_answer(answer_line(WhipAnswer(sdp="v=0\r\n", audio=True))).audio
    assert read_answer(answer_line(WhipAnswer(refusal="no"))) == WhipAnswer(refusal="no")


def test_each_is_one_line() -> None:
    assert offer_line(OFFER).count(b"\n") == 1


@pytest.mark.parametrize("line", [b"", b"[]\n", b'{"sdp": 5}\n'])
def test_anything_else_is_refused(line: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_answer(line)
