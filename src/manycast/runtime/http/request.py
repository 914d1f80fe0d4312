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


def split_target(method: str, target: bytes) -> tuple[str, str]:
    """Path and query of an origin-form or absolute-form target; raises RefusedRequestError."""
    text = target.decode("ascii")
    if text.lower().startswith(("http://", "https://")):
        authority, slash, rest = text.partition("://")[2].partition("/")
        authority, question, query = authority.partition("?")
        text = f"/{question}{query}{slash}{rest}" if question else f"/{rest}"
        if not authority:
            raise RefusedRequestError(400, "The request target names no host.")
    if "#" in text or not (text.startswith("/") or (text == "*" and method == "OPTIONS")):
        raise RefusedRequestError(400, "The request target must be a path without a fragment.")
    path, _, query = text.partition("?")
    return path, query
