"""Looks at a sample of the requests: for the access log, and for the hottest objects."""

from collections.abc import Sequence
from typing import Any

from manycast.edge.observed import Layer
from manycast.runtime import clock
from manycast.runtime.edge.access_log import AccessLog
from manycast.runtime.edge.entrance import Answers
from manycast.runtime.http.exchange import Exchange
from manycast.settings.log import LogSettings
from manycast.std.http1 import Headers
from manycast.std.space_saving import SpaceSaving


_TEXT_BYTES_MAX = 1_024
"""Of one field of a line, so that the lines that wait for a slow disk cannot fill the memory."""


class Watch:
    """A shortcut before another: a request to be logged goes the long way, where its fields are known."""

    def __init__(self, settings: LogSettings, log: AccessLog | None) -> None:
        self.log = log
        self.hottest: SpaceSaving[bytes] = SpaceSaving(settings.hottest_places)
        self._settings = settings
        self._until_hot = settings.hottest_one_in
        self._until_log = settings.one_in
        self._chosen: set[Exchange] = set()
        self._forced = False

    def before(self, shortcut: Answers) -> Answers:
        return _Watched(self, shortcut)

    def lets_pass(self, target: bytes) -> bool:
        """Count a request of the fast path; False sends it the long way."""
        self._until_hot -= 1
        if self._until_hot <= 0:
            self._count(target)
        if self.log is None:
            return True
        self._until_log -= 1
        self._forced = self._until_log <= 0
        return not self._forced

    def begun(self, exchange: Exchange) -> None:
        """A request that took the long way."""
        if self.log is not None:
            self._until_log -= not self._forced
            self._forced = False
            if self._until_log <= 0:
                self._until_log = self._settings.one_in
                self._chosen.add(exchange)
        self._until_hot -= 1
        if self._until_hot <= 0:
            self._count(exchange.request.target)

    def replied(
        self, exchange: Exchange, status: int, layer: Layer, size: int | None, seconds: float
    ) -> None:
        """Its reply begins; ``size`` of the body when it is known."""
        if exchange in self._chosen:
            self._chosen.discard(exchange)
            assert self.log is not None, "only for the log requests are chosen"
            self.log.note(self._line(exchange, status, layer, size, seconds))

    def left(self, exchange: Exchange) -> None:
        """The client is gone before its reply began."""
        self.replied(exchange, 499, Layer.OWN, None, 0.0)

    def _count(self, target: bytes) -> None:
        self._until_hot = self._settings.hottest_one_in
        self.hottest.add(target[:512], self._settings.hottest_one_in)

    def _line(
        self, exchange: Exchange, status: int, layer: Layer, size: int | None, seconds: float
    ) -> dict[str, Any]:
        request = exchange.request
        return {
            "at_ms": clock.wall_ms(),
            "client": exchange.host,
            "method": request.method,
            "target": _text(request.target),
            "host": _text(request.header(b"host")),
            "status": status,
            "bytes": size,
            "layer": layer.value,
            "first_byte_s": round(seconds, 6),
            "referer": _text(_page(request.header(b"referer"))),
            "agent": _text(request.header(b"user-agent")),
            "weight": self._settings.one_in,
        }


class _Watched:
    def __init__(self, watch: Watch, shortcut: Answers) -> None:
        self._passes = watch.lets_pass
        self._answer = shortcut.answer
        self._shortcut = shortcut

    def accepts(self, headers: Headers) -> bytes | None:
        return self._shortcut.accepts(headers)

    def answer(self, target: bytes, profile: bytes) -> Sequence[bytes] | None:
        return self._answer(target, profile) if self._passes(target) else None


def _page(referer: bytes | None) -> bytes | None:
    """Without its query, which may hold a token or what somebody searched for."""
    return None if referer is None else referer.partition(b"?")[0]


def _text(value: bytes | None) -> str | None:
    return None if value is None else value[:_TEXT_BYTES_MAX].decode("latin-1")
