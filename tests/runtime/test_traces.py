import sys
from pathlib import Path

import pytest

from manycast.cache.trace import TraceError, oracle_record
from manycast.runtime.traces import PIECE_BYTES, read_trace


if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

CSV = b"0,1,10\n1,2,20\n2,1,10\n"


@pytest.mark.parametrize(
    "data",
    [
        CSV,
        zstd.compress(CSV),
        zstd.compress(CSV[:9]) + zstd.compress(CSV[9:]),
        b"".join(oracle_record(0, key, size, -1) for key, size in ((1, 10), (2, 20), (1, 10))),
    ],
    ids=["csv", "zst", "two frames", "oracleGeneral"],
)
def test_every_form_holds_the_same_requests(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "trace"
    path.write_bytes(data)
    trace = read_trace(path)
    assert list(trace.keys) == [1, 2, 1]
    assert list(trace.sizes) == [10, 20, 10]


def test_a_long_trace_is_read_in_pieces(tmp_path: Path) -> None:
    path = tmp_path / "trace.zst"
    lines = PIECE_BYTES // 4
    path.write_bytes(zstd.compress(b"0,7,1\n" * lines))
    heard: list[int] = []
    assert len(read_trace(path, heard.append)) == lines
    assert heard == sorted(heard)
    assert len(heard) >= 1


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (zstd.compress(CSV)[:-3], "the zstd data is cut short"),
        (zstd.compress(CSV)[:8] + b"\xff" * 20, "the zstd data is damaged"),
        (b"", "there are no requests in it"),
        (b"a,b,c\n", "trace: line 1 begins with no time"),
    ],
)
def test_errors_name_the_file(tmp_path: Path, data: bytes, said: str) -> None:
    path = tmp_path / "trace"
    path.write_bytes(data)
    with pytest.raises(TraceError, match=said) as error:
        read_trace(path)
    assert str(path) in str(error.value)


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_trace(tmp_path / "no.csv")
