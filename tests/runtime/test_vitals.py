from pathlib import Path

from manycast.runtime.vitals import free_bytes, vitals


def test_a_process_knows_what_it_takes() -> None:
    found = vitals()
    assert found["cpu_seconds_total"] > 0
    assert found["memory_bytes"] > 1_000_000


def test_a_folder_yet_to_come_is_on_the_disk_of_the_one_above(tmp_path: Path) -> None:
    assert free_bytes(tmp_path / "recordings" / "live") > 0
