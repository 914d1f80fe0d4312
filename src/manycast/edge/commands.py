"""What the engine tells its driver to do, and what it is told."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from manycast.edge.layers import Place
from manycast.std.http1 import Fields, Headers


Waiter = Hashable
"""One viewer's request; opaque to the engine, answered exactly once."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A viewer's request, parsed."""

    method: str
    target: bytes
    """As sent."""
    path: str
    query: str
    headers: Headers
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Answered:
    """The head of a parent's reply."""

    status: int
    headers: Headers
    """With a Date."""
    length: int | None
    framed: bool
    """False when only the end of the connection ends the body."""
    asked_wall_s: float = 0.0
    """When the request left, in seconds since 1970: dates in the head are of that scale."""
    wall_s: float = 0.0
    """When the head came."""


@dataclass(frozen=True, slots=True)
class Fetch:
    """Ask a parent; report under ``number``."""

    number: int
    method: str
    target: bytes
    fields: bytes
    """Lines of a head."""
    wait_s: float
    body: bytes = b""
    """Of the request; its length is for the driver to state."""
    peer: int | None = None
    """The worker of this node that owns the key and is asked instead of a parent."""
    held: bool = False
    """The parent is slow on purpose: no second one is asked for that."""
    host: bytes = b""
    """The Host to name; empty is the parent's own authority."""


@dataclass(frozen=True, slots=True)
class Cancel:
    """Nobody wants this fetch any more; the driver reports nothing further of it."""

    number: int


@dataclass(frozen=True, slots=True)
class Reply:
    """Answer these waiters whole."""

    waiters: Sequence[Waiter]
    start: bytes
    """Head without its blank line."""
    body: Sequence[bytes]


@dataclass(frozen=True, slots=True)
class Say:
    """Answer in this node's own words."""

    waiters: Sequence[Waiter]
    status: int
    fields: Fields
    text: str


@dataclass(frozen=True, slots=True)
class Inform:
    """Pass an interim reply (1xx) on; the final one is still to come."""

    waiters: Sequence[Waiter]
    status: int
    fields: Fields


@dataclass(frozen=True, slots=True)
class Begin:
    """Begin a reply that comes piece by piece, ``length`` bytes in all when known."""

    waiter: Waiter
    status: int
    fields: Fields
    length: int | None


@dataclass(frozen=True, slots=True)
class Piece:
    waiters: Sequence[Waiter]
    pieces: Sequence[bytes]
    number: int
    """The fetch to slow down when a waiter's buffer is full; 0 when the bytes are kept anyway."""


@dataclass(frozen=True, slots=True)
class Pull:
    """Report ``more`` for this waiter as soon as its buffer has room."""

    waiter: Waiter


@dataclass(frozen=True, slots=True)
class End:
    waiters: Sequence[Waiter]


@dataclass(frozen=True, slots=True)
class Abort:
    """Cut these waiters' connections: what they have of the body is not whole."""

    waiters: Sequence[Waiter]


@dataclass(frozen=True, slots=True)
class FanOut:
    """This fetch is endless: it and its viewers belong to a ``fanout.FanOut`` from here on."""

    number: int
    key: bytes
    fields: Fields
    waiters: Sequence[Waiter]


@dataclass(frozen=True, slots=True)
class Attach:
    """One more viewer for an endless fetch."""

    key: bytes
    waiter: Waiter


@dataclass(frozen=True, slots=True)
class Compress:
    """Make a smaller copy away from the event loop; report it as ``packed``."""

    key: bytes
    coding: bytes
    body: Sequence[bytes]


@dataclass(frozen=True, slots=True)
class Recall:
    """Take an object up from the disk; report ``recalled``."""

    key: bytes
    place: Place


@dataclass(frozen=True, slots=True)
class LookUp:
    """Look for an object in the layer that nodes share; report ``recalled``."""

    key: bytes


@dataclass(frozen=True, slots=True)
class SendFile:
    """Answer with ``size`` bytes from ``at`` of a body on the disk; report ``unsent`` when they are not there."""

    waiter: Waiter
    ask: Ask
    place: Place
    start: bytes
    """Head without its blank line."""
    at: int
    size: int


Command = (
    Compress
    | Fetch
    | Cancel
    | Reply
    | Say
    | Inform
    | Begin
    | Piece
    | Pull
    | End
    | Abort
    | FanOut
    | Attach
    | Recall
    | LookUp
    | SendFile
)
