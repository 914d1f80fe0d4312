import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

import pytest

from manycast.model.destinations import DestinationGrant, DestinationReport, SendingState
from manycast.model.sending import Order, order_line, read_report
from manycast.runtime.destination.orders import LINE_BYTES_MAX, Orders, Reports


ORDER = Order(
    stream="live", feed="http://x/", grant=DestinationGrant(id="d", name="n", url="u", key="secret")
)
REPORT = DestinationReport(id="d", state=SendingState.WAITING, since_ms=1)


class Heard:
    def __init__(self) -> None:
        self.orders: list[Order] = []
        self.gone = False
        self.protocol = Orders(self.orders.append, self.leave)

    def leave(self) -> None:
        self.gone = True


@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_orders_come_line_by_line_whatever_the_pieces(size: int) -> None:
    heard = Heard()
    data = order_line(ORDER) * 3
    for at in range(0, len(data), size):
        heard.protocol.data_received(data[at : at + size])
    assert heard.orders == [ORDER] * 3
    heard.protocol.connection_lost(None)
    assert heard.gone


@pytest.mark.parametrize("line", [b"{}", b"no secret here", b'{"grant": {"key": "secret"}}', b"[]"])
def test_a_line_that_is_no_order_is_left_out_and_not_repeated_in_the_log(
    line: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    heard = Heard()
    heard.protocol.data_received(line + b"\n" + order_line(ORDER))
    assert heard.orders == [ORDER]
    assert "left out" in caplog.text
    assert "secret" not in caplog.text


def test_a_line_without_an_end_takes_no_memory() -> None:
    heard = Heard()
    for _ in range(100):
        heard.protocol.data_received(b"x" * LINE_BYTES_MAX)
    assert len(heard.protocol._line) <= LINE_BYTES_MAX + 1
    heard.protocol.data_received(b"\n" + order_line(ORDER))
    assert heard.orders == [ORDER]


@contextmanager
def pipe() -> Iterator[tuple[IO[bytes], IO[bytes]]]:
    read, write = os.pipe()
    with os.fdopen(read, "rb", buffering=0) as given, os.fdopen(write, "wb", buffering=0) as told:
        yield given, told


def test_a_report_is_a_line() -> None:
    with pipe() as (given, told):
        Reports(told).tell(REPORT)
        assert read_report(given.read(4096)) == REPORT


def test_an_origin_that_does_not_read_holds_nothing_up_and_gets_whole_lines() -> None:
    with pipe() as (given, told):
        reports = Reports(told)
        for _ in range(2000):
            reports.tell(REPORT)
        os.set_blocking(given.fileno(), False)
        data = given.read(1 << 20)
        assert data.endswith(b"\n")
        assert {read_report(line) for line in data.splitlines()} == {REPORT}


async def test_an_origin_that_is_gone_is_no_error() -> None:
    with pipe() as (given, told):
        reports = Reports(told)
        given.close()
        await asyncio.to_thread(reports.tell, REPORT)
