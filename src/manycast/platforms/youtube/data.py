"""Requests to the Data API, what each costs, and its pages.

https://developers.google.com/youtube/v3/live/docs, https://developers.google.com/youtube/v3/docs, and
https://developers.google.com/youtube/v3/determine_quota_cost for what each costs.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from manycast.platforms.values import App
from manycast.platforms.wire import Call, Reply, Request
from manycast.platforms.youtube.faults import fault


T = TypeVar("T")
READ, WRITE = 1, 50
"""Units of quota."""
PAGE_MAX = 50
"""Resources of one reply."""


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    items: tuple[T, ...]
    next_token: str = ""
    """Empty: it is the last."""


def sign(request: Request, _app: App, access: str) -> Request:
    return replace(request, headers={**request.headers, "Authorization": f"Bearer {access}"})


def read(
    url: str, query: Mapping[str, str], made: Callable[[Reply], T], cost: int = READ
) -> Call[T]:
    request = Request(method="GET", url=url, query=tuple(query.items()), cost=cost)
    return Call(request, made, fault)


def write(
    method: str, url: str, query: Mapping[str, str], body: Any, made: Callable[[Reply], T]
) -> Call[T]:
    """Creating something twice is seen by everybody: nothing here is repeated without a look whether it happened."""
    request = Request(
        method=method,
        url=url,
        query=tuple(query.items()),
        json=body,
        cost=WRITE,
        repeatable=method == "PUT",
    )
    return Call(request, made, fault)


def page(made: Callable[[Mapping[str, Any]], T]) -> Callable[[Reply], Page[T]]:
    """A list response, each of its resources made into something."""

    def read_page(reply: Reply) -> Page[T]:
        value = reply.json()
        items = tuple(made(item) for item in value["items"])
        return Page(items, str(value.get("nextPageToken") or ""))

    return read_page


def one(made: Callable[[Mapping[str, Any]], T]) -> Callable[[Reply], T]:
    return lambda reply: made(reply.json())
