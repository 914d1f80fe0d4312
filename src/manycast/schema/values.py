"""What every message of the API is made of."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, StringConstraints


_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LAST_MS = 253_402_300_799_999
"""The end of the year 9999."""


class Value(BaseModel):
    """A message or a part of one: it never changes, and a field it does not know is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Line = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$"),
]
"""Free text on one line; no control characters, which PostgreSQL and people's screens refuse."""
Name = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True,
        min_length=1,
        max_length=80,
        pattern=r"^[^\x00-\x1f\x7f]*[^\x00-\x20\x7f][^\x00-\x1f\x7f]*$",
    ),
]
"""What somebody calls something of theirs; not blank."""
Prose = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, max_length=4000, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]*$"
    ),
]
"""Free text of several lines."""

Switch = StrictBool
"""True or false, and not a number that could pass for either."""


def _no_truth(value: object) -> object:
    if isinstance(value, bool | str):
        raise ValueError("a whole number")  # noqa: TRY004  only this one becomes a refusal
    return value


WHOLE = BeforeValidator(_no_truth)
"""For a whole number: neither true nor digits in quotes will do. Last in ``Annotated``, or limits before it are not described."""


def _written(value: object) -> object:
    if not (isinstance(value, datetime) or _RFC3339.fullmatch(str(value))):
        raise ValueError("a time such as 2026-01-02T03:04:05Z")
    return value


Moment = Annotated[datetime, BeforeValidator(_written)]
"""A time in a request, as RFC 3339 writes it; a bare number would be taken for seconds."""
Id = Annotated[str, StringConstraints(pattern=r"^[a-z]{3}_[a-z0-9]{16}$")]

Item = TypeVar("Item")


class Page(Value, Generic[Item]):
    """Some of a list, in its order."""

    items: list[Item]
    next: str | None = Field(
        default=None,
        description="Give it as `cursor` to read on; null at the end.",
        json_schema_extra={"examples": [None]},
    )


class FieldProblem(Value):
    """What is wrong with one field of a request."""

    pointer: str = Field(
        description="`#/title` for a field of the body (a JSON pointer), `query/limit` for others."
    )
    detail: str


class ProblemDetails(Value):
    """Why a request was refused, as RFC 9457 has it (`application/problem+json`)."""

    type: str = Field(description="`urn:manycast:problem:` and a name that stays as it is.")
    title: str
    status: int
    detail: str = Field(description="For people: whose fault it is and what to do.")
    errors: list[FieldProblem] | None = None


def moment(ms: int) -> datetime:
    """A time in the API, from milliseconds since 1970; what no calendar holds becomes the nearest that one does."""
    return _EPOCH + timedelta(milliseconds=min(max(ms, 0), LAST_MS))


def milliseconds(at: datetime) -> int:
    """The reverse of ``moment``; a time without a zone is taken as UTC."""
    zoned = at if at.tzinfo else at.replace(tzinfo=UTC)
    return (zoned - _EPOCH) // timedelta(milliseconds=1)
