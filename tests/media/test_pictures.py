import pytest

from manycast.media import pictures
from manycast.media.bits import BitReader
from manycast.media.errors import MalformedError


@pytest.mark.parametrize("size", [(0, 720), (1280, -2), (16_385, 720)])
def test_impossible_sizes_are_refused(size: tuple[int, int]) -> None:
    with pytest.raises(MalformedError, match="pixels"):
        pictures.size(*size)


def test_a_portrait_is_a_picture() -> None:
    assert pictures.size(1080, 1920) == (1080, 1920)


@pytest.mark.parametrize(
    ("ticks", "per_frame", "rate"),
    [(60, 2, 30.0), (60_000, 1001, 59.94), (1000, 1, None), (0, 1, None), (50, 0, None)],
)
def test_a_rate_is_what_a_camera_can_have(ticks: int, per_frame: int, rate: float | None) -> None:
    assert pictures.frame_rate(ticks, per_frame) == (rate and pytest.approx(rate, abs=0.01))


def test_every_display_field_is_skipped() -> None:
    fields = "1" + "1" * 8 + "0" * 32 + "1" + "0" + "1" + "0" * 4 + "1" + "0" * 24 + "1" + "11"
    bits = BitReader(int(fields.ljust(80, "0"), 2).to_bytes(10, "big"))
    pictures.skip_display_fields(bits)
    assert bits.left == 80 - len(fields)


def test_a_cropping_window_takes_both_sides() -> None:
    bits = BitReader(bytes((0b1_010_011_1, 0b00100_000)))
    assert pictures.cropping(bits) == (1 + 2, 0 + 3)
