from hypothesis import given, strategies as st

from manycast.std.budget import Budget


@given(st.lists(st.booleans(), max_size=300), st.floats(0, 1), st.integers(0, 20))
def test_extras_never_exceed_the_burst_and_their_share(
    work: list[bool], ratio: float, burst: int
) -> None:
    budget, ordinary, extra = Budget(ratio, burst), 0, 0
    for spends in work:
        if spends:
            extra += budget.spend()
        else:
            ordinary += 1
            budget.earn()
        assert extra <= burst + ratio * ordinary + 1e-9


def test_what_is_not_spent_is_saved_up_to_the_burst_only() -> None:
    budget = Budget(0.5, 2)
    assert [budget.spend() for _ in range(3)] == [True, True, False]
    for _ in range(100):
        budget.earn()
    assert [budget.spend() for _ in range(3)] == [True, True, False]
    budget.earn()
    assert not budget.left
    budget.earn()
    assert budget.left
