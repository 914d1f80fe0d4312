"""All rules together: each request is refused with its reason, or goes on without its tokens."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import unquote

from manycast.edge.commands import Ask
from manycast.edge.guard.addresses import client, networks, party, trusted
from manycast.edge.guard.sites import Embedders, Hosts, Readers
from manycast.edge.guard.tokens import TokenError, check
from manycast.settings.guard import GuardSettings
from manycast.std.bucket import Buckets
from manycast.std.http1 import OWN_TEXT, Fields, Headers, field


_AMBIGUOUS = re.compile(r"//|\\|/\.{1,2}(?:[/;]|$)|%2e|%2f|%5c|%00", re.IGNORECASE)
"""What an origin may resolve to another path than the one that a token is for."""


_PARAMETERS = re.compile(r";[^/]*")
_READINGS = "this path has more than one reading; send its plain form"


@dataclass(frozen=True, slots=True)
class Refusal:
    status: int
    fields: Fields
    text: str


@dataclass(frozen=True, slots=True)
class Pass:
    ask: Ask
    """Without what only concerned this gate."""
    told: Fields
    """Fields of this viewer's reply that are no part of the stored one."""


class Gate:
    """``keys`` sign tokens. ``off`` when there is no rule at all."""

    def __init__(self, settings: GuardSettings, keys: Sequence[bytes]) -> None:
        self._settings = settings
        self._keys = keys
        self._proxies = networks(settings.proxies)
        self._readers = _readers(settings)
        self._embedders = _embedders(settings)
        self._hosts = Hosts(settings.hosts) if settings.hosts else None
        self._rates = _buckets(settings, settings.requests_per_s, settings.requests_burst)
        self._token_rates = _buckets(
            settings, settings.token_requests_per_s, settings.token_requests_burst
        )
        self._signed_loosely = tuple(map(_loosely, settings.signed))
        self._cookie = settings.signed_name.encode()
        self._referred = re.compile(rb"(?<=[?&])%s=[^&#]*&?" % re.escape(self._cookie))
        self.refused = 0
        self.limited = 0
        """Requests refused for their rate."""
        self._connections: Counter[str] = Counter()
        self.off = not (
            self.reads_requests
            or settings.methods
            or settings.connections_per_address
            or settings.hosts
            or settings.referers
            or self._rates is not None
        )

    @property
    def reads_requests(self) -> bool:
        """Target, header fields and the peer's address do not decide, or the reply is one viewer's own."""
        return bool(self._settings.signed or self._readers or self._proxies)

    def admits(self, headers: Headers) -> bool:
        """Whether no rule refuses a request for its header fields alone."""
        by_host = self._hosts is None or self._hosts.admit(headers)
        return by_host and (self._embedders is None or self._embedders.admit(headers))

    def connected(self, host: str) -> bool:
        """One more connection from there; whether it is welcome. Say in any case when it has ``left``."""
        limit = self._settings.connections_per_address
        if not limit or trusted(host, self._proxies):
            return True
        self._connections[party(host)] += 1
        return self._connections[party(host)] <= limit

    def left(self, host: str) -> None:
        whose = party(host)
        if self._connections[whose] > 1:
            self._connections[whose] -= 1
        else:
            del self._connections[whose]

    def take(self, host: str, now: float) -> bool:
        """One more request of a connection from there, all else about it being fine already."""
        return self._rates is None or not self._rates.take(party(host), now)

    def judge(self, ask: Ask, peer: str, now: float, wall_s: float) -> Pass | Refusal:
        told = self._readers.fields(ask.headers) if self._readers else ()
        found = self._rules(ask, peer, now, wall_s)
        if isinstance(found, Refusal):
            self.refused += found.status != 204
            return replace(found, fields=(*found.fields, *told))
        return Pass(found, told)

    def _rules(self, ask: Ask, peer: str, now: float, wall_s: float) -> Ask | Refusal:
        host = client(peer, field(ask.headers, b"x-forwarded-for"), self._proxies)
        wait_s = self._rates.take(party(host), now) if self._rates is not None else 0.0
        if wait_s:
            return self._too_many(wait_s, "address")
        preflight = self._readers.preflight(ask.method, ask.headers) if self._readers else None
        if preflight is not None:
            return Refusal(204, preflight, "")
        methods = self._settings.methods
        if methods and ask.method not in methods:
            allow = (b"allow", ", ".join(methods).encode())
            return _refusal(405, f"this node takes {', '.join(methods)}", allow)
        if self._hosts is not None and not self._hosts.admit(ask.headers):
            return _refusal(421, "this node does not answer for this host")
        if self._embedders and not self._embedders.admit(ask.headers):
            return _refusal(403, "this site's pages may not embed what is here")
        return self._signed(ask, host, now, wall_s) if self._settings.signed else ask

    def _signed(self, ask: Ask, host: str, now: float, wall_s: float) -> Ask | Refusal:
        if _AMBIGUOUS.search(ask.path):
            return _refusal(403, _READINGS)
        path = unquote(ask.path, errors="replace")
        ask = self._unreferred(ask)
        if not path.startswith(self._settings.signed):
            loosely = _loosely(path).startswith(self._signed_loosely)
            return _refusal(403, _READINGS) if loosely else ask
        token, ask = self._without_token(ask)
        if token is None:
            bearer = (b"www-authenticate", b"Bearer")
            return _refusal(401, "this path needs a signed token", bearer)
        try:
            check(token, self._keys, path, host, wall_s)
        except TokenError as error:
            return _refusal(403, str(error))
        wait_s = self._token_rates.take(token, now) if self._token_rates is not None else 0.0
        return self._too_many(wait_s, "token") if wait_s else ask

    def _without_token(self, ask: Ask) -> tuple[bytes | None, Ask]:
        """The first token found, in the query, the cookies or Authorization; all of them are taken out."""
        start = self._settings.signed_name + "="
        items = ask.query.split("&") if ask.query else []
        found = [item[len(start) :].encode() for item in items if item.startswith(start)]
        query = "&".join(item for item in items if not item.startswith(start))
        headers: list[tuple[bytes, bytes]] = []
        for name, value in ask.headers:
            if name == b"cookie":
                headers += self._cookies(value, found)
            elif name == b"authorization" and value[:7].lower() == b"bearer ":
                found.append(value[7:].strip())
            else:
                headers.append((name, value))
        target = f"{ask.path}?{query}" if query else ask.path
        plain = replace(ask, target=target.encode(), query=query, headers=tuple(headers))
        return (found[0] if found else None), plain

    def _unreferred(self, ask: Ask) -> Ask:
        """Without the token of the page that it comes from, which its browser tells in Referer."""
        said = field(ask.headers, b"referer")
        if said is None or not self._referred.search(said):
            return ask
        others = tuple(pair for pair in ask.headers if pair[0] != b"referer")
        return replace(ask, headers=(*others, (b"referer", self._referred.sub(b"", said))))

    def _cookies(self, value: bytes, found: list[bytes]) -> Headers:
        kept: list[bytes] = []
        for pair in value.split(b";"):
            name, _, token = pair.strip().partition(b"=")
            if name == self._cookie:
                found.append(token)
            elif pair.strip():
                kept.append(pair.strip())
        return ((b"cookie", b"; ".join(kept)),) if kept else ()

    def _too_many(self, wait_s: float, whose: str) -> Refusal:
        self.limited += 1
        after = (b"retry-after", b"%d" % max(1, -int(-wait_s // 1)))
        return _refusal(429, f"too many requests from this {whose}", after)


def _loosely(path: str) -> str:
    """As origins read it to which neither case nor what follows a semicolon matters."""
    return re.sub("/+", "/", _PARAMETERS.sub("", path)).casefold()


def _refusal(status: int, text: str, *fields: tuple[bytes, bytes]) -> Refusal:
    return Refusal(status, (*fields, *OWN_TEXT), f"{status}: {text}.\n")


def _readers(settings: GuardSettings) -> Readers | None:
    origins = settings.cors_origins
    return Readers(origins, credentials=settings.cors_credentials) if origins else None


def _embedders(settings: GuardSettings) -> Embedders | None:
    return (
        Embedders(settings.referers, missing=settings.referer_missing)
        if settings.referers
        else None
    )


def _buckets(settings: GuardSettings, per_s: float, burst: int) -> Buckets[str | bytes] | None:
    return Buckets(per_s, burst, settings.remembered_max) if per_s else None
