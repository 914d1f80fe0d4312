from manycast.settings.http import HttpServerSettings


def test_a_remembered_header_block_fits_in_a_request_head() -> None:
    settings = HttpServerSettings()
    assert settings.known_head_bytes_max <= settings.head_bytes_max
