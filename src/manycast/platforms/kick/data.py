"""Requests to Kick's public API, and the envelope of its answers: https://docs.kick.com/apis."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

from manycast.platforms.kick.faults import fault
from manycast.platforms.values import App
from manycast.platforms.wire import Call, Reply, Request


T = TypeVar("T")


def sign(request: Request, _app: App, access: str) -> Request:
    return replace(request, headers={**request.headers, "Authorization": f"Bearer {access}"})


def call(request: Request, made: Callable[[Any], T]) -> Call[T]:
    """``made`` is given what is in the envelope."""
    return Call(request, lambda reply: made(_data(reply)), fault)


def _data(reply: Reply) -> Any:
    return reply.json()["data"] if reply.body else None
