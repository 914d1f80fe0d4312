from hypothesis import given, strategies as st

from manycast.std.remembered import Remembered


@given(st.lists(st.integers(0, 9)), st.integers(1, 5))
def test_what_is_among_the_last_new_ones_is_known(things: list[int], size: int) -> None:
    remembered, last = Remembered[int](size), list[int]()
    for thing in things:
        assert remembered.is_new(thing) == (thing not in last)
        if thing not in last:
            last = [*last, thing][-size:]
        assert len(remembered) == len(last)
