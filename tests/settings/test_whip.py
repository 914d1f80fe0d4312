from manycast.settings.whip import WhipSettings


def test_who_is_silent_is_waited_for_longer_than_a_keyframe_takes() -> None:
    settings = WhipSettings()
    assert settings.keyframe_ms * 2 < settings.silent_ms
