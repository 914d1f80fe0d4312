from manycast.settings.cache import CacheSettings
from manycast.settings.edge import EdgeSettings


def test_a_slice_is_sent_whole_and_guesses_are_short() -> None:
    settings = CacheSettings()
    assert settings.slice_bytes <= EdgeSettings().whole_bytes_max
    assert 0 <= settings.heuristic_fraction < 1
    assert settings.heuristic_s_max <= 3600
