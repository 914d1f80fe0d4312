from manycast.runtime.disk.format import PREFIX_BYTES
from manycast.runtime.http.sendfile import READ_BYTES
from manycast.settings.disk import DiskSettings


def test_no_object_takes_more_than_a_part_of_the_disk() -> None:
    settings = DiskSettings()
    assert settings.object_bytes_max * 3 < settings.bytes
    assert settings.load_bytes_max <= settings.block_bytes < settings.object_bytes_max


def test_what_tls_reads_at_a_time_is_what_one_checksum_covers() -> None:
    assert DiskSettings().block_bytes == READ_BYTES > PREFIX_BYTES
