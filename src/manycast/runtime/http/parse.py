"""Bytes of one connection to requests, within limits."""

import re
from collections import deque

import httptools

from manycast.runtime.http.request import RefusedRequestError, Request, split_target
from manycast.settings.http import HttpServerSettings


_HOST = re.compile(rb"(?:[A-Za-z0-9._~%-]*|\[[0-9A-Fa-f:.]+\])(?::[0-9]*)?")
"""Names and addresses as they occur; the commas and brackets that RFC 3986 also allows do not."""
_LENGTH_DIGITS_MAX = 20
"""As many as 64 bits have; llhttp lets any number of zeros pass."""
_FRAMING_PER_BYTE = 8
"""Bytes of chunk sizes and extensions for each byte of a body: chunks of one byte need six."""


class RequestParser:
    """Feeds httptools (llhttp in its strict mode) and bounds what it passes on.

    llhttp itself refuses both framings at once, repeated or odd lengths, bare line feeds, folded
    lines and forbidden characters.
    """

    def __init__(self, settings: HttpServerSettings) -> None:
        self.ready: deque[Request] = deque()
        self.wants_continue = False
        self._settings = settings
        self._parser = httptools.HttpRequestParser(self)
        self._refusal: RefusedRequestError | None = None
        self.in_message = False
        self._clear()

    @property
    def idle(self) -> bool:
        """Nothing of a further request has come, so that a new parser would do as well."""
        return not (self.in_message or self.ready or self._fed_head)

    def feed(self, data: bytes) -> None:
        """Append whole requests to ``ready``; raises RefusedRequestError, after which it is spent."""
        if self.in_body:
            self._fed_body += len(data)
        else:
            self._fed_head += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserCallbackError:
            if self._refusal is None:
                raise
            raise self._refusal from None
        except httptools.HttpParserUpgrade:
            return  # the request stands as an ordinary one and is the connection's last
        except httptools.HttpParserError as error:
            if self.ready and not self.ready[-1].keep_alive:
                return  # bytes after the last request of a connection do not matter
            raise RefusedRequestError(400, f"Malformed HTTP request: {error}.") from None
        if not self.in_body and self._fed_head > self._settings.head_bytes_max:
            raise RefusedRequestError(431, "The request head is too large.")
        framing = self._fed_body - _FRAMING_PER_BYTE * self._body_bytes
        if framing > self._settings.head_bytes_max:
            raise RefusedRequestError(431, "The chunk extensions or trailers are too large.")

    def _clear(self) -> None:
        self.in_body = False
        self.wants_continue = False
        self._fed_head = 0
        self._fed_body = 0
        self._head_bytes = 0
        self._target = b""
        self._headers: list[tuple[bytes, bytes]] = []
        self._body: list[bytes] = []
        self._body_bytes = 0

    def _refuse(self, status: int, text: str) -> None:
        self._refusal = RefusedRequestError(status, text)
        raise self._refusal

    def on_message_begin(self) -> None:
        self.in_message = True

    def on_url(self, piece: bytes) -> None:
        self._target += piece
        if len(self._target) > self._settings.target_bytes_max:
            self._refuse(414, "The request target is too long.")

    def on_header(self, name: bytes, value: bytes) -> None:
        if self.in_body:
            return  # trailer fields are dropped (RFC 9110 section 6.5.1)
        self._head_bytes += len(name) + len(value) + 4
        if (
            self._head_bytes + len(self._target) > self._settings.head_bytes_max
            or len(self._headers) >= self._settings.headers_max
        ):
            self._refuse(431, "The request has too many or too large header fields.")
        if b"_" in name:
            return  # a gateway behind us could take it for the name with a hyphen
        self._headers.append((name.lower(), value.rstrip(b" \t")))

    def on_headers_complete(self) -> None:
        self.in_body = True
        version = self._parser.get_http_version()
        if version not in {"1.0", "1.1"}:
            self._refuse(505, "This server speaks HTTP/1.1 and HTTP/1.0.")
        self._check_host(version)
        self._check_framing(version)
        self.wants_continue = (self._header(b"expect") or b"").lower() == b"100-continue"

    def _check_host(self, version: str) -> None:
        hosts = [value for name, value in self._headers if name == b"host"]
        if len(hosts) > 1 or (version == "1.1" and not hosts):
            self._refuse(400, "An HTTP/1.1 request needs exactly one Host field.")
        if hosts and not _HOST.fullmatch(hosts[0]):
            self._refuse(400, "The Host field names no host.")

    def _check_framing(self, version: str) -> None:
        stated = self._header(b"content-length") or b"0"
        if len(stated) > _LENGTH_DIGITS_MAX:
            self._refuse(400, "The Content-Length is no length.")
        length = int(stated)
        codings = [value.lower() for name, value in self._headers if name == b"transfer-encoding"]
        if codings and version == "1.0":
            self._refuse(400, "An HTTP/1.0 request cannot have Transfer-Encoding.")
        if codings and codings != [b"chunked"]:
            self._refuse(501, "This server understands no transfer coding but chunked.")
        if self._parser.get_method() == b"CONNECT":
            self._refuse(501, "This server opens no tunnels.")
        if self._parser.should_upgrade() and (length or codings):
            self._refuse(501, "This server takes no body with an Upgrade.")  # httptools skips it
        if length > self._settings.body_bytes_max:
            self._refuse(413, "The request body is too large.")

    def _header(self, wanted: bytes) -> bytes | None:
        return next((value for name, value in self._headers if name == wanted), None)

    def on_body(self, piece: bytes) -> None:
        self.wants_continue = False
        self._body_bytes += len(piece)
        if self._body_bytes > self._settings.body_bytes_max:
            self._refuse(413, "The request body is too large.")
        self._body.append(piece)

    def on_message_complete(self) -> None:
        if len(self.ready) >= self._settings.pipelined_max:
            self._refuse(400, "Too many requests sent ahead of their replies.")
        self.ready.append(self._request())
        self._clear()
        self.in_message = False

    def _request(self) -> Request:
        parser = self._parser
        method = parser.get_method().decode("ascii")
        headers = tuple(self._headers)
        try:
            authority, path, query = split_target(method, self._target)
        except RefusedRequestError as refusal:
            self._refusal = refusal
            raise
        if authority is not None:  # it outranks the field (RFC 9112 section 3.2.2)
            if not authority or not _HOST.fullmatch(authority):
                self._refuse(400, "The request target names no host.")
            others = [pair for pair in headers if pair[0] != b"host"]
            headers = ((b"host", authority), *others)
        return Request(
            method=method,
            target=self._target,
            path=path,
            query=query,
            headers=headers,
            body=b"".join(self._body),
            http_10=parser.get_http_version() == "1.0",
            keep_alive=parser.should_keep_alive() and not parser.should_upgrade(),
        )
