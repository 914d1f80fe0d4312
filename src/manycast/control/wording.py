"""The words of notices: one title and one text for each kind, and templates of people's own, which are words and no code."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from manycast.model.notices import Kind


_PLACE = re.compile(r"\{([a-z]+)\}")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EVERYWHERE = {
    "time": "when it happened, in UTC",
    "link": "where to look in the dashboard; empty unless `control.public_url` is set",
}
_CHANNEL = {
    "channel": "the channel's name",
    "title": "its title; its name as long as it has none",
    "watch": "where to watch; empty unless `control.public_edge_url` is set",
}
_NODE = {"node": "which part of the network, such as `edge@host:8000`"}
_PLACE_WORDS = _CHANNEL | {"destination": "what the place is called that it is sent on to"}


@dataclass(frozen=True, slots=True)
class Wording:
    title: str
    text: str
    words: Mapping[str, str]
    """What a template may name, with what it means."""


WORDINGS = {
    Kind.STREAM_LIVE: Wording("{title} is live", "On the air since {time}.\n{watch}", _CHANNEL),
    Kind.STREAM_ENDED: Wording(
        "{title} has ended",
        "It was on the air for {duration}. Watching at once, at most: {viewers}.",
        _CHANNEL | {"duration": "how long it was", "viewers": "the most who watched at once"},
    ),
    Kind.INGEST_UNHEALTHY: Wording(
        "{channel}: the broadcast is in trouble",
        "{reasons}",
        _CHANNEL | {"reasons": "what is wrong, worst first"},
    ),
    Kind.INGEST_RECOVERED: Wording(
        "{channel}: the broadcast is well again",
        "The trouble lasted {duration}.",
        _CHANNEL | {"duration": "how long the trouble lasted"},
    ),
    Kind.RECORDING_READY: Wording(
        "{channel}: a recording is ready",
        "It is {duration} long.",
        _CHANNEL | {"duration": "how long it is"},
    ),
    Kind.RECORDING_FAILED: Wording(
        "{channel} is not being recorded", "{reasons}", _CHANNEL | {"reasons": "why"}
    ),
    Kind.DESTINATION_FAILING: Wording(
        "{channel} is not live on {destination}",
        "{reasons}",
        _PLACE_WORDS | {"reasons": "what is wrong and what to do"},
    ),
    Kind.DESTINATION_RECOVERED: Wording(
        "{channel}: {destination} is well again",
        "The trouble lasted {duration}.",
        _PLACE_WORDS | {"duration": "how long the trouble lasted"},
    ),
    Kind.PLATFORM_DISCONNECTED: Wording(
        "{channel}: connect {destination} on {platform} again",
        "{reasons}",
        _CHANNEL
        | {
            "destination": "the account's name there",
            "platform": "the platform",
            "reasons": "what is wrong and what to do",
        },
    ),
    Kind.KEY_REFUSED: Wording(
        "A stream key was refused",
        "Publishers turned away at {node}: {count}. Somebody uses a key that was changed, or guesses."
        " Whoever may publish needs the key that is valid now.",
        _NODE | {"count": "how many publishers were turned away"},
    ),
    Kind.NODE_SILENT: Wording(
        "{node} does not report",
        "Look whether it runs and whether it reaches the control role.",
        _NODE,
    ),
    Kind.NODE_BACK: Wording(
        "{node} reports again",
        "It was away for {duration}.",
        _NODE | {"duration": "how long it was away"},
    ),
    Kind.DISK_LOW: Wording(
        "The disk of {node} is almost full",
        "Left: {free}. Make room or delete recordings, else they stop.",
        _NODE | {"free": "how much is left"},
    ),
    Kind.DISK_FINE: Wording(
        "The disk of {node} has room again", "Free: {free}.", _NODE | {"free": "how much is free"}
    ),
    Kind.ACCOUNT_DEVICE: Wording(
        "{user} logged in with a new device",
        "{agent}, from {address}. Was it somebody else? End that session and change the password.",
        {
            "user": "whose account it is",
            "agent": "what the browser calls itself",
            "address": "where it came from",
        },
    ),
    Kind.TEST: Wording("A test from manycast", "What you are told of arrives here.", {}),
}


def fill(template: str, words: Mapping[str, str]) -> str:
    """Put the words in their places once: what they bring along is never a place itself."""
    filled = _PLACE.sub(lambda place: words.get(place[1], ""), template)
    return "\n".join(line.rstrip() for line in filled.strip().splitlines())


def unknown_words(template: str, kinds: Iterable[Kind]) -> list[str]:
    """Which places of a template no notice of these kinds can fill."""
    known = EVERYWHERE.keys() | {word for kind in kinds for word in WORDINGS[kind].words}
    return sorted({place[1] for place in _PLACE.finditer(template)} - known)


def span(ms: int) -> str:
    """How long, for people: the two largest units."""
    seconds = max(0, ms) // 1000
    for unit_s, unit, below_s, below in (
        (86_400, "d", 3600, "h"),
        (3600, "h", 60, "min"),
        (60, "min", 1, "s"),
    ):
        if seconds >= unit_s:
            rest = seconds % unit_s // below_s
            return (
                f"{seconds // unit_s} {unit} {rest} {below}"
                if rest
                else f"{seconds // unit_s} {unit}"
            )
    return f"{seconds} s"


def moment(ms: int) -> str:
    return (_EPOCH + timedelta(milliseconds=ms)).strftime("%Y-%m-%d %H:%M UTC")


def timestamp(ms: int) -> str:
    """RFC 3339, for programs."""
    return (_EPOCH + timedelta(milliseconds=ms)).isoformat(timespec="milliseconds")
