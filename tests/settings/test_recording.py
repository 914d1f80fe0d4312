from manycast.settings.recording import RecordingSettings


def test_nothing_is_recorded_unasked() -> None:
    assert not RecordingSettings().enabled
