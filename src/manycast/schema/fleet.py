"""The nodes of the network as the API shows them."""

from datetime import datetime

from pydantic import Field

from manycast.model.fleet import Health, NodeRole
from manycast.schema.values import Value


class Node(Value):
    """One process of the network."""

    node: str = Field(description="Stable over restarts: role and place.")
    role: NodeRole
    health: Health
    version: str
    url: str = Field(description="Where the control role reaches it.")
    since: datetime = Field(description="When the process began.")
    heard_at: datetime = Field(description="When it reported last.")
    problems: list[str]
    numbers: dict[str, float] = Field(description="As in its /metrics, without `manycast_`.")
    viewers: int
    streams: list[str] = Field(description="Names of those on the air there.")


class Fleet(Value):
    items: list[Node]
    at: datetime


class FleetChange(Value):
    """`event: fleet`: the nodes that differ from what was sent before."""

    changed: list[Node]
    gone: list[str]
    at: datetime
