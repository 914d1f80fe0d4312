"""Where a reply came from, and of which class it is: what metrics and log tell apart."""

from enum import StrEnum

from manycast.std.http1 import Fields, field


_NAME = b"manycast"
_MARK = b"\r\ncache-status: " + _NAME


class Layer(StrEnum):
    MEMORY = "memory"
    DISK = "disk"
    SHARED = "shared"
    JOIN = "join"
    """It waited for a fetch that another request had started."""
    PARENT = "parent"
    OWN = "own"
    """This node's own words."""


def layer(how: bytes) -> Layer:
    """Of what Cache-Status says after this node's name."""
    if b"collapsed" in how:
        return Layer.JOIN
    if b"fwd=" in how:
        return Layer.PARENT
    if b"hit" not in how:
        return Layer.OWN
    for kept in (Layer.DISK, Layer.SHARED):
        if b"detail=" + kept.value.encode() in how:
            return kept
    return Layer.MEMORY


def of_head(start: bytes) -> tuple[int, Layer]:
    """Status and layer of a head that this node made; the last Cache-Status is its own."""
    at = start.rfind(_MARK)
    end = start.find(b"\r\n", at + 2)
    return int(start[9:12]), layer(start[at + len(_MARK) : end] if at >= 0 else b"")


def of_fields(fields: Fields) -> Layer:
    """The same of fields that are not yet bytes."""
    said = field(fields, b"cache-status") or b""
    return layer(said.rpartition(_NAME)[2])
