"""The node's endpoints for those who run it: purges, and what the node looks like inside."""

import json
from functools import partial
from typing import TYPE_CHECKING, Any

from manycast.edge.guard.bearer import bears, follow_token
from manycast.edge.orders import OrderError, orders
from manycast.edge.purge import Purge, purge_url
from manycast.runtime.edge.debug import as_json, page
from manycast.runtime.edge.place import INNER
from manycast.runtime.edge.purging import JOURNAL, Purging
from manycast.runtime.http.client import Routing
from manycast.runtime.http.exchange import Exchange
from manycast.runtime.http.response import FetchError, ResponseHead
from manycast.settings.guard import GuardSettings
from manycast.std.http1 import OWN_TEXT


if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from manycast.runtime.http.client import Client


PREFIX = "/_manycast/"
_JSON = ((b"content-type", b"application/json"), (b"cache-control", b"no-store"))
_CLOSED = b"""403: this node has no admin token, so nobody may do this.
Set guard.admin_token or guard.admin_token_file in its settings file (--config).
"""
_WHO = b"401: send the node's admin token as 'Authorization: Bearer TOKEN'.\n"
_SOFT = (b"soft-purge", b"fastly-soft-purge")
_HTML = (
    (b"content-type", b"text/html; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; style-src 'unsafe-inline'"),
)
_SEQUENCE_DIGITS_MAX = 20
_SLACK_S = 5.0
"""Beyond the hold of the worker that keeps the journal."""


class Admin:
    """Takes what is under ``/_manycast/``, and PURGE of any URL."""

    def __init__(
        self, purging: Purging, settings: GuardSettings, token: bytes, *, hosted: bool
    ) -> None:
        self.inside: Callable[[], Mapping[str, Any]] = dict
        """What the node looks like inside."""
        self.keeper: Client | None = None
        """The worker that keeps the journal for nodes below, when it is another one."""
        self._purging = purging
        self._settings = settings
        self._token = token
        self._hosted = hosted

    def takes(self, exchange: Exchange) -> bool:
        request = exchange.request
        return request.method == "PURGE" or request.path.startswith(PREFIX)

    def application(self, exchange: Exchange) -> None:
        request = exchange.request
        follows = request.path == PREFIX + "purges"
        if not self._admits(exchange, follows=follows):
            return
        match request.method, request.path.removeprefix(PREFIX):
            case "PURGE", _:
                self._purge_this(exchange)
            case "GET", "purges":
                self.follow(exchange)
            case "GET", "debug":
                self._show(exchange)
            case "POST", "purge":
                self._purge(exchange)
            case _, "purge" | "purges" | "debug" as name:
                allow = (b"allow", b"POST" if name == "purge" else b"GET")
                exchange.send(405, (allow, *OWN_TEXT), b"405: see docs/reference/edge.md.\n")
            case _:
                exchange.send(404, OWN_TEXT, b"404: this node has no such endpoint.\n")

    def _admits(self, exchange: Exchange, *, follows: bool) -> bool:
        """Answer those who may not; in the journal's own type where nodes ask."""
        fields = JOURNAL if follows else OWN_TEXT
        if not self._token:
            exchange.send(403, fields, _CLOSED)
            return False
        tokens = (self._token, follow_token(self._token)) if follows else (self._token,)
        if not bears(exchange.request.header(b"authorization"), *tokens):
            exchange.send(401, ((b"www-authenticate", b"Bearer"), *fields), _WHO)
            return False
        return True

    def _purge(self, exchange: Exchange) -> None:
        request = exchange.request
        try:
            purges = orders(
                request.query,
                request.body,
                hosted=self._hosted,
                orders_max=self._settings.orders_max,
            )
        except OrderError as error:
            exchange.send(400, OWN_TEXT, f"400: {error}.\n".encode())
            return
        self._order(exchange, purges)

    def _purge_this(self, exchange: Exchange) -> None:
        request = exchange.request
        soft = any(request.header(name) == b"1" for name in _SOFT)
        host = (request.header(b"host") or b"").decode("latin-1")
        query = f"?{request.query}" if request.query else ""
        try:
            purge = purge_url(f"http://{host}{request.path}{query}", soft=soft, hosted=self._hosted)
        except ValueError as error:
            exchange.send(400, OWN_TEXT, f"400: {error}.\n".encode())
            return
        self._order(exchange, [purge])

    def _order(self, exchange: Exchange, purges: list[Purge]) -> None:
        self._purging.order(purges, partial(self._done, exchange, len(purges)))

    def _done(self, exchange: Exchange, count: int) -> None:
        exchange.send(200, _JSON, json.dumps({"purged": count}).encode() + b"\n")

    def follow(self, exchange: Exchange) -> None:
        """For nodes below; who asks has been admitted."""
        name, _, digits = exchange.request.query.partition("=")
        right = name == "after" and digits.isdecimal() and len(digits) <= _SEQUENCE_DIGITS_MAX
        if exchange.request.query and not right:
            exchange.send(
                400, OWN_TEXT, b"400: ask for purges?after=NUMBER, or for purges alone.\n"
            )
        elif self.keeper is None:
            self._purging.ask(exchange, int(digits) if right else None)
        else:
            target = f"{INNER}/purges?{exchange.request.query}".rstrip("?").encode()
            wait_s = self._settings.follow_hold_s + _SLACK_S
            request = ("GET", target, b"")
            fetch = self.keeper.fetch(request, _Relay(exchange), wait_s, routing=Routing(held=True))
            exchange.on_closed(fetch.cancel)

    def _show(self, exchange: Exchange) -> None:
        told = self.inside()
        if b"text/html" in (exchange.request.header(b"accept") or b""):
            exchange.send(200, _HTML, page(told))
        else:
            exchange.send(200, _JSON, as_json(told))


class _Relay:
    """Passes another worker's answer on."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._status = 0
        self._body: list[bytes] = []

    def head(self, head: ResponseHead) -> None:
        self._status = head.status

    def data(self, piece: bytes) -> None:
        self._body.append(piece)

    def end(self) -> None:
        self._exchange.send(self._status, JOURNAL, self._body)

    def failed(self, error: FetchError) -> None:
        self._exchange.send(503, JOURNAL, f"503: {error}\n".encode())
