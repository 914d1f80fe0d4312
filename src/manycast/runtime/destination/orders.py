"""A destination's process and its origin: orders come on standard input, reports go to standard output."""

import asyncio
import logging
import os
from collections.abc import Callable
from typing import IO, Final

from manycast.model.destinations import DestinationReport
from manycast.model.sending import Order, read_order, report_line


log = logging.getLogger("manycast.destination")

LINE_BYTES_MAX: Final = 65_536
"""Of an order: addresses, a key and two dozen limits need a hundredth."""
_NEWLINE: Final = b"\n"


class Orders(asyncio.Protocol):
    """Calls ``heard`` with each order, and ``gone`` when whoever gives them is."""

    def __init__(self, heard: Callable[[Order], None], gone: Callable[[], None]) -> None:
        self._heard = heard
        self._gone = gone
        self._line = bytearray()

    def data_received(self, data: bytes) -> None:
        self._line += data
        *lines, rest = bytes(self._line).split(_NEWLINE)
        self._line = bytearray(rest[: LINE_BYTES_MAX + 1])
        for line in lines:
            self._read(line)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._gone()

    def _read(self, line: bytes) -> None:
        if len(line) > LINE_BYTES_MAX:
            log.warning("an order of more than %d bytes is left out", LINE_BYTES_MAX)
            return
        try:
            self._heard(read_order(line))
        except ValueError as error:
            # The line holds a key: only what is wrong with it is told.
            log.warning("an order is left out: %s", type(error).__name__)


class Reports:
    """Writes lines whole or not at all: an origin that does not read must not hold up the stream."""

    def __init__(self, out: IO[bytes]) -> None:
        self._descriptor = out.fileno()
        if not out.isatty():
            os.set_blocking(self._descriptor, False)

    def tell(self, report: DestinationReport) -> None:
        try:
            os.write(self._descriptor, report_line(report))
        except BlockingIOError:
            pass  # the next one says all that this one would have
        except BrokenPipeError:
            pass  # the end of the orders follows
