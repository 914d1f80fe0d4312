"""The control role: API, dashboard, accounts."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ControlSettings:
    url: str = ""
    """Where origins and edges report to, such as ``http://10.0.0.2:8080``; empty: they work by themselves. `manycast up` sets it."""
    token_file: str = ""
    """The secret that roles show each other; empty: ``fleet.token`` in ``--dir``, made at the first start."""
    node_url: str = ""
    """How the control role reaches this node's HTTP, such as ``http://10.0.0.3:8081``; empty: at the address it listens on, and by this machine's name where that is every address."""
    public_url: str = ""
    """How browsers reach the dashboard, such as ``https://control.example.org``; empty: whatever they asked for. With https cookies are Secure."""
    public_edge_url: str = ""
    """How browsers reach the viewers' edge; empty: the host they asked for, with the port of ``network.edge``."""
    report_ms: int = 500
    """Between two reports of a role; live figures are never older than twice this."""
    silent_ms: int = 3000
    """A role that reported nothing for so long is shown as silent."""
    forget_ms: int = 600_000
    """A silent role is forgotten after this."""
