from dataclasses import replace

from manycast.edge.parent import ANSWER_BOUNDS_S, Parent
from manycast.model.failures import Failure
from manycast.settings.parents import ParentsSettings


SETTINGS = replace(ParentsSettings(), hedge_samples=4, samples=8)


def test_a_percentile_needs_samples_and_forgets_old_ones() -> None:
    parent = Parent(b"p", 0, SETTINGS)
    for _ in range(3):
        parent.answered(9.0)
    assert parent.p95_s is None
    for _ in range(8):
        parent.answered(0.5)
    assert parent.p95_s == 0.5


def test_numbers_are_those_of_what_happened() -> None:
    parent = Parent(b"p", 1, SETTINGS)
    parent.answered(0.003)
    parent.answered(60)
    parent.count(Failure.BROKEN)
    parent.count("slow")
    parent.count("slow")
    numbers = parent.numbers(0)
    assert (numbers.name, numbers.group, numbers.state) == ("p", 1, "closed")
    assert numbers.failures == {"broken": 1, "slow": 2}
    assert numbers.answer_counts[ANSWER_BOUNDS_S.index(0.005)] == 1
    assert numbers.answer_counts[-1] == 1
    assert numbers.answer_total_s == 60.003
