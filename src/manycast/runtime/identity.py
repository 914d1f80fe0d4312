"""Who a node is to the control role."""

import ipaddress
import socket
from dataclasses import dataclass
from importlib.metadata import version

from manycast.model.fleet import NodeReport, NodeRole
from manycast.runtime.clock import wall_ms
from manycast.runtime.http.pool import Parent
from manycast.settings.network import joined


@dataclass(frozen=True, slots=True)
class Identity:
    node: str
    role: NodeRole
    url: str
    since_ms: int
    version: str

    def report(self, sequence: int) -> NodeReport:
        """With nothing in it but who speaks."""
        return NodeReport(
            node=self.node,
            role=self.role,
            version=self.version,
            url=self.url,
            since_ms=self.since_ms,
            sequence=sequence,
        )


def identity(
    role: NodeRole, listens: tuple[str, int], control: Parent, url: str = "", part: str = ""
) -> Identity:
    """``url``: how the control role reaches this node, where its name and port are not enough.

    ``part`` tells apart the processes of one node, such as ``/2``.
    """
    host, port = listens
    name = f"{role.value}@{socket.gethostname()}:{port}{part}"
    own = url.rstrip("/") or f"http://{joined(_reached(host, control.host), port)}"
    return Identity(name, role, own, wall_ms(), version("manycast"))


def _reached(host: str, control: str) -> str:
    """Who listens everywhere is reached by the machine's name, but from the same machine."""
    if host not in {"", "0.0.0.0", "::"}:  # noqa: S104  compared with, not listened on
        return host
    return "127.0.0.1" if _is_here(control) else socket.gethostname()


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
