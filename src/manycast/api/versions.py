"""ETag and If-Match: nobody overwrites a change that they have not seen."""

import re
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header, Response

from manycast.api.problems import Problem


_TAG = re.compile(r'"(\d{1,18})"')


@dataclass(frozen=True, slots=True)
class Precondition:
    """Which versions the caller is ready to change."""

    versions: frozenset[int] | None
    """None: any."""

    def check(self, version: int) -> None:
        """Raise Problem 412 when the row has moved on."""
        if self.versions is not None and version not in self.versions:
            raise stale()


async def precondition(
    if_match: Annotated[
        str | None,
        Header(max_length=200, description="The `ETag` that was read, or `*` for any version."),
    ] = None,
) -> Precondition:
    if if_match is None:
        raise Problem(
            428, "version-needed", "Send the ETag that you read as If-Match, or * for any version."
        )
    if if_match.strip() == "*":
        return Precondition(None)
    return Precondition(frozenset(int(version) for version in _TAG.findall(if_match)))


IfMatch = Annotated[Precondition, Depends(precondition)]


def tag(response: Response, version: int) -> None:
    response.headers["ETag"] = etag(version)


def etag(version: int) -> str:
    return f'"{version}"'


def stale() -> Problem:
    return Problem(
        412, "stale", "Somebody changed it meanwhile; read it again and repeat what you want."
    )
