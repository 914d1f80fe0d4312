from array import array

import pytest

from manycast.media import barcode
from manycast.runtime.ffmpeg.testcard import PERIOD, SAMPLE, SAMPLE_RATE, Testcard


MADE_MS = 1_763_690_000_000


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (640, 360), (320, 180), (360, 640)])
def test_a_frame_has_the_size_of_its_planes(width: int, height: int) -> None:
    card = Testcard(width, height)
    for index in (0, 1, PERIOD // 2 - 1, 10_000):
        assert sum(map(len, card.frame(index, MADE_MS))) == width * height * 3 // 2


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (640, 360), (360, 640)])
def test_the_time_is_readable_in_every_frame(width: int, height: int) -> None:
    card = Testcard(width, height)
    for index in range(3):
        picture = b"".join(card.frame(index, MADE_MS + index))
        assert barcode.read(picture, width, height) == MADE_MS + index


def test_frames_move() -> None:
    card = Testcard(320, 180)
    assert b"".join(card.frame(0, MADE_MS)) != b"".join(card.frame(1, MADE_MS))


def test_sound_has_as_many_samples_as_asked_and_beeps_at_each_second() -> None:
    card = Testcard(320, 180)
    start = SAMPLE_RATE - 800
    beep = array(SAMPLE, card.sound(start, start + 1600, MADE_MS))
    tone = array(SAMPLE, card.sound(start, start + 1600, MADE_MS + 500))
    assert len(beep) == len(tone) == 1600
    assert max(beep) > 0.05 > max(tone)
