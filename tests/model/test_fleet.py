from dataclasses import asdict

from pydantic import TypeAdapter

from manycast.model.fleet import Assignment, ChannelGrant, KeyGrant, NodeReport, NodeRole


def test_a_report_survives_the_wire() -> None:
    report = NodeReport(
        node="edge@a:8000",
        role=NodeRole.EDGE,
        version="1",
        url="http://a:8000",
        since_ms=1,
        sequence=2,
        viewers={"live": 3},
    )
    kind = TypeAdapter(NodeReport)
    assert kind.validate_json(kind.dump_json(report)) == report
    assert kind.validate_python(asdict(report)) == report


def test_an_assignment_survives_the_wire() -> None:
    grant = ChannelGrant(
        channel="live", keys=(KeyGrant(id="k", digest="d"),), recording=True, kicks=1
    )
    told = Assignment(report_ms=500, revision="r", channels=(grant,))
    kind = TypeAdapter(Assignment)
    assert kind.validate_json(kind.dump_json(told)) == told
