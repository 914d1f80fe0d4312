"""Which coding an object is worth, and what its compressed reply says."""

from collections.abc import Sequence

from manycast.cache.control import directives
from manycast.settings.compression import CompressionSettings
from manycast.std.http1 import Fields, field


_TEXTS = frozenset(
    {
        b"application/dash+xml", b"application/graphql", b"application/javascript", b"application/json",
        b"application/manifest+json", b"application/vnd.apple.mpegurl", b"application/wasm",
        b"application/x-javascript", b"application/x-mpegurl", b"application/xml", b"application/x-ndjson",
        b"font/otf", b"font/ttf", b"image/bmp", b"image/svg+xml", b"image/x-icon",
    }
)  # fmt: skip
_STREAMED = frozenset({b"text/event-stream"})
_OF_THE_BYTES = frozenset(
    {b"content-length", b"content-md5", b"content-digest", b"digest", b"repr-digest", b"accept-ranges"}
)  # fmt: skip
"""Fields that describe the plain bytes and no others."""
_TRIALS = 2
"""Objects of a kind for which each coding is tried before they are compared."""
_AGAIN = 64
"""A kind that gains nothing is tried again once in so many objects."""
_KINDS_MAX = 256
"""Kinds of content told apart; the oldest is forgotten first."""


def compressible(status: int, fields: Fields, length: int, settings: CompressionSettings) -> bool:
    """Whether a plain reply is text of a size worth it, and may be changed (RFC 9110 section 7.7)."""
    if status != 200 or not settings.bytes_min <= length <= settings.bytes_max:
        return False
    kind = kind_of(fields)
    text = kind in _TEXTS or kind.startswith(b"text/") or kind.endswith((b"+json", b"+xml"))
    if not text or kind in _STREAMED or field(fields, b"content-encoding") is not None:
        return False
    return "no-transform" not in directives(tuple(fields))


def kind_of(fields: Fields) -> bytes:
    return (field(fields, b"content-type") or b"").partition(b";")[0].strip().lower()


def packed_fields(fields: Fields, coding: bytes) -> list[tuple[bytes, bytes]]:
    """Of the compressed reply: other bytes under the same name need a weak ETag (RFC 9110 section 8.8.1)."""
    kept = [
        (name, weakened(value) if name == b"etag" else value)
        for name, value in fields
        if name not in _OF_THE_BYTES
    ]
    return [*kept, (b"content-encoding", coding)]


def weakened(etag: bytes) -> bytes:
    return etag if etag.startswith(b"W/") else b"W/" + etag


def varied(fields: Fields) -> Fields:
    """With word for other caches that the reply depends on Accept-Encoding."""
    listed = (field(fields, b"vary") or b"").lower()
    if {b"accept-encoding", b"*"} & {name.strip() for name in listed.split(b",")}:
        return fields
    return [*fields, (b"vary", b"accept-encoding")]


class _Measured:
    """One coding on one kind of content."""

    __slots__ = ("packed", "plain", "seconds", "times")

    def __init__(self) -> None:
        self.plain = self.packed = self.times = 0
        self.seconds = 0.0


class Chooser:
    """Compares codings by what they made of objects of the same kind before."""

    def __init__(self, settings: CompressionSettings, codings: Sequence[bytes]) -> None:
        self._settings = settings
        self.codings = tuple(codings)
        self._kinds: dict[bytes, dict[bytes, _Measured]] = {}
        self._hopeless: dict[bytes, int] = {}

    def choose(self, kind: bytes, accepted: Sequence[bytes]) -> bytes | None:
        """The coding with the least bytes and CPU; None when none has been worth it."""
        candidates = [coding for coding in self.codings if coding in accepted]
        known = self._kinds.get(kind, {})
        for coding in candidates:
            if coding not in known or known[coding].times < _TRIALS:
                return coding
        best = min(candidates, key=lambda coding: self._cost(known[coding]), default=None)
        if best is None or self._worth(known[best]):
            return best
        self._hopeless[kind] = self._hopeless.get(kind, 0) + 1
        return best if self._hopeless[kind] % _AGAIN == 0 else None

    def learn(self, kind: bytes, coding: bytes, plain: int, packed: int, seconds: float) -> bool:
        """Whether the copy is small enough to be kept."""
        if kind not in self._kinds and len(self._kinds) >= _KINDS_MAX:
            oldest = next(iter(self._kinds))
            del self._kinds[oldest]
            self._hopeless.pop(oldest, None)
        measured = self._kinds.setdefault(kind, {}).setdefault(coding, _Measured())
        measured.times += 1
        measured.plain += plain
        measured.packed += packed
        measured.seconds += seconds
        return packed < plain * self._settings.ratio_max

    def _cost(self, measured: _Measured) -> float:
        spent = measured.packed + measured.seconds * self._settings.cpu_bytes_per_s
        return spent / max(measured.plain, 1)

    def _worth(self, measured: _Measured) -> bool:
        return measured.packed < measured.plain * self._settings.ratio_max
