from dataclasses import replace

from tests.control.reports import EDGE, ORIGIN, RECORDING, STREAM

from manycast.control.destinations import Destination
from manycast.model.destinations import DestinationReport, Platform, SendingState
from manycast.model.fleet import ChannelGrant, KeyGrant, StreamState
from manycast.runtime.control.hub import Hub
from manycast.runtime.control.network import Grants, Network
from manycast.settings.control import ControlSettings


GRANT = ChannelGrant(
    channel="live", keys=(KeyGrant(id="key_a", digest="00"),), recording=True, kicks=0
)


def network() -> Network:
    return Network(ControlSettings(), Hub(), lambda: 2000)


def test_what_happens_waits_for_the_books() -> None:
    net = network()
    net.report(ORIGIN)
    assert [type(event).__name__ for event in net.waiting] == ["StreamLive"]


def test_only_an_origin_knows_that_a_stream_has_ended() -> None:
    net = network()
    net.report(ORIGIN)
    assert (net.on_air(), net.ended("live")) == (["live"], False)
    net.report(replace(ORIGIN, since_ms=700, streams=()))
    assert (net.on_air(), net.ended("live")) == ([], False)
    over = replace(STREAM, state=StreamState.ENDED, ended_ms=1500)
    net.report(replace(ORIGIN, since_ms=700, sequence=2, streams=(over,)))
    assert (net.on_air(), net.ended("live")) == ([], True)


def test_origins_are_told_what_they_do_not_know() -> None:
    net = network()
    assert net.report(ORIGIN).channels is None
    net.grant(Grants((GRANT,), (("live", "chn_a"),)))
    told = net.report(replace(ORIGIN, sequence=2))
    assert told.channels == (GRANT,)
    assert told.report_ms == 500
    assert net.report(replace(ORIGIN, sequence=3, revision=told.revision)).channels is None
    assert net.report(EDGE).channels is None
    net.grant(Grants((replace(GRANT, kicks=1),)))
    again = net.report(replace(ORIGIN, sequence=4, revision=told.revision))
    assert again.channels == (replace(GRANT, kicks=1),)


def test_recordings_are_asked_for_until_they_are_in_the_books() -> None:
    net = network()
    report = replace(ORIGIN, recordings=(RECORDING,))
    assert not net.report(report).recordings_noted
    net.noted(dict(net.recordings))
    assert not net.recordings
    assert net.report(replace(report, sequence=2)).recordings_noted
    assert not net.recordings
    later = net.now_ms() + ControlSettings().forget_ms + 1
    net.now_ms = lambda: later
    net.look()
    net.noted({})
    back = net.report(replace(report, sequence=3))
    assert not back.recordings_noted, "what a node had is not kept longer than the node"
    net.noted(dict(net.recordings))
    assert net.report(replace(report, sequence=4)).recordings_noted
    longer = replace(RECORDING, duration_ms=9000)
    assert not net.report(replace(report, sequence=5, recordings=(longer,))).recordings_noted


def test_a_destination_in_trouble_is_told_of_once_and_again_when_it_is_well() -> None:
    one = Destination(
        id="dst_1",
        channel="live",
        name="elsewhere",
        platform=Platform.CUSTOM,
        enabled=True,
        addressed=True,
        connected=False,
    )
    net = network()
    net.grant(Grants((GRANT,), (("live", "chn_a"),), (one,)))
    told = []
    states = (SendingState.RETRYING, SendingState.RETRYING, SendingState.SENDING)
    for sequence, state in enumerate(states, 1):
        report = DestinationReport(id="dst_1", state=state, since_ms=1, reason="refused")
        stream = replace(STREAM, destinations=(report,))
        net.report(replace(ORIGIN, sequence=sequence, streams=(stream,)))
        told.append([type(event).__name__ for event in net.waiting])
        net.waiting.clear()
    assert told == [["StreamLive", "DestinationFailing"], [], ["DestinationFine"]]
