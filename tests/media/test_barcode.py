import pytest
from hypothesis import given, strategies as st

from manycast.media import barcode


@given(st.integers(0, 2**48 - 1))
def test_every_time_is_read_back(ms: int) -> None:
    assert barcode.decode(barcode.encode(ms)) == ms


@given(st.integers(0, 2**48 - 1), st.sets(st.integers(0, 63), min_size=1, max_size=3))
def test_up_to_three_misread_cells_are_noticed(ms: int, wrong: set[int]) -> None:
    cells = [cell ^ (index in wrong) for index, cell in enumerate(barcode.encode(ms))]
    assert barcode.decode(cells) is None


def test_a_time_beyond_the_strip_is_refused() -> None:
    with pytest.raises(OverflowError):
        barcode.encode(2**48)


@pytest.mark.parametrize(
    ("width", "height"), [(640, 360), (1280, 720), (1920, 1080), (854, 480), (360, 640)]
)
def test_a_drawn_strip_is_read_at_every_size(width: int, height: int) -> None:
    strip = barcode.draw(1_763_690_000_123, width, height)
    assert len(strip) == barcode.ROWS * barcode.row_height(height) * width
    picture = strip + bytes(width * height - len(strip))
    assert barcode.read(picture, width, height) == 1_763_690_000_123


def test_a_picture_without_a_strip_has_no_time() -> None:
    assert barcode.read(bytes([128, 30] * (640 * 360 // 2)), 640, 360) in {None, 0}
