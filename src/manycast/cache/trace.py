"""Request traces: the bytes of a file to keys and sizes.

Two forms are read: csv lines ``time,id,size`` without a header, and libCacheSim's oracleGeneral,
little-endian records of time (u32), id (u64), size (u32) and next access (i64), 24 bytes each.
"""

from array import array
from dataclasses import dataclass, field
from struct import Struct
from typing import Protocol


REQUESTS_MAX = 200_000_000
"""Requests of one trace; each takes 16 bytes of memory."""
LINE_MAX = 4_096
"""Bytes of one csv line."""
_RECORD = Struct("<IQIq")
_TEXT = frozenset(range(32, 127)) | {9, 10, 13}
_KEY_MAX = 2**63
"""Numbers above it stand for ids that are words."""


class TraceError(ValueError):
    """The trace is not what it should be; says where, and what to do."""


@dataclass(frozen=True, slots=True)
class Trace:
    """Requests in their order."""

    keys: "array[int]" = field(default_factory=lambda: array("Q"))
    sizes: "array[int]" = field(default_factory=lambda: array("Q"))
    """Bytes; 1 where the trace tells none."""

    def __len__(self) -> int:
        return len(self.keys)


class TraceParser(Protocol):
    trace: Trace

    def feed(self, data: bytes) -> None:
        """Read on; raises TraceError."""

    def finish(self) -> Trace:
        """The whole trace; raises TraceError when it ends in the middle or is empty."""


def parser_for(start: bytes) -> TraceParser:
    """By the first bytes of a trace: csv is plain text, oracleGeneral is not."""
    return CsvParser() if set(start[:256]) <= _TEXT else OracleParser()


class CsvParser:
    """Ids are numbers or words."""

    def __init__(self) -> None:
        self.trace = Trace()
        self._rest = b""
        self._lines = 0
        self._words: dict[bytes, int] = {}

    def feed(self, data: bytes) -> None:
        lines = (self._rest + data).split(b"\n")
        self._rest = lines.pop()
        if len(self._rest) > LINE_MAX:
            raise self._error(len(lines) + 1, self._rest[:40], f"is longer than {LINE_MAX} bytes")
        self._read(lines)

    def finish(self) -> Trace:
        if self._rest:
            self._read([self._rest])
            self._rest = b""
        return _checked(self.trace)

    def _read(self, lines: list[bytes]) -> None:
        _limit(len(self.trace) + len(lines))
        try:  # nearly always so; the slow way finds out what is wrong
            rows = [line.split(b",") for line in lines]
            keys = array("Q", array("q", [int(key) for _, key, _ in rows]))
            sizes = array("Q", [int(size) or 1 for _, _, size in rows])
        except (ValueError, OverflowError):
            keys, sizes = array("Q"), array("Q")
            for number, line in enumerate(lines, 1):
                self._read_line(number, line, keys, sizes)
        self._lines += len(lines)
        self.trace.keys.extend(keys)
        self.trace.sizes.extend(sizes)

    def _read_line(self, number: int, line: bytes, keys: "array[int]", sizes: "array[int]") -> None:
        columns = [column.strip() for column in line.split(b",")]
        if columns == [b""]:
            return
        if len(columns) not in {2, 3} or not columns[1]:
            raise self._error(number, line, "is not time,id,size")
        try:
            float(columns[0])
        except ValueError:
            raise self._error(
                number, line, "begins with no time in seconds; is it a header?"
            ) from None
        size = columns[2] if len(columns) == 3 else b""
        if size and not (size.isdigit() and len(size) < 19):
            raise self._error(number, line, "ends with no number of bytes")
        keys.append(self._key(columns[1]))
        sizes.append(int(size or b"1") or 1)

    def _key(self, word: bytes) -> int:
        if word.isdigit() and len(word) < 20 and int(word) < _KEY_MAX:
            return int(word)
        return self._words.setdefault(word, _KEY_MAX + len(self._words))

    def _error(self, number: int, line: bytes, what: str) -> TraceError:
        shown = line[:60].decode("utf-8", "replace")
        return TraceError(
            f"line {self._lines + number} {what}: {shown!r}; a csv trace has lines time,id,size and no header"
        )


class OracleParser:
    def __init__(self) -> None:
        self.trace = Trace()
        self._rest = b""

    def feed(self, data: bytes) -> None:
        data = self._rest + data
        whole = len(data) - len(data) % _RECORD.size
        self._rest = data[whole:]
        _limit(len(self.trace) + whole // _RECORD.size)
        rows = list(_RECORD.iter_unpack(data[:whole]))
        self.trace.keys.extend(array("Q", [row[1] for row in rows]))
        self.trace.sizes.extend(array("Q", [row[2] or 1 for row in rows]))

    def finish(self) -> Trace:
        if self._rest:
            raise TraceError(
                f"byte {len(self.trace) * _RECORD.size}: the last record has {len(self._rest)} of"
                f" {_RECORD.size} bytes; the file is cut short, or it is neither oracleGeneral nor csv"
            )
        return _checked(self.trace)


def oracle_record(time_s: int, key: int, size: int, upcoming: int) -> bytes:
    """One oracleGeneral record; ``upcoming`` is the index of the next request for the key, or -1."""
    return _RECORD.pack(time_s, key, size, upcoming)


def _limit(requests: int) -> None:
    if requests > REQUESTS_MAX:
        raise TraceError(f"more than {REQUESTS_MAX:,} requests; replay a part of the trace")


def _checked(trace: Trace) -> Trace:
    if not trace:
        raise TraceError("there are no requests in it; a trace has one line or record for each")
    return trace
