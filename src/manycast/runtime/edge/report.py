"""What an edge tells the control role."""

from collections.abc import Iterator
from dataclasses import replace

from manycast.model.fleet import Assignment, NodeReport
from manycast.runtime.edge.node import Node
from manycast.runtime.http.client import Client
from manycast.runtime.http.server import Server
from manycast.runtime.identity import Identity
from manycast.runtime.vitals import vitals


class EdgeReport:
    def __init__(self, identity: Identity, node: Node, server: Server, client: Client) -> None:
        self._identity = identity
        self._node = node
        self._server = server
        self._client = client

    def __call__(self, sequence: int) -> NodeReport:
        return replace(
            self._identity.report(sequence),
            problems=tuple(self._problems()),
            numbers={**vitals(), **self._numbers()},
            viewers=self._node.watching(),
        )

    def answered(self, report: NodeReport, assignment: Assignment) -> None:
        """An edge needs nothing from the control role."""

    def _problems(self) -> Iterator[str]:
        if self._client.parents.away:
            yield "No parent can be reached: what is kept is served, and nothing new."
            return
        for parent in self._client.snapshot():
            if parent.state != "closed":
                yield f"The parent {parent.name} fails and is avoided until it is well."

    def _numbers(self) -> dict[str, float]:
        node, counters = self._node, self._node.engine.counters
        return {
            "connections": self._server.connections,
            "requests_total": counters.requests - node.for_peers.requests,
            "hits_total": counters.hits,
            "errors_total": counters.errors,
            "sent_bytes_total": node.sent_bytes,
            "fetched_bytes_total": counters.bytes_fetched - node.for_peers.bytes_fetched,
            "objects": len(node.engine.store),
        }
