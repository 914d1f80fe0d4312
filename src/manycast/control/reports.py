"""Whether what a node reports can be: one that is broken, or in wrong hands, must not break the view of all others."""

from dataclasses import astuple
from urllib.parse import urlsplit

from manycast.model.destinations import DestinationReport
from manycast.model.fleet import NodeReport, RecordingReport, StreamReport
from manycast.model.names import RECORDED, TAKE, stream_name


TIME_MS_MAX = 253_402_300_799_999
"""The last moment of the year 9999: no calendar here goes on from there."""
WHOLE_MAX = 2**53
"""Browsers count no further."""
NODE_CHARACTERS_MAX = 300
"""A role, a host and a port."""
REASON_CHARACTERS_MAX = 1000
"""Of a destination's trouble, with what its server said."""


def check(report: NodeReport) -> None:
    """Raise ValueError saying what cannot be."""
    if not (0 < len(report.node) <= NODE_CHARACTERS_MAX and report.node.isprintable()):
        raise ValueError(f"a node's name is one line of {NODE_CHARACTERS_MAX} characters at most")
    _check_url(report.url)
    _check_time(report.since_ms)
    _check_numbers(*report.numbers.values(), *report.viewers.values(), report.refused_keys)
    for stream in report.streams:
        _check_stream(stream)
    for recording in report.recordings or ():
        _check_recording(recording)


def _check_url(url: str) -> None:
    """Paths are added to it, and the fleet's token is sent there."""
    parts = urlsplit(url)
    plain = url.isascii() and url.isprintable() and not set(url) & set("?#@\\ ")
    if parts.scheme not in {"http", "https"} or not parts.hostname or not plain:
        raise ValueError("url: an address such as http://10.0.0.3:8081")


def _check_stream(stream: StreamReport) -> None:
    stream_name(stream.stream)
    _check_time(stream.since_ms, stream.ended_ms or 0)
    _check_numbers(stream.part_ms)
    for destination in stream.destinations:
        _check_destination(destination)
    for rendition in stream.renditions:
        _check_numbers(*astuple(rendition))
    if stream.ingest is not None:
        _check_numbers(*astuple(stream.ingest))
    if stream.recording is not None:
        _check_recording(stream.recording)


def _check_destination(destination: DestinationReport) -> None:
    _check_time(destination.since_ms)
    _check_numbers(*astuple(destination))
    if len(destination.reason) > REASON_CHARACTERS_MAX:
        raise ValueError(
            f"a reason is a sentence or two: {REASON_CHARACTERS_MAX} characters at most"
        )


def _check_recording(recording: RecordingReport) -> None:
    """Its names become those of files and of header fields."""
    stream_name(recording.channel)
    if not TAKE.fullmatch(recording.take):
        raise ValueError(f"no recording is called {recording.take[:80]!r}")
    if strange := [name for name in recording.files if not RECORDED.fullmatch(name)]:
        raise ValueError(f"no file of a recording is called {strange[0][:80]!r}")
    _check_time(recording.started_ms)
    _check_numbers(recording.duration_ms, recording.size_bytes)


def _check_time(*times_ms: int) -> None:
    if not all(0 <= time_ms <= TIME_MS_MAX for time_ms in times_ms):
        raise ValueError("a time lies beyond all calendars")


def _check_numbers(*values: object) -> None:
    numbers = [value for value in values if isinstance(value, int | float)]
    if not all(abs(number) <= WHOLE_MAX for number in numbers):
        raise ValueError("a number is beyond all measure")
