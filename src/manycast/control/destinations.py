"""One verdict of what a destination's own process says and what its platform says: green only when viewers there see it."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from manycast.model.destinations import (
    DestinationReport,
    Platform,
    PlatformState,
    SendingState,
    Verdict,
)
from manycast.platforms.failures import LABELS
from manycast.platforms.values import OnAir


SHOWN_WITHIN_MS = 30_000
"""A platform may take so long to show what it gets; beyond it something is wrong there."""
UNADDRESSED = "Nobody has said yet where to send: connect the account, or enter server and key."
ENDED = "{label} takes the stream, but has ended the broadcast: stop this destination and start it again."
UNSHOWN = "{label} takes the stream, but does not show it: look at its own dashboard."
_OWN_WORD = {
    SendingState.WAITING: Verdict.WAITING,
    SendingState.CONNECTING: Verdict.CONNECTING,
    SendingState.RETRYING: Verdict.RETRYING,
    SendingState.FAILED: Verdict.FAILED,
    SendingState.STOPPED: Verdict.WAITING,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """What people said of it."""

    id: str
    channel: str
    """The channel's name."""
    name: str
    platform: Platform
    enabled: bool
    addressed: bool
    """Whether it is known where to send; else the platform has to say so first."""
    connected: bool
    """Whether an account is connected, so that the platform can be asked."""


def same_server(one: str, other: str) -> bool:
    """Whether two addresses lead to one server in one way, so that the key of the first may go to the second."""
    here, there = urlsplit(one), urlsplit(other)
    return (here.scheme, here.netloc.lower()) == (there.scheme, there.netloc.lower())


def verdict(
    one: Destination,
    report: DestinationReport | None,
    on_air: OnAir | None,
    trouble: str,
    now_ms: int,
) -> tuple[Verdict, str]:
    """With a sentence that says why it is not well and what to do; empty where all is.

    ``on_air`` is what the platform said last, ``trouble`` why it could not be asked; None where nobody asks it.
    """
    if not one.enabled:
        return Verdict.OFF, ""
    if report is None:
        return Verdict.WAITING, trouble or ("" if one.addressed or one.connected else UNADDRESSED)
    if report.state is not SendingState.SENDING:
        return _OWN_WORD[report.state], report.reason
    if not one.connected:
        return Verdict.SENDING, report.reason
    text = trouble or (on_air.health if on_air else "") or report.reason
    state = on_air.state if on_air else PlatformState.UNKNOWN
    return _taken(one, report, state, text, now_ms)


def _taken(
    one: Destination, report: DestinationReport, state: PlatformState, text: str, now_ms: int
) -> tuple[Verdict, str]:
    """Of one whose platform takes what is sent."""
    fresh = now_ms < report.since_ms + SHOWN_WITHIN_MS
    if state is PlatformState.LIVE:
        return Verdict.LIVE, text
    if state is PlatformState.UNKNOWN:
        return (Verdict.STARTING if fresh else Verdict.SENDING), text
    if state is PlatformState.STARTING or fresh:
        return Verdict.STARTING, text
    said = ENDED if state is PlatformState.ENDED else UNSHOWN
    return Verdict.NOT_LIVE, text or said.format(label=LABELS[one.platform])
