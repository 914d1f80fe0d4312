"""What the origin tells the control role."""

from dataclasses import replace

from manycast.model.fleet import Assignment, NodeReport, RenditionReport, StreamReport, StreamState
from manycast.origin.session import State
from manycast.runtime.identity import Identity
from manycast.runtime.origin.broadcast import Broadcast
from manycast.runtime.origin.live import Live
from manycast.runtime.vitals import vitals


_STATES = {
    State.STARTING: StreamState.STARTING,
    State.LIVE: StreamState.LIVE,
    State.RECONNECTING: StreamState.RECONNECTING,
    State.ENDED: StreamState.ENDED,
}


class OriginReport:
    def __init__(self, identity: Identity, live: Live) -> None:
        self._identity = identity
        self._live = live

    def __call__(self, sequence: int) -> NodeReport:
        live, grants = self._live, self._live.grants
        return replace(
            self._identity.report(sequence),
            numbers=vitals(),
            streams=tuple(_stream(name, one) for name, one in live.broadcasts.items()),
            refused_keys=grants.refused,
            revision=grants.revision,
        )

    def answered(self, report: NodeReport, assignment: Assignment) -> None:  # noqa: ARG002  the report it answers, as Reporting has it
        """Do as the control role asks; raises ValueError for what makes no sense."""
        self._live.grants.assign(assignment)


def _stream(name: str, broadcast: Broadcast) -> StreamReport:
    session = broadcast.session
    return StreamReport(
        stream=name,
        state=_STATES[session.state],
        since_ms=session.since_ms,
        ended_ms=broadcast.ended_ms,
        part_ms=session.rules.part_target_ms if session.rules else None,
        ingest=broadcast.health(),
        renditions=tuple(_renditions(broadcast)),
        notes=tuple(broadcast.notes),
    )


def _renditions(broadcast: Broadcast) -> list[RenditionReport]:
    return [
        RenditionReport(
            name=variant.uri.partition("/")[0],
            width=variant.width,
            height=variant.height,
            frame_rate=variant.frame_rate or 0.0,
            bandwidth_bps=variant.bandwidth_bps,
            codecs=",".join(variant.codecs),
        )
        for variant in broadcast.variants()
    ]
