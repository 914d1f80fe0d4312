"""Which nodes there are and how they are, told from their reports alone."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from manycast.control.events import DiskFine, DiskLow, Event, KeysRefused, NodeBack, NodeSilent
from manycast.model.fleet import Health, NodeReport
from manycast.settings.control import ControlSettings


NODES_MAX = 5000
"""Reports are kept in memory, some kilobytes each; names beyond this many are refused."""


DISK_LOW_BYTES = 5_000_000_000
"""Two hours of recording at 6 Mbit/s: time to make room before recordings stop (``recording.free_bytes_min``)."""
DISK_FINE_BYTES = 6_000_000_000
"""A little more, so that a disk at the border is reported once."""
DISK_FREE = "disk_free_bytes"
"""The number that a node with a disk reports."""


class ReportRefusedError(Exception):
    """The report is late, of a process that has been replaced, or of one node too many."""


@dataclass(frozen=True, slots=True)
class Node:
    """What is known of one node; ``heard_ms`` is by the control role's clock."""

    report: NodeReport
    heard_ms: int
    health: Health

    @property
    def watching(self) -> int:
        return 0 if self.health is Health.SILENT else sum(self.report.viewers.values())


class Fleet:
    """The engine. ``now_ms`` only grows; nodes' own clocks are compared with themselves alone."""

    def __init__(self, settings: ControlSettings) -> None:
        self.nodes: dict[str, Node] = {}
        self._settings = settings
        self._low: set[str] = set()
        """Nodes with little room left."""

    def report(self, report: NodeReport, now_ms: int) -> list[Event]:
        """Take a report in; raises ReportRefusedError."""
        known = self.nodes.get(report.node)
        self._check(report, known, now_ms)
        health = Health.TROUBLED if report.problems else Health.WELL
        self.nodes[report.node] = Node(report, now_ms, health)
        events = self._return(known, report, now_ms)
        return events + self._disk(report, now_ms) + _refused_keys(known, report, now_ms)

    def look(self, now_ms: int) -> list[Event]:
        """Find those who have fallen silent, and forget those who stayed so."""
        events: list[Event] = []
        for name, node in list(self.nodes.items()):
            quiet_ms = now_ms - node.heard_ms
            if quiet_ms > self._settings.forget_ms:
                del self.nodes[name]
                self._low.discard(name)
            elif quiet_ms > self._settings.silent_ms and node.health is not Health.SILENT:
                self.nodes[name] = replace(node, health=Health.SILENT)
                events.append(NodeSilent(at_ms=now_ms, node=name, role=node.report.role))
        return events

    def viewers(self, stream: str) -> int:
        """Watching now, over all edges that are heard."""
        return sum(node.report.viewers.get(stream, 0) for node in self._heard())

    def _return(self, known: Node | None, report: NodeReport, now_ms: int) -> list[Event]:
        if known is None or known.health is not Health.SILENT:
            return []
        away_ms = now_ms - known.heard_ms
        return [NodeBack(at_ms=now_ms, node=report.node, role=report.role, away_ms=away_ms)]

    def _disk(self, report: NodeReport, now_ms: int) -> list[Event]:
        free = report.numbers.get(DISK_FREE)
        if free is None:
            return []
        low = report.node in self._low
        if not low and free < DISK_LOW_BYTES:
            self._low.add(report.node)
            return [DiskLow(at_ms=now_ms, node=report.node, free_bytes=int(free))]
        if low and free > DISK_FINE_BYTES:
            self._low.remove(report.node)
            return [DiskFine(at_ms=now_ms, node=report.node, free_bytes=int(free))]
        return []

    def _heard(self) -> Iterable[Node]:
        return (node for node in self.nodes.values() if node.health is not Health.SILENT)

    def _check(self, report: NodeReport, known: Node | None, now_ms: int) -> None:
        if known is None:
            if len(self.nodes) >= NODES_MAX:
                raise ReportRefusedError(f"{NODES_MAX} nodes are known; no more are taken in")
            return
        then = known.report
        if report.since_ms == then.since_ms and report.sequence <= then.sequence:
            raise ReportRefusedError(
                f"report {report.sequence} came after report {then.sequence} of the same process"
            )
        silent = now_ms - known.heard_ms > self._settings.silent_ms
        if report.since_ms < then.since_ms and not silent:
            # Its clock may have been set back between two starts, so it is believed once the other is silent.
            raise ReportRefusedError(
                f"a younger process reports as {report.node}: give each node a name of its own"
            )


def _refused_keys(known: Node | None, report: NodeReport, now_ms: int) -> list[Event]:
    """Counted from what this process saw itself: after its own restart the past is not told again."""
    if known is None:
        return []
    again = known.report.since_ms != report.since_ms
    count = report.refused_keys - (0 if again else known.report.refused_keys)
    return [KeysRefused(at_ms=now_ms, node=report.node, count=count)] if count > 0 else []
