from pathlib import Path

import pytest
from tests.api.connected import CHANNEL, connect, connectable

from manycast.model.destinations import Platform
from manycast.platforms.failures import (
    AwayError,
    ForbiddenError,
    MalformedError,
    NoAppError,
    PlatformError,
    QuotaGoneError,
    RateLimitedError,
    UnauthorizedError,
)


T = Platform.TWITCH
FAULTS = [
    (UnauthorizedError(T), 409),
    (ForbiddenError(T), 409),
    (NoAppError(T), 409),
    (RateLimitedError(T, 3.0), 502),
    (QuotaGoneError(T, 9), 502),
    (AwayError(T), 502),
    (MalformedError(T), 502),
]


@pytest.mark.parametrize(("fault", "status"), FAULTS)
def test_whose_fault_it_is_stands_in_the_status_and_what_to_do_in_the_words(
    tmp_path: Path, fault: PlatformError, status: int
) -> None:
    with connectable(tmp_path) as (room, somewhere):
        connect(room)
        somewhere.trouble = fault
        reply = room.ask.get(f"{CHANNEL}/categories?platform=twitch&q=chatting")
    assert reply.status_code == status
    assert reply.json()["detail"] == str(fault)
