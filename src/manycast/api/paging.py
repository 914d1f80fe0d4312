"""`?limit=` and `?cursor=` of every list."""

import base64
import json
from collections.abc import Callable, Iterable
from typing import Annotated, TypeVar

from fastapi import Depends, Query

from manycast.api.problems import Problem
from manycast.runtime.store.paging import Place, Slice
from manycast.schema.values import FieldProblem, Page


LIMIT = 50
LIMIT_MAX = 200
"""Of one page: some 100 KB of the largest rows."""
CURSOR_CHARACTERS_MAX = 400
_INT_MAX = 2**63

Row = TypeVar("Row")
Item = TypeVar("Item")


async def paging(
    limit: Annotated[int, Query(ge=1, le=LIMIT_MAX)] = LIMIT,
    cursor: Annotated[
        str | None,
        Query(
            max_length=CURSOR_CHARACTERS_MAX,
            pattern="^[A-Za-z0-9_-]*$",
            description="`next` of the page before.",
        ),
    ] = None,
) -> Slice:
    """Raises Problem 400 for a cursor that no page gave."""
    return Slice(limit, place(cursor) if cursor else ())


Paging = Annotated[Slice, Depends(paging)]


def page(found: tuple[Iterable[Row], Place | None], view: Callable[[Row], Item]) -> Page[Item]:
    """What ``read_slice`` found, as the API shows it."""
    rows, following = found
    return Page(items=[view(row) for row in rows], next=cursor_of(following) if following else None)


def cursor_of(following: Place) -> str:
    return base64.urlsafe_b64encode(json.dumps(following).encode()).decode().rstrip("=")


def place(cursor: str) -> Place:
    """The reverse of ``cursor_of``."""
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError:
        values = None
    if not isinstance(values, list) or not values or not all(map(_is_place, values)):
        raise bad_cursor()
    return tuple(values)


def _is_place(value: object) -> bool:
    if isinstance(value, str):
        return value.isprintable()
    return type(value) is int and abs(value) < _INT_MAX


def bad_cursor() -> Problem:
    detail = "Use the `next` of a page of this list, or none to begin."
    return Problem(
        400, "bad-cursor", detail, errors=[FieldProblem(pointer="query/cursor", detail=detail)]
    )
