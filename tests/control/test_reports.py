from dataclasses import replace
from math import inf, nan
from typing import Any

import pytest
from tests.control.reports import EDGE, INGEST, ORIGIN, RECORDING, STREAM

from manycast.control.reports import NODE_CHARACTERS_MAX, REASON_CHARACTERS_MAX, TIME_MS_MAX, check
from manycast.model.destinations import DestinationReport, SendingState
from manycast.model.fleet import NodeReport, RecordingReport, StreamReport


def of(*streams: StreamReport) -> NodeReport:
    return replace(ORIGIN, streams=streams)


def sending(**changes: Any) -> NodeReport:
    one = DestinationReport(id="dst_1", state=SendingState.SENDING, since_ms=1)
    return of(replace(STREAM, destinations=(replace(one, **changes),)))


def holding(recording: RecordingReport) -> NodeReport:
    return replace(ORIGIN, recordings=(RECORDING, recording))


def test_what_nodes_say_passes() -> None:
    check(EDGE)
    check(sending(reason="It is full.", round_trip_ms=1.5))
    check(replace(of(replace(STREAM, recording=RECORDING)), recordings=(RECORDING,)))
    check(replace(EDGE, url="https://[fd00::1]:8000/edge", numbers={"memory_bytes": 1e9}))


@pytest.mark.parametrize(
    "report",
    [
        replace(EDGE, node=""),
        replace(EDGE, node="edge@a\r\nnow"),
        replace(EDGE, node="x" * (NODE_CHARACTERS_MAX + 1)),
        replace(EDGE, since_ms=TIME_MS_MAX + 1),
        replace(EDGE, since_ms=-1),
        replace(EDGE, numbers={"disk_free_bytes": inf}),
        replace(EDGE, viewers={"live": 10**400}),
        replace(EDGE, refused_keys=10**30),
        of(replace(STREAM, stream="../live")),
        of(replace(STREAM, since_ms=10**30)),
        of(replace(STREAM, ended_ms=10**30)),
        of(replace(STREAM, part_ms=10**30)),
        of(replace(STREAM, ingest=replace(INGEST, frame_rate=nan))),
        of(replace(STREAM, recording=replace(RECORDING, take="now"))),
        sending(since_ms=10**30),
        sending(round_trip_ms=inf),
        sending(reason="x" * (REASON_CHARACTERS_MAX + 1)),
        holding(replace(RECORDING, channel="a/b")),
        holding(replace(RECORDING, take="../../secret.key")),
        holding(replace(RECORDING, files=("video-0.mp4", 'x"\r\nSet-Cookie: a=b'))),
        holding(replace(RECORDING, started_ms=10**30)),
        holding(replace(RECORDING, size_bytes=10**30)),
    ],
)
def test_what_cannot_be_is_refused(report: NodeReport) -> None:
    with pytest.raises(ValueError, match=r"."):
        check(report)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "a:8081",
        "file:///etc",
        "http://",
        "http://a/?b=",
        "http://a#",
        "http://me@a",
        "http://a\r\nb",
    ],
)
def test_the_token_is_sent_to_addresses_of_nodes_alone(url: str) -> None:
    with pytest.raises(ValueError, match="url"):
        check(replace(EDGE, url=url))
