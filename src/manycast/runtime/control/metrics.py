"""The control role's numbers as Prometheus text."""

from collections.abc import Iterable, Sequence
from enum import StrEnum

from manycast.model.fleet import Health, StreamState
from manycast.runtime.control.hub import Hub
from manycast.runtime.control.network import Network


TYPE = "text/plain; version=0.0.4; charset=utf-8"


def text(network: Network, hub: Hub) -> str:
    """Of the whole network as it is known here."""
    health = [node.health for node in network.fleet.nodes.values()]
    states = [one.report.state for one in network.live.streams.values()]
    watching = [(f'stream="{name}"', one.viewers) for name, one in network.live.streams.items()]
    lines = [
        *_family("manycast_nodes", "Nodes by health.", _counted("health", Health, health)),
        *_family("manycast_streams", "Streams by state.", _counted("state", StreamState, states)),
        *_family("manycast_viewers", "People watching.", watching),
        *_family("manycast_listeners", "Open event streams.", [("", len(hub.listeners))]),
        *_family(
            "manycast_books_waiting",
            "Events not yet in the database.",
            [("", len(network.waiting))],
        ),
    ]
    return "\n".join([*lines, ""])


def _counted(
    label: str, kinds: Iterable[StrEnum], found: Sequence[StrEnum]
) -> list[tuple[str, int]]:
    return [(f'{label}="{kind.value}"', found.count(kind)) for kind in kinds]


def _family(name: str, about: str, samples: Iterable[tuple[str, float]]) -> list[str]:
    lines = [f"# HELP {name} {about}", f"# TYPE {name} gauge"]
    return lines + [
        f"{name}{{{labels}}} {value}" if labels else f"{name} {value}" for labels, value in samples
    ]
