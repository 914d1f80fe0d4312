import pytest
from hypothesis import given, strategies as st

from manycast.media.bits import RECORD_BYTES_MAX, BitReader, without_emulation_prevention
from manycast.media.errors import MalformedError


@given(st.binary(max_size=40), st.data())
def test_fields_of_any_width_add_up_to_the_bytes(data: bytes, draw: st.DataObject) -> None:
    bits, text = BitReader(data), ""
    while bits.left:
        width = draw.draw(st.integers(0, min(bits.left, 40)))
        text += f"{bits.read(width):0{width}b}" if width else ""
    assert text == "".join(f"{byte:08b}" for byte in data)


def test_reading_past_the_end_is_refused() -> None:
    bits = BitReader(b"\xff")
    bits.skip(7)
    with pytest.raises(MalformedError, match="ends too early"):
        bits.read(2)


def test_a_record_without_bounds_is_refused() -> None:
    with pytest.raises(MalformedError, match="at most"):
        BitReader(bytes(RECORD_BYTES_MAX + 1))


@pytest.mark.parametrize(
    ("code", "value", "signed"), [("1", 0, 0), ("010", 1, 1), ("011", 2, -1), ("00101", 4, -2)]
)
def test_exp_golomb(code: str, value: int, signed: int) -> None:
    data = bytes((int(code.ljust(8, "0"), 2),))
    assert BitReader(data).golomb() == value
    assert BitReader(data).signed_golomb() == signed


def test_an_endless_exp_golomb_prefix_is_refused() -> None:
    with pytest.raises(MalformedError, match="32 bits"):
        BitReader(bytes(100)).golomb()


def test_bytes_are_taken_at_any_bit() -> None:
    bits = BitReader(b"\x01\x23\x45")
    bits.skip(4)
    assert bits.take(2) == b"\x12\x34"


@given(st.binary(max_size=60).map(lambda data: bytes(byte & 3 for byte in data)))
def test_emulation_prevention_comes_off_as_an_encoder_put_it_on(payload: bytes) -> None:
    escaped, zeros = bytearray(), 0
    for byte in payload:
        if zeros == 2 and byte <= 3:
            escaped.append(3)
            zeros = 0
        escaped.append(byte)
        zeros = zeros + 1 if byte == 0 else 0
    assert without_emulation_prevention(bytes(escaped)) == payload
