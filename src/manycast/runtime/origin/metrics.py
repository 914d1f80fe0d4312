"""The origin's numbers as Prometheus text."""

from collections.abc import Callable, Iterable, Mapping

from manycast.model.destinations import SendingState
from manycast.model.names import StreamName
from manycast.origin.ingest import IngestFigures
from manycast.origin.session import State
from manycast.origin.stage import Stage
from manycast.runtime.ffmpeg.transcoder import TranscoderStatistics
from manycast.runtime.origin.broadcast import Broadcast
from manycast.runtime.origin.sending import Sending


TYPE = b"text/plain; version=0.0.4; charset=utf-8"

Samples = Iterable[tuple[str, float]]
"""Labels as in the text, and the value."""

_STAGES: dict[str, tuple[str, Callable[[Stage], float]]] = {
    "manycast_parts_total": ("Parts published.", lambda stage: stage.rendition.parts),
    "manycast_slating": (
        "1 while the last keyframe is repeated for want of frames.",
        lambda stage: stage.packager.slating,
    ),
    "manycast_held_requests": (
        "Playlist and part requests waiting now.",
        lambda stage: stage.rendition.holds.statistics().held,
    ),
    "manycast_held_requests_timed_out_total": (
        "Requests answered 503 because the source stalled.",
        lambda stage: stage.rendition.holds.statistics().timed_out,
    ),
}

_ENCODERS: dict[str, tuple[str, Callable[[TranscoderStatistics], float]]] = {
    "manycast_ladder_restarts_total": ("Encoders started after one failed.", lambda s: s.restarts),
    "manycast_ladder_dropped_frames_total": (
        "Source frames that no encoder took.",
        lambda s: s.dropped_frames,
    ),
    "manycast_ladder_cpu_seconds_total": ("CPU time of encoders.", lambda s: s.cpu_s),
}


_INGEST: dict[str, tuple[str, Callable[[IngestFigures], float]]] = {
    "manycast_ingest_bits_per_second": (
        "What publishers send, sound included.",
        lambda figures: figures.video_bps + figures.audio_bps,
    ),
    "manycast_ingest_frames_per_second": ("Pictures that arrive.", lambda one: one.frame_rate),
    "manycast_ingest_behind_seconds": (
        "How much less media than time has passed since the publisher came.",
        lambda figures: figures.behind_ms / 1000,
    ),
    "manycast_ingest_dropped_frames": (
        "Pictures that this publisher left out.",
        lambda figures: figures.dropped_frames,
    ),
}


_DESTINATIONS: dict[str, tuple[str, Callable[[Sending], float | None]]] = {
    "manycast_destination_sending": (
        "1 while the stream is sent there, as its own process says.",
        lambda one: one.ledger.report.state is SendingState.SENDING,
    ),
    "manycast_destination_bits_per_second": (
        "What is sent, sound included.",
        lambda one: one.ledger.report.video_bps + one.ledger.report.audio_bps,
    ),
    "manycast_destination_sent_bytes_total": (
        "Since the stream began.",
        lambda one: one.ledger.report.sent_bytes,
    ),
    "manycast_destination_dropped_frames_total": (
        "Left out because the way there was too slow.",
        lambda one: one.ledger.report.dropped_frames,
    ),
    "manycast_destination_reconnects_total": (
        "Connections beyond the first.",
        lambda one: one.ledger.report.reconnects,
    ),
    "manycast_destination_restarts_total": (
        "Processes started after one ended by itself.",
        lambda one: one.restarts,
    ),
    "manycast_destination_round_trip_seconds": (
        "To its server and back.",
        lambda one: _seconds(one.ledger.report.round_trip_ms),
    ),
    "manycast_destination_behind_seconds": (
        "From a frame's place in time to its handing over to the kernel.",
        lambda one: _seconds(one.ledger.report.behind_ms),
    ),
}


def _seconds(ms: float | None) -> float | None:
    return None if ms is None else ms / 1000


def destinations(sendings: Iterable[Sending]) -> str:
    """Numbers of everything that streams are sent on to; streams' names and ids need no escaping."""
    shown = [
        (f'stream="{one.stream}",destination="{one.ledger.report.id}"', one) for one in sendings
    ]
    lines: list[str] = []
    for metric, (about, of_sending) in _DESTINATIONS.items():
        values = [(labels, of_sending(one)) for labels, one in shown]
        known = [(labels, value) for labels, value in values if value is not None]
        lines += _family(metric, about, known)
    return "\n".join([*lines, ""])


def text(broadcasts: Mapping[StreamName, Broadcast]) -> str:
    """Numbers of every stream on the air or just ended; stream names need no escaping."""
    on_air = list(broadcasts.items())
    states = [broadcast.session.state for _, broadcast in on_air]
    counted = [(f'state="{state.value}"', states.count(state)) for state in State]
    lines = _family("manycast_streams", "Streams by state.", counted)
    publishing = [(f'stream="{name}"', b.session.publishing) for name, b in on_air]
    lines += _family("manycast_publishers", "Connections that feed a stream now.", publishing)
    readers = [(f'stream="{name}"', b.readers) for name, b in on_air]
    lines += _family("manycast_frames_readers", "Who reads single frames now.", readers)
    ingest = [(f'stream="{name}"', b.figures()) for name, b in on_air]
    for metric, (about, of_ingest) in _INGEST.items():
        lines += _family(metric, about, [(at, of_ingest(one)) for at, one in ingest if one])
    stages = [
        (f'stream="{name}",rendition="{rendition}"', stage)
        for name, broadcast in on_air
        for rendition, stage in broadcast.session.stages.items()
    ]
    for metric, (about, of_stage) in _STAGES.items():
        lines += _family(metric, about, [(labels, of_stage(stage)) for labels, stage in stages])
    encoders = [(f'stream="{name}"', b.encoder) for name, b in on_air]
    for metric, (about, of_encoder) in _ENCODERS.items():
        lines += _family(metric, about, [(at, of_encoder(one)) for at, one in encoders if one])
    return "\n".join([*lines, ""])


def _family(name: str, about: str, samples: Samples) -> list[str]:
    kind = "counter" if name.endswith("_total") else "gauge"
    lines = [f"# HELP {name} {about}", f"# TYPE {name} {kind}"]
    return lines + [f"{name}{{{labels}}} {float(value):.15g}" for labels, value in samples]
