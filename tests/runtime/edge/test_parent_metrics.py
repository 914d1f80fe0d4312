from manycast.edge.parent import KINDS, Parent
from manycast.model.failures import Failure
from manycast.runtime.edge.metrics import merged
from manycast.runtime.edge.parent_metrics import parent_lines
from manycast.settings.parents import ParentsSettings


def two() -> list[str]:
    first = Parent(b"http://a", 0, ParentsSettings())
    first.requests = 3
    first.answered(0.02)
    first.answered(99)
    first.count(Failure.BROKEN)
    second = Parent(b"http://b", 0, ParentsSettings())
    second.breaker.trip(0)
    return parent_lines([first.numbers(0), second.numbers(0)])


def test_each_parent_has_its_series() -> None:
    lines = two()
    assert 'manycast_edge_parent_requests_total{parent="http://a"} 3' in lines
    assert 'manycast_edge_parent_failures_total{parent="http://a",kind="broken"} 1' in lines
    assert 'manycast_edge_parent_avoided{parent="http://b"} 1' in lines
    assert 'manycast_edge_parent_answer_seconds_bucket{parent="http://a",le="0.025"} 1' in lines
    assert 'manycast_edge_parent_answer_seconds_bucket{parent="http://a",le="+Inf"} 2' in lines
    assert 'manycast_edge_parent_answer_seconds_count{parent="http://a"} 2' in lines


def test_workers_numbers_add_up_and_stay_in_their_groups() -> None:
    text = "\n".join(two()) + "\n"
    sums = merged([text, text]).splitlines()
    assert 'manycast_edge_parent_requests_total{parent="http://a"} 6' in sums
    assert [line.partition("{")[0] for line in sums] == [
        line.partition("{")[0] for line in text.splitlines()
    ]


def test_every_kind_of_failure_is_there_from_the_start() -> None:
    assert {failure.value for failure in Failure} < set(KINDS)
