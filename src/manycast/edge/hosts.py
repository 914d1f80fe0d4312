"""Which sites a node serves, and how their objects are told apart."""

import re
from collections.abc import Sequence

from manycast.edge.commands import Ask, Say, Waiter
from manycast.edge.target import Target, target as name_target
from manycast.edge.trouble import say
from manycast.std.http1 import Headers, field


_PORT = re.compile(rb":\d{1,5}$")
_STRANGE = (421, "421: this node does not serve the host that the request names.\n")


class Hosts:
    """Without names any Host will do, and means nothing: it neither travels nor tells objects apart."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = frozenset(name.lower().encode() for name in names)

    def of(self, headers: Headers) -> bytes | None:
        """What leads the keys of a request; None when its host is not served here."""
        if not self._names:
            return b""
        host = (field(headers, b"host") or b"").lower()
        for name in (host, _PORT.sub(b"", host)):
            if name in self._names:
                return name
        return None

    def target(self, ask: Ask) -> Target | None:
        host = self.of(ask.headers)
        return None if host is None else name_target(ask.path, ask.query, host)

    @staticmethod
    def refusal(waiter: Waiter, ask: Ask) -> Say:
        return say((waiter,), _STRANGE, name_target(ask.path, ask.query), b"")
