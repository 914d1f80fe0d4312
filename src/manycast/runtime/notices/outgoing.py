"""What is sent, with everything that its target needs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from manycast.model.notices import Kind, Way


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    id: str
    """The same in every attempt: by it receivers know what they have already."""
    kind: Kind
    at_ms: int
    title: str
    text: str
    data: Mapping[str, Any]
    attempts: int
    """With this one."""
    until_ms: int
    target_id: str
    way: Way
    url: str = field(default="", repr=False)
    recipients: tuple[str, ...] = ()
    secrets: tuple[str, ...] = field(default=(), repr=False)
    """Those that sign, the newest first."""
