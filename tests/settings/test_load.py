from manycast.settings.load import LoadSettings


def test_the_retries_are_those_of_hls_js() -> None:
    settings = LoadSettings()
    assert (settings.multivariant.errors_max, settings.multivariant.timeouts_max) == (1, 2)
    assert (settings.playlist.errors_max, settings.playlist.timeouts_max) == (2, 2)
    assert (settings.media.errors_max, settings.media.timeouts_max) == (6, 4)


def test_an_ultra_low_player_can_hold_what_it_holds_back() -> None:
    settings = LoadSettings()
    assert settings.frames_buffer_s < settings.frames_buffer_s_max
