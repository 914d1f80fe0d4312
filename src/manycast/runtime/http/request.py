"""One parsed request, and the refusal of one that cannot be parsed."""

from dataclasses import dataclass

from manycast.std.http1 import Headers, field


class RefusedRequestError(Exception):
    """The client is at fault; ``status`` and the text are its answer, and the connection ends."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


@dataclass(slots=True)  # frozen, it would take five times as long to make, for each request
class Request:
    method: str
    target: bytes
    """As sent."""
    path: str
    """Begins with a slash; not percent-decoded. ``*`` for OPTIONS of the whole server."""
    query: str
    """Without the question mark; empty when absent."""
    headers: Headers
    body: bytes
    http_10: bool
    keep_alive: bool

    def header(self, name: bytes) -> bytes | None:
        return field(self.headers, name)


def split_target(method: str, target: bytes) -> tuple[bytes | None, str, str]:
    """Authority (None in origin form), path and query; raises RefusedRequestError."""
    text = target.decode("ascii")
    named: bytes | None = None
    if text.lower().startswith(("http://", "https://")):
        authority, slash, rest = text.partition("://")[2].partition("/")
        authority, question, query = authority.partition("?")
        text = f"/{question}{query}{slash}{rest}" if question else f"/{rest}"
        named = authority.encode("ascii")
    if "#" in text or not (text.startswith("/") or (text == "*" and method == "OPTIONS")):
        raise RefusedRequestError(400, "The request target must be a path without a fragment.")
    path, _, query = text.partition("?")
    return named, path, query
