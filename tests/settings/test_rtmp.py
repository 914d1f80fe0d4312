from manycast.media.rtmp.handshake import CLIENT_BYTES
from manycast.settings.rtmp import RtmpSettings


def test_an_admitted_publisher_may_finish_its_largest_message() -> None:
    settings = RtmpSettings()
    assert settings.metadata_bytes_max <= settings.message_bytes_max <= settings.buffered_bytes_max


def test_a_stranger_may_send_a_handshake_and_any_command() -> None:
    settings = RtmpSettings()
    assert 2 * CLIENT_BYTES + settings.command_bytes_max <= settings.opening_bytes_max


def test_nobody_waits_longer_for_a_stranger_than_for_a_publisher() -> None:
    settings = RtmpSettings()
    assert settings.handshake_s <= settings.publish_s <= settings.idle_s
