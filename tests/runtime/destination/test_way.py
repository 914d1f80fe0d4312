from manycast.runtime.destination.rtmp import UNSENT_BYTES
from manycast.runtime.destination.way import ROOM_BYTES, Way


def test_room_is_less_than_a_second_of_a_slow_stream() -> None:
    assert Way.__name__ == "Way"
    assert 8 * (ROOM_BYTES + UNSENT_BYTES) < 1_000_000
