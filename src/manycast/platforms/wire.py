"""Requests to platforms and their replies, as values; who sends them is ``runtime.platforms.calls``."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from manycast.model.destinations import Platform
from manycast.platforms.failures import PlatformError
from manycast.platforms.values import App, Tokens


T_co = TypeVar("T_co", covariant=True)
UNREADABLE = (
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,  # an endless number
    RecursionError,  # lists in lists without end
)
"""What reading an answer that is not as documented may raise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Secrets go into ``headers``, ``form`` or ``json`` alone, which are never shown; never into ``url`` or ``query``."""

    method: str
    url: str
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    form: Mapping[str, str] | None = field(default=None, repr=False)
    json: Any = field(default=None, repr=False)
    """Sent as JSON unless it is None."""
    signed: bool = True
    """Whether it goes in an account's name: its access token is put in before it is sent."""
    cost: int = 1
    """In the platform's own units of quota."""
    repeatable: bool = True
    """Whether asking twice does no more than asking once."""


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    headers: Mapping[str, str] = field(repr=False)
    """Names in lower case."""
    body: bytes = field(repr=False)

    def json(self) -> Any:
        """Raises ValueError."""
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Call(Generic[T_co]):
    """One request, and how its answer is to be understood."""

    request: Request
    read: Callable[[Reply], T_co]
    """Of a 2xx. Raises one of ``UNREADABLE`` when it is not what the platform documents, or a PlatformError."""
    fault: Callable[[Reply, int], PlatformError]
    """Of anything else, at a time in ms since 1970: which failure it is."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """What one platform wants of every call."""

    platform: Platform
    sign: Callable[[Request, App, str], Request]
    """The request with the app's id and an access token in it."""
    renew: Callable[[App, str], Call[Tokens]]
    """The call that gets new tokens for a refresh token. UnauthorizedError says that there is no leave any more."""
    per_minute: int
    """Calls that one app may make in the long run."""
    counts_units: bool = False
    """Whether calls use up a quota of units that one app has for a day."""
