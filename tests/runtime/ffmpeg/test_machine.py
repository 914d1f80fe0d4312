from pathlib import Path

from manycast.runtime.ffmpeg import machine


def test_a_containers_quota_limits_the_cores(tmp_path: Path) -> None:
    quota = tmp_path / "cpu.max"
    quota.write_text("50000 100000\n")
    assert machine.cores(quota) == 0.5


def test_without_a_quota_the_affinity_counts(tmp_path: Path) -> None:
    quota = tmp_path / "cpu.max"
    assert machine.cores(quota) >= 1
    quota.write_text("max 100000\n")
    assert machine.cores(quota) >= 1


def test_the_processor_has_a_name(tmp_path: Path) -> None:
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text("processor\t: 0\nmodel name\t: Example 9000 CPU\n")
    assert machine.processor(cpuinfo) == "Example 9000 CPU"
    assert machine.processor(tmp_path / "absent")
