"""What happens to a publishing connection, and what is to be done about it."""

from dataclasses import dataclass

from manycast.model.media import Media
from manycast.model.refusals import RefusedError


@dataclass(frozen=True, slots=True)
class Received:
    data: bytes


@dataclass(frozen=True, slots=True)
class Admitted:
    """The key of the last Admit is accepted."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The key of the last Admit, or an item of media, is not accepted."""

    error: RefusedError


@dataclass(frozen=True, slots=True)
class Disconnected:
    reason: str


Event = Received | Admitted | Refused | Disconnected


@dataclass(frozen=True, slots=True)
class Send:
    data: bytes


@dataclass(frozen=True, slots=True)
class Admit:
    """Ask whether this stream key may publish; nothing is read until the answer comes."""

    key: str


@dataclass(frozen=True, slots=True)
class Deliver:
    item: Media


@dataclass(frozen=True, slots=True)
class Ended:
    """No more media will come; sent exactly once, in whatever way the connection ends."""

    reason: str
    clean: bool


@dataclass(frozen=True, slots=True)
class Close:
    """Cut the connection; nothing follows."""


Command = Send | Admit | Deliver | Ended | Close
