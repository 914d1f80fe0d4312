from dataclasses import astuple

from manycast.edge.counters import Counters


def test_counting_begins_at_nothing() -> None:
    assert set(astuple(Counters())) == {0}
