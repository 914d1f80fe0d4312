"""The control role as a node of its own fleet."""

import socket
from importlib.metadata import version

from manycast.model.fleet import NodeReport, NodeRole
from manycast.runtime.vitals import vitals


class Itself:
    def __init__(self, port: int, since_ms: int) -> None:
        self._port = port
        self._since_ms = since_ms
        self._sequence = 0

    def report(self, trouble: str) -> NodeReport:
        """``trouble``: what keeps it from writing its books; empty when nothing does."""
        self._sequence += 1
        return NodeReport(
            node=f"control@{socket.gethostname()}:{self._port}",
            role=NodeRole.CONTROL,
            version=version("manycast"),
            url=f"http://127.0.0.1:{self._port}",
            since_ms=self._since_ms,
            sequence=self._sequence,
            problems=(f"History is not written down now: {trouble}.",) if trouble else (),
            numbers=vitals(),
        )
