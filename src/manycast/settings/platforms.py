"""Where Twitch, YouTube and Kick are asked."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PlatformsSettings:
    """Addresses of the platforms' own servers: other ones are for tests and for proxies that must be passed."""

    twitch_api: str = "https://api.twitch.tv/helix"
    """Helix."""
    twitch_auth: str = "https://id.twitch.tv/oauth2"
    """Where accounts are connected and tokens renewed."""
    twitch_ingests: str = "https://ingest.twitch.tv/ingests"
    """Twitch's list of places to send to, the nearest first."""
    twitch_events: str = "wss://eventsub.wss.twitch.tv/ws"
    """EventSub over WebSocket: chat, going live and offline."""
    youtube_api: str = "https://www.googleapis.com/youtube/v3"
    """The Data API, live streaming included."""
    google_token: str = "https://oauth2.googleapis.com"  # noqa: S105  an address
    """Where tokens are had, renewed and revoked."""
    kick_api: str = "https://api.kick.com"
    """The public API."""
    kick_auth: str = "https://id.kick.com"
    """Where accounts are connected and tokens renewed."""
    look_ms: int = 5000
    """Between two questions whether a platform shows the stream, while it is not sure; a sixth as often once it is."""
    call_ms: int = 10_000
    """For one answer of a platform."""
    attempts_max: int = 4
    """Of one call that failed for a passing reason."""
    youtube_quota: int = 10_000
    """Units of YouTube's API that a day may cost: what Google gives a project that did not ask for more."""
    chat_lines_max: int = 500
    """Of one channel's chat kept in memory, for operators who open it later."""
