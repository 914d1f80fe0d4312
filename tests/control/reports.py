"""Reports as nodes send them, for tests to vary."""

from dataclasses import replace

from manycast.model.fleet import (
    Condition,
    IngestHealth,
    NodeReport,
    NodeRole,
    RecordingReport,
    RenditionReport,
    StreamReport,
    StreamState,
)


INGEST = IngestHealth(
    condition=Condition.GOOD,
    protocol="rtmp",
    peer="192.0.2.7:50000",
    video_bps=2_500_000,
    audio_bps=128_000,
    frame_rate=30.0,
    keyframe_interval_ms=2000,
    behind_ms=40,
    dropped_frames=0,
)
SOURCE = RenditionReport(
    name="source",
    width=1280,
    height=720,
    frame_rate=30.0,
    bandwidth_bps=2_700_000,
    codecs="avc1.64001f,mp4a.40.2",
)
STREAM = StreamReport(
    stream="live",
    state=StreamState.LIVE,
    since_ms=1000,
    part_ms=333,
    ingest=INGEST,
    renditions=(SOURCE,),
)
RECORDING = RecordingReport(
    channel="live",
    take="20260102T030405.678901Z",
    started_ms=1000,
    duration_ms=2000,
    size_bytes=600_000,
    files=("video-0.mp4",),
    complete=False,
)
ORIGIN = NodeReport(
    node="origin@a",
    role=NodeRole.ORIGIN,
    version="1",
    url="http://a:8081",
    since_ms=500,
    sequence=1,
    streams=(STREAM,),
)
EDGE = replace(ORIGIN, node="edge@a", role=NodeRole.EDGE, url="http://a:8000", streams=())


def ended(stream: StreamReport, ended_ms: int) -> StreamReport:
    return replace(stream, state=StreamState.ENDED, ended_ms=ended_ms, ingest=None)
