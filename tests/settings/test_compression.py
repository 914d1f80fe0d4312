from manycast.settings.compression import CompressionSettings


def test_a_compressed_copy_is_smaller() -> None:
    settings = CompressionSettings()
    assert 0 < settings.ratio_max < 1
    assert settings.bytes_min < settings.bytes_max
