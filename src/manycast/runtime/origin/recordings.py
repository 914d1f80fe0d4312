"""Recordings over the origin's HTTP, for the control role alone: reading, by ranges too, and deleting."""

import asyncio
import hmac
import logging
import os
from collections.abc import Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import TypeVar

from manycast.cache import ranges, validators
from manycast.cache.ranges import Span
from manycast.runtime.clock import wall_ms
from manycast.runtime.http.exchange import Exchange
from manycast.runtime.http.request import Request
from manycast.runtime.http.sendfile import READ_BYTES, TURN_BYTES
from manycast.runtime.origin.shelf import Shelf, Wanted, wanted
from manycast.settings.cache import CacheSettings
from manycast.std.http1 import head, http_date


log = logging.getLogger("manycast.recording")

_T = TypeVar("_T")

AHEAD_BYTES = 4 * TURN_BYTES
"""Read from the medium at a time, before any of it is sent."""
_RULES = CacheSettings(ranges_max=1)
_TYPES = {".mp4": b"video/mp4", ".m3u8": b"application/vnd.apple.mpegurl"}
_TEXT = (b"content-type", b"text/plain; charset=utf-8")
_NEVER = (b"cache-control", b"no-store")


class Recordings:
    """Answers what is below ``/recordings/`` to who bears the fleet's token; nobody without a token."""

    def __init__(self, shelf: Shelf, token: str, tasks: asyncio.TaskGroup) -> None:
        self._shelf = shelf
        self._bearer = f"Bearer {token}".encode() if token else b""
        self._tasks = tasks

    def answer(self, exchange: Exchange, names: list[str]) -> None:
        request, place = exchange.request, wanted(*names)
        shown = request.header(b"authorization") or b""
        if not self._bearer or not hmac.compare_digest(shown, self._bearer):
            _say(
                exchange, 401, "Recordings are for the control role, which shows the fleet's token."
            )
        elif place is None:
            _say(exchange, 404, "There is no such recording.")
        elif request.method == "DELETE" and not place.file:
            self._delete(exchange, place)
        elif request.method in {"GET", "HEAD"} and place.file:
            self._tasks.create_task(_alone(exchange, self._read(exchange, place)))
        else:
            _say(exchange, 405, "Files of a recording can be read, and recordings deleted.")

    def _delete(self, exchange: Exchange, place: Wanted) -> None:
        if self._shelf.is_written(place):
            _say(exchange, 409, "This recording is being written: stop it first.")
        else:
            self._tasks.create_task(_alone(exchange, self._remove(exchange, place)))

    async def _remove(self, exchange: Exchange, place: Wanted) -> None:
        try:
            there = await self._shelf.remove(place)
        except OSError as error:
            _say(exchange, 500, f"It cannot be deleted: {error.strerror}.")
            return
        if there:
            exchange.send(204, [_NEVER])
        else:
            _say(exchange, 404, "There is no such recording.")

    async def _read(self, exchange: Exchange, place: Wanted) -> None:
        path = self._shelf.path(place)
        try:
            file = await asyncio.to_thread(RecordedFile, path)
        except OSError:
            _say(exchange, 404, "There is no such file.")
            return
        request = exchange.request
        fields = [
            (b"content-type", _TYPES[path.suffix]),
            (b"cache-control", b"private, no-cache"),
            (b"accept-ranges", b"bytes"),
            (b"etag", file.tag),
            (b"last-modified", http_date(file.written_s)),
            (b"date", http_date(wall_ms() // 1000)),
        ]
        if validators.not_modified(request.method, request.headers, 200, fields):
            exchange.send(304, fields)
            return
        span = _span(request, file)
        if span is None:
            unsatisfied = (b"content-range", ranges.told(None, file.size))
            exchange.send(416, [*fields[2:], unsatisfied, _TEXT], b"The file is shorter.\n")
            return
        partial_fields = [(b"content-range", ranges.told(span, file.size))] * (
            span.length < file.size
        )
        status = 206 if partial_fields else 200
        length = (b"content-length", b"%d" % span.length)
        start = head(status, [*fields, *partial_fields, length])
        exchange.send_file(start, file, span.first, span.length)


async def _alone(exchange: Exchange, work: Coroutine[None, None, None]) -> None:
    """A fault of our own costs one reply and no stream."""
    try:
        await work
    except Exception:
        log.exception("the origin failed on %s; please report it", exchange.request.path)
        if not exchange.answered:
            _say(exchange, 500, "This server made a mistake; its log says which.")


class RecordedFile:
    """An open file as ``send_file`` wants it: read by a thread first, so that a slow disk holds up nobody's stream."""

    def __init__(self, path: Path) -> None:
        """Raises OSError. Blocks."""
        self.fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        found = os.fstat(self.fd)
        self.offset = 0
        self.size = found.st_size
        self.written_s = int(found.st_mtime)
        self.tag = b'"%x-%x"' % (found.st_mtime_ns, found.st_size)
        self._from = self._until = 0

    def __del__(self) -> None:
        if hasattr(self, "fd"):
            os.close(self.fd)

    def ready(self, at: int, size: int) -> bool:
        return self._from <= at and at + size <= self._until

    def prepare(self, at: int, size: int, done: Callable[[bool], None]) -> None:
        def warm() -> bool:
            end = min(self.size, at + max(size, AHEAD_BYTES))
            for piece in range(at, end, READ_BYTES):
                if not os.pread(self.fd, min(READ_BYTES, end - piece), piece):
                    return False
            self._from, self._until = at, end
            return True

        _call(warm, lambda good: done(bool(good)))

    def read(self, at: int, size: int, done: Callable[[bytes | None], None]) -> None:
        _call(partial(self._piece, at, size), done)

    def _piece(self, at: int, size: int) -> bytes | None:
        piece = os.pread(self.fd, size, at)
        return piece if len(piece) == size else None


def _call(work: Callable[[], _T | None], done: Callable[[_T | None], None]) -> None:
    """``done`` hears None of work that failed."""

    def attempt() -> _T | None:
        try:
            return work()
        except OSError:
            return None

    future = asyncio.get_running_loop().run_in_executor(None, attempt)
    future.add_done_callback(lambda found: done(found.result()))


def _span(request: Request, file: RecordedFile) -> Span | None:
    """What to send of a file; None when it has nothing of what is asked for."""
    whole = Span(0, file.size)
    condition = request.header(b"if-range")
    asked = ranges.wanted(request.headers, _RULES) if condition in {None, file.tag} else None
    if asked is None:
        return whole
    spans = ranges.satisfiable(asked, file.size)
    return whole if spans is None else next(iter(spans), None)


def _say(exchange: Exchange, status: int, text: str) -> None:
    exchange.send(status, [_TEXT, _NEVER], f"{text}\n".encode())
