from dataclasses import replace

import pytest

from manycast.model.destinations import PlatformState
from manycast.platforms.values import Ingest
from manycast.platforms.youtube.broadcasts import Broadcast
from manycast.platforms.youtube.showing import REVOKED, showing
from manycast.platforms.youtube.streams import Stream
from manycast.platforms.youtube.videos import Video


ACTIVE = Stream(
    id="S", title="manycast", ingest=Ingest(url="u", key="k"), status="active", health="good"
)
IDLE = replace(ACTIVE, status="inactive")
LIVE = Broadcast(id="B", title="T", life="live", privacy="public")


@pytest.mark.parametrize(
    ("life", "stream", "state"),
    [
        ("live", ACTIVE, PlatformState.LIVE),
        ("live", IDLE, PlatformState.STARTING),
        ("liveStarting", ACTIVE, PlatformState.STARTING),
        ("testing", ACTIVE, PlatformState.STARTING),
        ("ready", ACTIVE, PlatformState.STARTING),
        ("ready", IDLE, PlatformState.NOT_LIVE),
        ("created", IDLE, PlatformState.NOT_LIVE),
        ("complete", IDLE, PlatformState.ENDED),
        ("revoked", ACTIVE, PlatformState.ENDED),
    ],
)
def test_it_is_live_only_where_people_see_it(
    life: str, stream: Stream, state: PlatformState
) -> None:
    assert showing(replace(LIVE, life=life), stream, None).state is state


def test_without_a_broadcast_nothing_is_shown() -> None:
    assert showing(None, ACTIVE, None).state is PlatformState.NOT_LIVE


def test_viewers_are_those_of_now() -> None:
    video = Video(id="B", title="T", viewers=5)
    assert showing(LIVE, ACTIVE, video).viewers == 5
    assert showing(LIVE, IDLE, video).viewers is None


def test_what_is_wrong_is_said() -> None:
    bad = replace(ACTIVE, health="bad", issues=("The bitrate is too low.",))
    assert "bitrate is too low" in showing(LIVE, bad, None).health
    assert showing(replace(LIVE, life="revoked"), IDLE, None).health == REVOKED
    assert not showing(LIVE, ACTIVE, None).health
