"""One connection to a control role: requests out, values or refusals back."""

import time
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from typing import Any, Final, Self, TypeVar
from urllib.parse import quote
from uuid import uuid4

import httpx2
from pydantic import BaseModel, ValidationError

from manycast.client.errors import RefusedError, UnreachableError
from manycast.schema.values import Page, ProblemDetails
from manycast.std.backoff import Backoff


TIMEOUT_S: Final = 15.0
"""Longer than the control role is patient with its database."""
ATTEMPTS_MAX: Final = 5
"""Of a request that may be repeated: together with the waits about half a minute, a restart of the control role."""
WAIT_S_FIRST: Final = 0.5
WAIT_S_LIMIT: Final = 8.0
"""Also of what the control role asks for by Retry-After."""
PAGE_ITEMS: Final = 200
COME_AGAIN: Final = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}
REPEATABLE: Final = {"GET", "PUT", "DELETE"}

Model = TypeVar("Model", bound=BaseModel)


class Wire:
    """``pause`` is what waits between attempts, in seconds."""

    def __init__(
        self,
        url: str,
        token: str = "",
        *,
        transport: httpx2.BaseTransport | None = None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        if not url.startswith(("http://", "https://")):
            raise UnreachableError(f"{url!r} is no address: use http://HOST:PORT")
        self.url = url.rstrip("/")
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        try:
            self.http = httpx2.Client(
                base_url=f"{self.url}/api/v1",
                headers={**headers, "User-Agent": "manycast-client"},
                timeout=TIMEOUT_S,
                transport=transport,
            )
        except (httpx2.InvalidURL, ValueError) as error:
            raise UnreachableError(f"{url!r} is no address: use http://HOST:PORT") from error
        self._pause = pause

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.http.close()

    def ask(self, method: str, path: str, returns: type[Model], **wish: Any) -> Model:
        """Send, and read the answer; ``wish`` as for ``send``."""
        reply = self.send(method, path, **wish)
        try:
            # A later release may say more than this one knows of.
            return returns.model_validate_json(reply.content, extra="ignore")
        except ValidationError as error:
            raise UnreachableError(
                f"{self.url} gave an answer that this release does not understand: {error}"
            ) from error

    def pages(
        self, path: str, item: type[Model], query: Mapping[str, Any] | None = None, **names: str
    ) -> Iterator[Model]:
        """Every item of a list, asked for page by page as they are used."""
        cursor: str | None = ""
        while cursor is not None:
            wanted = {
                **(query or {}),
                "limit": PAGE_ITEMS,
                **({"cursor": cursor} if cursor else {}),
            }
            page = self.ask("GET", path, Page[item], query=wanted, **names)  # type: ignore[valid-type]
            yield from page.items
            cursor = page.next

    def send(
        self,
        method: str,
        path: str,
        *,
        body: BaseModel | None = None,
        query: Mapping[str, Any] | None = None,
        version: int | None = None,
        once: bool = False,
        **names: str,
    ) -> httpx2.Response:
        """``path`` as in openapi.json, ``names`` what stands in its braces; ``version`` is what is changed,
        ``once`` makes a creation safe to repeat.

        Raises RefusedError, or UnreachableError when repeating did not help either.
        """
        headers = {} if version is None else {"If-Match": f'"{version}"'}
        if once:
            headers["Idempotency-Key"] = str(uuid4())
        if body is not None:
            headers["Content-Type"] = "application/json"
        request = self.http.build_request(
            method,
            path.format(**{name: quote(text, safe="") for name, text in names.items()}),
            params={
                name: _text(value) for name, value in (query or {}).items() if value is not None
            },
            headers=headers,
            content=None if body is None else body.model_dump_json(exclude_unset=True),
        )
        return self._answered(request, repeat=once or method in REPEATABLE)

    def _answered(self, request: httpx2.Request, *, repeat: bool) -> httpx2.Response:
        backoff = Backoff(WAIT_S_FIRST, WAIT_S_LIMIT)
        lost = False
        for attempt in range(1, ATTEMPTS_MAX + 1):
            last = attempt == ATTEMPTS_MAX or not repeat
            wait_s = backoff.failed()
            try:
                reply = self.http.send(request)
            except httpx2.TransportError as error:
                if last:
                    raise self._unreachable(error) from error
                lost = True
            else:
                if reply.is_success or (lost and _is_gone(request, reply)):
                    return reply
                if last or reply.status_code not in COME_AGAIN:
                    raise self.refused(reply)
                wait_s = _asked_for(reply, wait_s)
            self._pause(wait_s)
        raise AssertionError("the last attempt returns or raises")

    def refused(self, reply: httpx2.Response) -> RefusedError | UnreachableError:
        """What a reply that is no success means."""
        try:
            return RefusedError(ProblemDetails.model_validate_json(reply.content, extra="ignore"))
        except ValidationError:
            said = f"{reply.status_code} {reply.reason_phrase}"
            return UnreachableError(f"{self.url} answered {said}: is it a manycast control role?")

    def _unreachable(self, error: httpx2.TransportError) -> UnreachableError:
        said = str(error) or type(error).__name__
        return UnreachableError(f"{self.url} does not answer ({said}): is manycast running there?")


def _is_gone(request: httpx2.Request, reply: httpx2.Response) -> bool:
    """Deleted, it seems, by an attempt whose reply did not arrive."""
    return request.method == "DELETE" and reply.status_code == HTTPStatus.NOT_FOUND


def _asked_for(reply: httpx2.Response, wait_s: float) -> float:
    """Seconds to wait as Retry-After has it, within our own limit."""
    after = reply.headers.get("Retry-After", "")
    return min(float(after), WAIT_S_LIMIT) if after.isascii() and after.isdigit() else wait_s


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
