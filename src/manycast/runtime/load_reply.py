"""Reads HTTP/1.1 replies for measuring clients: bodies are counted, and kept only where asked."""

import re
from collections.abc import Callable
from dataclasses import dataclass


HEADS_MAX = 1024
"""Different reply heads remembered; most replies of one second share theirs, Date included."""
_CHUNK_LINE_MAX = 1024
"""Longest chunk size line or trailer line taken."""
_STATUS = re.compile(rb"HTTP/1\.[01] ([0-9]{3})")


class ReplyError(ValueError):
    """The server's fault: its bytes are no HTTP/1.1 reply."""


@dataclass(frozen=True, slots=True)
class Head:
    status: int
    length: int | None
    """Body bytes; None when the body is chunked or ends with the connection."""
    chunked: bool
    age_s: int
    close: bool
    """The connection cannot be used again."""


def parse_head(text: bytes) -> Head:
    """Read a status line and header fields, without the blank line. Raises ReplyError."""
    status = _STATUS.match(text)
    if status is None:
        raise ReplyError(f"not an HTTP/1.1 status line: {text[:40]!r}")
    fields = {}
    for line in text.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        fields[name.strip().lower()] = value.strip()
    chunked = b"chunked" in fields.get(b"transfer-encoding", b"").lower()
    length = _decimal(fields, b"content-length")
    if int(status[1]) in {204, 304}:
        chunked, length = False, 0
    return Head(
        status=int(status[1]),
        length=None if chunked else length,
        chunked=chunked,
        age_s=_decimal(fields, b"age") or 0,
        close=b"close" in fields.get(b"connection", b"").lower()
        or (length is None and not chunked),
    )


def _decimal(fields: dict[bytes, bytes], name: bytes) -> int | None:
    value = fields.get(name)
    if value is None:
        return None
    if not value.isdigit():
        raise ReplyError(f"{name.decode()} is {value[:40]!r}")
    return int(value)


Sink = Callable[[memoryview], None]


class _Chunks:
    """The chunked transfer coding (RFC 9112 section 7.1)."""

    __slots__ = ("_in_trailers", "_left", "_line", "_past_data")

    def __init__(self) -> None:
        self._left = 0
        self._line = b""
        self._past_data = False
        self._in_trailers = False

    def feed(self, data: memoryview, give: Sink) -> bool:
        while len(data):
            if self._left:
                taken = data[: self._left]
                give(taken)
                self._left -= len(taken)
                data = data[len(taken) :]
                continue
            text = self._line + bytes(data[:_CHUNK_LINE_MAX])
            end = text.find(b"\r\n")
            if end < 0:
                self._hold(text)
                return False
            data = data[end + 2 - len(self._line) :]
            self._line = b""
            if self._ends(text[:end]):
                return True
        return False

    def _hold(self, text: bytes) -> None:
        if len(text) >= _CHUNK_LINE_MAX:
            raise ReplyError(f"a chunk line of more than {_CHUNK_LINE_MAX} bytes")
        self._line = text

    def _ends(self, line: bytes) -> bool:
        """Take one line; True when it is the empty one that ends the body."""
        if self._in_trailers:
            return not line
        if self._past_data:
            if line:
                raise ReplyError(f"{line[:40]!r} follows a chunk")
            self._past_data = False
            return False
        try:
            self._left = int(line.partition(b";")[0], 16)
        except ValueError as error:
            raise ReplyError(f"{line[:40]!r} is no chunk size") from error
        self._past_data, self._in_trailers = self._left > 0, self._left == 0
        return False


class ReplyReader:
    """One reply after another on one connection; ``sink`` gets the body's bytes, or None does."""

    __slots__ = ("_chunks", "_head_max", "_heads", "_left", "_line", "_sink", "body_bytes", "head")

    def __init__(self, heads: dict[bytes, Head], head_max: int, sink: Sink | None) -> None:
        self.head: Head | None = None
        """Of the reply being read or just completed."""
        self.body_bytes = 0
        self._heads = heads
        self._head_max = head_max
        self._sink = sink
        self._left: int | None = None
        """Body bytes still to come, when their number is known."""
        self._chunks: _Chunks | None = None
        self._line = b""
        """The beginning of a head whose end has not arrived."""

    def feed(self, data: memoryview) -> bool:
        """Take bytes that arrived; True when they complete a reply. Raises ReplyError."""
        left = self._left
        if left is not None and len(data) < left:
            self._left = left - len(data)
            self._give(data)
            return False
        return self._feed(data)

    def eof(self) -> bool:
        """The connection ended: whether that completes a reply."""
        head = self.head
        return head is not None and head.length is None and not head.chunked

    def _feed(self, data: memoryview) -> bool:
        if self.head is None:
            begun = self._read_head(data)
            if begun is None:
                return False
            data = begun
        head = self.head
        assert head is not None
        if self._chunks is not None:
            return self._chunks.feed(data, self._give)
        if self._left is None:  # until the connection ends
            self._give(data)
            return False
        if len(data) > self._left:
            raise ReplyError("more bytes than the reply announced")
        self._left -= len(data)
        self._give(data)
        return self._left == 0

    def begin(self) -> None:
        """A request was sent: its reply comes next."""
        self.head = None
        self.body_bytes = 0
        self._left = None
        self._chunks = None
        self._line = b""

    def _give(self, data: memoryview) -> None:
        self.body_bytes += len(data)
        if self._sink is not None and len(data):
            self._sink(data)

    def _read_head(self, data: memoryview) -> memoryview | None:
        """Take a head off the data and return the rest; None while the head is incomplete."""
        text = self._line + bytes(data[: self._head_max])
        end = text.find(b"\r\n\r\n")
        if end < 0:
            if len(text) >= self._head_max:
                raise ReplyError(f"a head of more than {self._head_max} bytes")
            self._line = text
            return None
        rest = data[end + 4 - len(self._line) :]
        self._line = b""
        head = self._known(text[:end])
        if head.status < 200:  # 100 Continue and the like precede the reply
            return self._read_head(rest)
        self.head = head
        self._left = head.length
        self._chunks = _Chunks() if head.chunked else None
        return rest

    def _known(self, text: bytes) -> Head:
        head = self._heads.get(text)
        if head is None:
            if len(self._heads) >= HEADS_MAX:
                self._heads.clear()
            head = self._heads[text] = parse_head(text)
        return head
