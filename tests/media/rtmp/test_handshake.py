import pytest
from hypothesis import given, strategies as st

from manycast.media.errors import MalformedError
from manycast.media.rtmp.handshake import BLOCK_BYTES, CLIENT_BYTES, VERSION, Handshake


C1 = bytes(8) + b"\xab" * (BLOCK_BYTES - 8)
CLIENT = bytes((VERSION,)) + C1 + bytes(BLOCK_BYTES)


@given(st.lists(st.integers(0, CLIENT_BYTES + 5), max_size=6))
def test_any_split_gives_the_same_answer(cuts: list[int]) -> None:
    handshake, data = Handshake(), CLIENT + b"after"
    answers, rest, at = b"", b"", 0
    for cut in [*sorted(cuts), len(data)]:
        if not handshake.done:
            answer, rest = handshake.receive(data[at:cut])
            answers += answer
        else:
            rest += data[at:cut]
        at = cut
    assert handshake.done
    assert rest == b"after"
    assert len(answers) == CLIENT_BYTES
    assert answers[0] == VERSION
    assert answers[1 + BLOCK_BYTES :] == C1


def test_a_client_that_signs_is_answered_with_the_simple_handshake() -> None:
    signed = bytes((VERSION,)) + b"\x00\x00\x00\x00\x80\x00\x07\x02" + bytes(BLOCK_BYTES - 8)
    answer, _ = Handshake().receive(signed)
    assert answer[5:9] == bytes(4)  # no version: no signature


def test_the_answer_waits_for_the_whole_first_block() -> None:
    handshake = Handshake()
    assert handshake.receive(CLIENT[:BLOCK_BYTES]) == (b"", b"")
    answer, _ = handshake.receive(CLIENT[BLOCK_BYTES : BLOCK_BYTES + 1])
    assert len(answer) == CLIENT_BYTES
    assert not handshake.done


@pytest.mark.parametrize("first", [b"\x06", b"G", b"\x16"])
def test_what_is_no_rtmp_is_refused_by_its_first_byte(first: bytes) -> None:
    with pytest.raises(MalformedError, match=f"version byte {first[0]}"):
        Handshake().receive(first)
