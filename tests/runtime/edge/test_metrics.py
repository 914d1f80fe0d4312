from manycast.edge.observed import Layer
from manycast.runtime.edge.metrics import Latencies, Replies, merged, plain


def test_a_histogram_is_cumulative_and_counts_what_took_no_time() -> None:
    latencies = Latencies()
    for seconds in (0.0005, 0.3, 100.0):
        latencies.add(seconds)
    lines = latencies.lines("x_seconds", "Help.", at_once=10)
    assert 'x_seconds_bucket{le="0.001"} 11' in lines
    assert 'x_seconds_bucket{le="0.5"} 12' in lines
    assert 'x_seconds_bucket{le="+Inf"} 13' in lines
    assert lines[-2:] == ["x_seconds_sum 100.300500", "x_seconds_count 13"]


def test_counters_and_gauges_say_what_they_are() -> None:
    assert plain({"a_total": ("Of a.", 1), "b": ("Of b.", 2)}) == [
        "# HELP a_total Of a.", "# TYPE a_total counter", "a_total 1",
        "# HELP b Of b.", "# TYPE b gauge", "b 2",
    ]  # fmt: skip


def test_the_numbers_of_several_processes_add_up() -> None:
    texts = ["# HELP a_total Of a.\na_total 1\nb 0.5\n", "# HELP a_total Of a.\na_total 2\nc 3\n"]
    assert merged(texts) == "# HELP a_total Of a.\na_total 3\nb 0.5\nc 3\n"


def test_replies_are_told_apart_by_layer_and_class_of_status() -> None:
    replies = Replies()
    replies.add(Layer.PARENT, 404, 0.2)
    replies.add(Layer.MEMORY, 206, 0.0001)
    lines = replies.lines("x_seconds", "Help.", at_once=5)
    assert lines[:2] == ["# HELP x_seconds Help.", "# TYPE x_seconds histogram"]
    assert 'x_seconds_bucket{layer="memory",status="2xx",le="0.001"} 6' in lines
    assert 'x_seconds_count{layer="memory",status="2xx"} 6' in lines
    assert 'x_seconds_count{layer="disk",status="2xx"} 0' in lines  # the same lines in every worker
    assert 'x_seconds_bucket{layer="parent",status="4xx",le="0.1"} 0' in lines
    assert 'x_seconds_sum{layer="parent",status="4xx"} 0.200000' in lines
