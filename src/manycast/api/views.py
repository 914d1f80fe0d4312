"""What the engines know, as people may see it."""

from math import isfinite

from manycast.api.destination_views import live
from manycast.control.fleet import Node
from manycast.control.live import OnAir
from manycast.control.permissions import Action, Principal, allowed, reaches
from manycast.model.fleet import IngestHealth, RecordingReport, StreamReport, StreamState
from manycast.runtime.control.network import Network
from manycast.schema import fleet, streams
from manycast.schema.destinations import DestinationLive
from manycast.schema.values import moment


def all_streams(network: Network, who: Principal) -> streams.Streams:
    items = [stream(one, network, who) for _, one in sorted(network.live.streams.items())]
    return streams.Streams(items=items, viewers=viewers(network), at=moment(network.now_ms()))


def viewers(network: Network) -> int:
    return sum(node.watching for node in network.fleet.nodes.values())


def stream(one: OnAir, network: Network, who: Principal) -> streams.Stream:
    report = one.report
    works_with_it = reaches(who, network.channels.get(report.stream, ""))
    sees_fleet = allowed(who, Action.FLEET_READ)
    return streams.Stream(
        channel=report.stream,
        state=report.state,
        since=moment(report.since_ms),
        ended_at=None if report.ended_ms is None else moment(report.ended_ms),
        heard_at=moment(one.heard_ms),
        stale=one.stale,
        origin=one.origin if sees_fleet else "",
        part_ms=report.part_ms,
        viewers=one.viewers,
        ingest=_ingest(report.ingest, with_peer=works_with_it) if report.ingest else None,
        renditions=_renditions(report),
        notes=list(report.notes),
        recording=_recording(report.recording) if report.recording else None,
        recording_trouble=report.recording_trouble,
        destinations=_destinations(report, network, who),
    )


def _destinations(report: StreamReport, network: Network, who: Principal) -> list[DestinationLive]:
    channel_id = network.channels.get(report.stream, "")
    if not allowed(who, Action.DESTINATIONS_READ, channel_id):
        return []
    reports = {one.id: one for one in report.destinations}
    return [
        live(one, reports.get(one.id), network.shown.get(one.id), network.now_ms())
        for one in network.destinations.get(report.stream, ())
    ]


def _ingest(health: IngestHealth, *, with_peer: bool) -> streams.Ingest:
    return streams.Ingest(
        condition=health.condition,
        reasons=list(health.reasons),
        protocol=health.protocol,
        peer=health.peer if with_peer else "",
        video_bps=health.video_bps,
        audio_bps=health.audio_bps,
        frame_rate=health.frame_rate,
        keyframe_interval_ms=health.keyframe_interval_ms,
        behind_ms=health.behind_ms,
        dropped_frames=health.dropped_frames,
    )


def _renditions(report: StreamReport) -> list[streams.Rendition]:
    return [
        streams.Rendition(
            name=one.name,
            width=one.width,
            height=one.height,
            frame_rate=one.frame_rate,
            bandwidth_bps=one.bandwidth_bps,
            codecs=one.codecs,
        )
        for one in report.renditions
    ]


def _recording(report: RecordingReport) -> streams.RecordingNow:
    return streams.RecordingNow(
        take=report.take,
        started_at=moment(report.started_ms),
        duration_ms=report.duration_ms,
        size_bytes=report.size_bytes,
    )


def whole_fleet(network: Network) -> fleet.Fleet:
    items = [node(one) for _, one in sorted(network.fleet.nodes.items())]
    return fleet.Fleet(items=items, at=moment(network.now_ms()))


def node(one: Node) -> fleet.Node:
    report = one.report
    return fleet.Node(
        node=report.node,
        role=report.role,
        health=one.health,
        version=report.version,
        url=report.url,
        since=moment(report.since_ms),
        heard_at=moment(one.heard_ms),
        problems=list(report.problems),
        numbers={name: value for name, value in report.numbers.items() if isfinite(value)},
        viewers=one.watching,
        streams=[s.stream for s in report.streams if s.state is not StreamState.ENDED],
    )
