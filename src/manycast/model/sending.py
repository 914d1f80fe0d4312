"""The lines between an origin and the process that sends one of its streams to one place."""

import json
from dataclasses import asdict, dataclass, field

from manycast.model.destinations import DestinationGrant, DestinationReport
from manycast.model.reading import read


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What to send and where, on the process' standard input: the first line, and again at each change."""

    stream: str
    feed: str
    """Where the stream's renditions are read, such as ``http://127.0.0.1:8081/live/main/``."""
    grant: DestinationGrant
    token: str = field(default="", repr=False)
    """Bearer token for the feed; empty: none is asked for."""


def order_line(order: Order) -> bytes:
    return _line(asdict(order))


def read_order(line: bytes) -> Order:
    """Raises ValueError naming what is wrong; what a newer origin says beyond that is left out."""
    return read(Order, json.loads(line))


def report_line(report: DestinationReport) -> bytes:
    """For standard output."""
    return _line(asdict(report))


def read_report(line: bytes) -> DestinationReport:
    """Raises ValueError naming what is wrong."""
    return read(DestinationReport, json.loads(line))


def _line(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode() + b"\n"
