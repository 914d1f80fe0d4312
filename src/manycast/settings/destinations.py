"""Sending a stream on to other places."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DestinationsSettings:
    """Milliseconds unless the name says otherwise."""

    running_max: int = 32
    """Processes of an origin that each send one stream to one place, of about 40 MB and a hundredth of a core."""
    queue_ms: int = 1500
    """Media that may wait for a slow network; beyond it frames that nothing refers to are left out first, then whole groups of pictures."""
    connect_ms: int = 8000
    """For resolving, connecting, TLS and the platform's leave to publish."""
    stuck_ms: int = 8000
    """A connection that takes nothing for so long is closed and made anew."""
    retry_first_ms: int = 500
    """Before the second attempt, with jitter; each further wait is twice as long."""
    retry_limit_ms: int = 20_000
    """Longest wait between two attempts: within the grace in which platforms take a publisher back."""
    refusals_max: int = 5
    """Attempts in a row that the other side refused in words before a person has to look; those within a minute after it
    took the stream do not count, since it may still hold the connection that broke."""
    report_ms: int = 500
    """Between two reports of a destination's process."""
    private_addresses: bool = True
    """Let destinations lead to loopback, private and link-local addresses, where many receivers stand. Off: broadcasters reach nothing of your own network."""
    ca_file: str = ""
    """PEM file of the authorities that rtmps:// and https:// servers are checked with; empty: the system's."""


def check(settings: DestinationsSettings) -> None:
    """Raise ValueError naming the first setting that cannot work."""
    if settings.queue_ms < 500:
        raise ValueError(f"destinations.queue_ms = {settings.queue_ms}: use 500 or more")
    if settings.retry_limit_ms < settings.retry_first_ms:
        raise ValueError(
            "destinations.retry_limit_ms must not be less than destinations.retry_first_ms"
        )
