"""The text of a backup: gzipped lines of JSON, the same for every database.

First a header, then batches of rows, last how many rows there were. Bytes stand in Base64.
"""

import gzip
import json
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import IO, Any


FORMAT = "manycast state 1"
LINE_BYTES_MAX = 256 << 20
"""A longer line is damage, or meant to do some."""
LEVEL = 5
"""Of gzip: beyond it twice the time saves 2 % of the bytes."""


class DumpError(ValueError):
    """The file is damaged, cut off or no backup."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    revision: str
    """Of the tables."""
    program: str
    """The version of manycast that made it."""
    made_ms: int
    format: str = FORMAT


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows of one table, each with a value for each of the columns."""

    table: str
    columns: list[str]
    rows: list[list[Any]]


def write(file: IO[bytes], header: Header, batches: Iterable[Batch]) -> int:
    """How many rows it wrote."""
    count = 0
    # No name and no time of its own: the same state makes the same bytes.
    with gzip.GzipFile("", "wb", LEVEL, file, mtime=0) as packed:
        packed.write(_line(asdict(header)))
        for batch in batches:
            packed.write(_line(asdict(batch)))
            count += len(batch.rows)
        packed.write(_line({"rows": count}))
    return count


def read(file: IO[bytes]) -> tuple[Header, Iterator[Batch]]:
    """Raises DumpError, maybe only after the last batch: whoever acts on them must be able to undo it."""
    lines = _lines(file)
    with _damage():
        first = next(lines, {})
        if first.get("format") != FORMAT:
            raise DumpError("this is no backup that this manycast can read")
        return Header(**first), _batches(lines)


def _batches(lines: Iterator[dict[str, Any]]) -> Iterator[Batch]:
    count = 0
    with _damage():
        for line in lines:
            if "table" not in line:
                # Asking for more is also what makes gzip compare its checksum.
                if line["rows"] != count or next(lines, None) is not None:
                    raise DumpError(f"the backup is damaged: it holds {count} rows or more")
                return
            batch = Batch(**line)
            if any(len(row) != len(batch.columns) for row in batch.rows):
                raise DumpError(
                    f"the backup is damaged: a row of {batch.table} has the wrong length"
                )
            count += len(batch.rows)
            yield batch
    raise DumpError("the backup is cut off")


def _line(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _lines(file: IO[bytes]) -> Iterator[dict[str, Any]]:
    with gzip.GzipFile(fileobj=file, mode="rb") as packed:
        while line := packed.readline(LINE_BYTES_MAX):
            yield json.loads(line)


@contextmanager
def _damage() -> Iterator[None]:
    """What unpacking and reading raise when the bytes are not what was written."""
    try:
        yield
    except EOFError as error:
        raise DumpError("the backup is cut off") from error
    except (zlib.error, gzip.BadGzipFile, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise DumpError(f"the backup is damaged, or none: {error}") from error
    except (AttributeError, KeyError, TypeError) as error:
        raise DumpError(f"the backup is damaged: not understood ({error})") from error
