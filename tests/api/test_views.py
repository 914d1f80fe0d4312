from dataclasses import replace

from tests.control.reports import EDGE, ORIGIN, RECORDING, STREAM

from manycast.api import views
from manycast.control.permissions import Principal, Role
from manycast.runtime.control.hub import Hub
from manycast.runtime.control.network import Grants, Network
from manycast.settings.control import ControlSettings


ADMIN = Principal(user_id="usr_a", name="a", role=Role.ADMIN)
VIEWER = Principal(user_id="usr_v", name="v", role=Role.VIEWER)


def network() -> Network:
    net = Network(ControlSettings(), Hub(), lambda: 2000)
    net.grant(Grants((), (("live", "chn_a"),)))
    net.report(replace(ORIGIN, streams=(replace(STREAM, recording=RECORDING),)))
    net.report(replace(EDGE, viewers={"live": 3}))
    return net


def test_a_stream_with_everything() -> None:
    shown = views.all_streams(network(), ADMIN)
    (stream,) = shown.items
    assert (stream.channel, stream.viewers, shown.viewers) == ("live", 3, 3)
    assert stream.ingest is not None
    assert stream.ingest.peer == "192.0.2.7:50000"
    assert stream.origin == "origin@a"
    assert stream.recording is not None
    assert stream.recording.size_bytes == 600_000
    assert stream.since.isoformat() == "1970-01-01T00:00:01+00:00"


def test_who_publishes_from_where_is_for_the_channels_people() -> None:
    (stranger,) = views.all_streams(network(), VIEWER).items
    assert stranger.ingest is not None
    assert (stranger.ingest.peer, stranger.origin) == ("", "")
    (member,) = views.all_streams(network(), replace(VIEWER, channels=frozenset({"chn_a"}))).items
    assert member.ingest is not None
    assert (member.ingest.peer, member.origin) == ("192.0.2.7:50000", "")


def test_nodes_by_name() -> None:
    edge, origin = views.whole_fleet(network()).items
    assert (edge.node, edge.viewers, edge.streams) == ("edge@a", 3, [])
    assert (origin.node, origin.streams) == ("origin@a", ["live"])


def test_what_a_node_says_by_mistake_costs_nobody_the_picture() -> None:
    net = network()
    net.report(replace(EDGE, since_ms=10**18, numbers={"load": float("nan"), "objects": 1.0}))
    edge, _ = views.whole_fleet(net).items
    assert edge.numbers == {"objects": 1.0}
