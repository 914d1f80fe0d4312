import asyncio

import pytest
from fastapi import Response

from manycast.api.problems import Problem
from manycast.api.versions import precondition, tag


def given(header: str | None, version: int) -> int:
    """The status of the refusal; 0 when it goes on."""
    try:
        asyncio.run(precondition(header)).check(version)
    except Problem as problem:
        return problem.details.status
    return 0


@pytest.mark.parametrize(
    ("header", "version", "status"),
    [
        (None, 1, 428),
        ("*", 7, 0),
        ('"7"', 7, 0),
        ('"6", "7"', 7, 0),
        ('"6"', 7, 412),
        ("7", 7, 412),
        ("nonsense", 7, 412),
        ("", 7, 412),
    ],
)
def test_only_who_has_seen_it_changes_it(header: str | None, version: int, status: int) -> None:
    assert given(header, version) == status


def test_the_tag_of_a_reply_is_what_a_change_shows() -> None:
    response = Response()
    tag(response, 7)
    assert given(response.headers["ETag"], 7) == 0
