"""The node's endpoints for those who run it: purges, and what the node looks like inside."""

import json
from functools import partial

from manycast.edge.guard.bearer import bears, follow_token
from manycast.edge.orders import OrderError, orders
from manycast.edge.purge import Purge, purge_url
from manycast.runtime.edge.purging import JOURNAL, Purging
from manycast.runtime.http.exchange import Exchange
from manycast.settings.guard import GuardSettings


PREFIX = "/_manycast/"
_TEXT = ((b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store"))
_JSON = ((b"content-type", b"application/json"), (b"cache-control", b"no-store"))
_CLOSED = b"""403: this node has no admin token, so nobody may do this.
Set guard.admin_token or guard.admin_token_file in its settings file (--config).
"""
_WHO = b"401: send the node's admin token as 'Authorization: Bearer TOKEN'.\n"
_SOFT = (b"soft-purge", b"fastly-soft-purge")
_SEQUENCE_DIGITS_MAX = 20


class Admin:
    """Takes what is under ``/_manycast/``, and PURGE of any URL."""

    def __init__(
        self, purging: Purging, settings: GuardSettings, token: bytes, *, hosted: bool
    ) -> None:
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
                self._follow(exchange)
            case "POST", "purge":
                self._purge(exchange)
            case _, "purge" | "purges" as name:
                allow = (b"allow", b"POST" if name == "purge" else b"GET")
                exchange.send(405, (allow, *_TEXT), b"405: see docs/reference/edge.md.\n")
            case _:
                exchange.send(404, _TEXT, b"404: this node has no such endpoint.\n")

    def _admits(self, exchange: Exchange, *, follows: bool) -> bool:
        """Answer those who may not; in the journal's own type where nodes ask."""
        fields = JOURNAL if follows else _TEXT
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
            exchange.send(400, _TEXT, f"400: {error}.\n".encode())
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
            exchange.send(400, _TEXT, f"400: {error}.\n".encode())
            return
        self._order(exchange, [purge])

    def _order(self, exchange: Exchange, purges: list[Purge]) -> None:
        self._purging.order(purges, partial(self._done, exchange, len(purges)))

    def _done(self, exchange: Exchange, count: int) -> None:
        exchange.send(200, _JSON, json.dumps({"purged": count}).encode() + b"\n")

    def _follow(self, exchange: Exchange) -> None:
        name, _, digits = exchange.request.query.partition("=")
        if not exchange.request.query:
            self._purging.ask(exchange, None)
        elif name == "after" and digits.isdecimal() and len(digits) <= _SEQUENCE_DIGITS_MAX:
            self._purging.ask(exchange, int(digits))
        else:
            exchange.send(400, _TEXT, b"400: ask for purges?after=NUMBER, or for purges alone.\n")
