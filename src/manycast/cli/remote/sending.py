"""What `manycast stream` says of destinations, and how it finds one."""

from collections.abc import Sequence

from manycast.client.network import Network
from manycast.schema.destinations import Destination, DestinationLive
from manycast.schema.streams import Stream


HEAD = "DESTINATION PLATFORM STATE MBIT/S DROPPED VIEWERS WHY"


def row(one: Destination, live: DestinationLive | None) -> tuple[object, ...]:
    if live is None:
        return one.name, one.platform, "ready" if one.enabled else "off", "-", "-", "-", "-"
    report, shown = live.report, live.on_platform
    sending = report is not None and report.state == "sending"
    rate = f"{(report.video_bps + report.audio_bps) / 1e6:.1f}" if report and sending else "-"
    dropped = report.dropped_frames if report else "-"
    viewers = shown.viewers if shown and shown.viewers is not None else "-"
    return one.name, one.platform, live.verdict, rate, dropped, viewers, live.text or "-"


def rows(places: Sequence[Destination], stream: Stream | None) -> list[tuple[object, ...]]:
    live = {one.id: one for one in stream.destinations} if stream else {}
    return [row(one, live.get(one.id)) for one in places]


def find(network: Network, channel: str, name: str) -> Destination:
    """By name or id. Raises LookupError."""
    found = [one for one in network.destinations.all(channel) if name in {one.name, one.id}]
    if len(found) == 1:
        return found[0]
    if found:
        ids = ", ".join(one.id for one in found)
        raise LookupError(f"several destinations are called {name!r}: use one of {ids}")
    raise LookupError(
        f"no destination of {channel} is called {name!r}: see `manycast stream destinations {channel}`"
    )
