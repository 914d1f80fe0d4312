"""Tells dashboards which lists to ask for again, once a change is in the books."""

from collections.abc import Callable

from manycast.runtime.control.hub import Hub, Kind


_KINDS: dict[str, Kind] = {
    "channel": "channels",
    "stream_key": "channels",
    "srt": "channels",
    "broadcast": "broadcasts",
    "recording": "recordings",
    "target": "notices",
    "rule": "notices",
    "delivery": "notices",
}
"""By the first word of an audited action; what is not here shows on nobody else's page."""


def spread(hub: Hub) -> Callable[[str], None]:
    """For ``Store.on_change``. Which one changed stays unsaid: not every listener may know its name."""

    def told(action: str) -> None:
        kind = _KINDS.get(action.partition(".")[0])
        if kind is not None:
            hub.touch(kind)

    return told
