import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from manycast.cli.__main__ import main
from manycast.cli.replay import sizes


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    path = tmp_path / "trace.csv"
    path.write_text("".join(f"{turn},{turn % 7},{turn % 7 + 10}\n" for turn in range(200)))
    return path


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    try:
        status = main(["replay", *map(str, words)])
    except SystemExit as leaving:
        status = int(str(leaving.code))
    told = capsys.readouterr()
    return status, told.out, told.err


def test_json_is_one_object_and_nothing_else(
    trace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, err = run(capsys, trace, "--size", "50%,1KB", "--policy", "lru,S3-FIFO", "--json")
    assert (status, err) == (0, "")
    found = json.loads(out)
    assert found["requests"] == 200
    assert [(one["policy"], one["size"]) for one in found["results"]] == [
        (policy, size) for policy in ("lru", "s3-fifo", "belady") for size in ("50%", "1KB")
    ]
    assert found["results"][1]["size_bytes"] == 1_000
    assert found["results"][1]["object_miss_ratio"] == 7 / 200


def test_people_get_a_table_of_all_policies(
    trace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, _ = run(capsys, trace, "--curve")
    assert status == 0
    for name in ("lru", "w-tinylfu", "lhd", "belady"):
        assert out.count(f"\n{name} ") == 2


def test_a_report_is_written(trace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = trace.with_name("report.html")
    assert run(capsys, trace, "--policy", "lru", "--report", report)[0] == 0
    assert report.read_text().count("<svg") == 2


def test_a_report_that_cannot_be_written_is_a_failure(
    trace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, _, err = run(capsys, trace, "--policy", "lru", "--report", trace / "no.html")
    assert status == 1
    assert "the report cannot be written" in err


def test_a_reader_who_has_seen_enough_is_no_fault(trace: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "manycast.cli", "replay", str(trace), "--policy", "lru"]
    done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, check=False, timeout=60)
    os.close(writer)
    assert (done.returncode, done.stderr) == (1, b"")


def test_a_trace_that_is_not_there_is_bad_usage(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = run(capsys, "/nowhere.csv")
    assert (status, out) == (2, "")
    assert err == "manycast replay: /nowhere.csv cannot be read: No such file or directory\n"


def test_a_damaged_trace_is_a_failure_that_names_the_line(
    trace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trace.write_text("0,1,2\n0,1\n0,1,many\n")
    status, out, err = run(capsys, trace, "--json")
    assert (status, out) == (1, "")
    assert (
        "trace.csv: line 3 ends with no number of bytes: '0,1,many'; a csv trace has lines" in err
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--size", "0%"], "use more than 0% and at most 100%"),
        (["--size", "101%"], "use more than 0% and at most 100%"),
        (["--size", "much"], "use more than 0% and at most 100%, or bytes such as 100MB"),
        (["--policy", "mru"], "'mru' is no cache policy; use one of lru, fifo"),
        (["--policy", "lru+luck"], "such as lru+size:1MB"),
    ],
)
def test_bad_usage_says_what_to_do(
    trace: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    status, _, err = run(capsys, trace, *words)
    assert status == 2
    assert said in err


def test_sizes_are_shares_or_bytes() -> None:
    assert [(size.text, size.share, size.absolute_bytes) for size in sizes("1%, 100MB")] == [
        ("1%", 0.01, 0),
        ("100MB", None, 100_000_000),
    ]
