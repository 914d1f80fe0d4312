"""Whether YouTube shows the stream, from what it says of the broadcast, the stream and the video."""

from manycast.model.destinations import PlatformState
from manycast.platforms.values import OnAir
from manycast.platforms.youtube.broadcasts import Broadcast
from manycast.platforms.youtube.streams import Stream
from manycast.platforms.youtube.videos import Video


LIVES = {
    "live": PlatformState.LIVE,
    "liveStarting": PlatformState.STARTING,
    "testing": PlatformState.STARTING,
    "testStarting": PlatformState.STARTING,
    "complete": PlatformState.ENDED,
    "revoked": PlatformState.ENDED,
}
HEALTH = {
    "bad": "YouTube calls what it gets bad.",
    "revoked": "YouTube has taken the stream key back.",
}
REVOKED = "YouTube has taken this broadcast off the air. Look into YouTube Studio why."
START_ITSELF_MS = 20_000
"""A broadcast that has not begun by itself so long after media arrived is told to."""


def showing(broadcast: Broadcast | None, stream: Stream | None, video: Video | None) -> OnAir:
    active = stream is not None and stream.status == "active"
    health = health_of(stream) if active else ""
    if broadcast is None:
        return OnAir(state=PlatformState.NOT_LIVE, health=health)
    waiting = PlatformState.STARTING if active else PlatformState.NOT_LIVE
    state = LIVES.get(broadcast.life, waiting)
    if state is PlatformState.LIVE and stream is not None and not active:
        # It is on the page still, with nothing in it.
        state = PlatformState.STARTING
        health = "YouTube gets nothing just now."
    return OnAir(
        state=state,
        viewers=video.viewers if video is not None and state is PlatformState.LIVE else None,
        title=broadcast.title,
        url=broadcast.url,
        health=REVOKED if broadcast.life == "revoked" else health,
        broadcast_id=broadcast.id,
    )


def health_of(stream: Stream | None) -> str:
    """For people; empty: nothing is wrong."""
    if stream is None:
        return ""
    said = [HEALTH.get(stream.health, ""), *stream.issues[:2]]
    return " ".join(part for part in said if part)
