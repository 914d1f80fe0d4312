"""Lists read piece by piece: each piece begins after the last row of the one before, whatever came or went."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session


Row = TypeVar("Row")
Place = tuple[int | str, ...]
"""The values of a row in the columns that order its list."""


class PlaceError(ValueError):
    """The place to go on from is not one of this list."""


@dataclass(frozen=True, slots=True)
class Slice:
    limit: int
    after: Place = ()
    """Empty: from the beginning."""


def read_slice(
    db: Session,
    query: Select[Row],
    order: Sequence[InstrumentedAttribute[Any]],
    wanted: Slice,
    *,
    newest_first: bool = False,
) -> tuple[list[Row], Place | None]:
    """The rows, and the place to go on from; None at the end. ``order`` ends with a unique column.

    Raises PlaceError when ``wanted.after`` belongs to another list.
    """
    if wanted.after:
        values = tuple_(*_checked(order, wanted.after))
        columns = tuple_(*order)
        query = query.where(columns < values if newest_first else columns > values)
    query = query.order_by(*(c.desc() if newest_first else c.asc() for c in order))
    rows = list(db.scalars(query.limit(wanted.limit + 1)))
    if len(rows) <= wanted.limit:
        return rows, None
    del rows[wanted.limit :]
    return rows, tuple(getattr(rows[-1], column.key) for column in order)


def _checked(order: Sequence[InstrumentedAttribute[Any]], place: Place) -> Place:
    kinds = [column.type.python_type for column in order]
    if [type(value) for value in place] != kinds:
        raise PlaceError("the cursor belongs to another list")
    return place
