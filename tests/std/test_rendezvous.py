from collections import Counter

import pytest
from hypothesis import given, strategies as st

from manycast.std.rendezvous import Rendezvous


NAMES = st.lists(st.binary(max_size=20), min_size=2, max_size=8, unique=True)
KEYS = [b"/segment%d.mp4" % number for number in range(20_000)]


@given(NAMES, st.binary(max_size=40), st.data())
def test_a_node_that_leaves_changes_the_place_of_no_other(
    names: list[bytes], key: bytes, data: st.DataObject
) -> None:
    gone = data.draw(st.sampled_from(names))
    left = [name for name in names if name != gone]
    before = [names[index] for index in Rendezvous(names).order(key)]
    after = [left[index] for index in Rendezvous(left).order(key)]
    assert after == [name for name in before if name != gone]


@given(NAMES, st.binary(max_size=40), st.data())
def test_the_order_in_which_nodes_are_named_does_not_matter(
    names: list[bytes], key: bytes, data: st.DataObject
) -> None:
    other = data.draw(st.permutations(names))
    assert names[Rendezvous(names).owner(key)] == other[Rendezvous(other).owner(key)]


@given(NAMES, st.binary(max_size=40))
def test_the_owner_is_the_first_in_order(names: list[bytes], key: bytes) -> None:
    nodes = Rendezvous(names)
    order = nodes.order(key)
    assert nodes.owner(key) == order[0]
    assert sorted(order) == list(range(len(names)))


@given(NAMES, st.binary(max_size=40), st.data())
def test_more_weight_never_loses_a_key(names: list[bytes], key: bytes, data: st.DataObject) -> None:
    weights = data.draw(st.lists(st.floats(0.1, 10), min_size=len(names), max_size=len(names)))
    before = Rendezvous(names, weights).owner(key)
    weights[before] *= 2
    assert Rendezvous(names, weights).owner(key) == before


@pytest.mark.parametrize("weights", [(1, 1, 1, 1), (4, 3, 2, 1)])
def test_keys_are_shared_in_proportion_to_weight(weights: tuple[int, ...]) -> None:
    nodes = Rendezvous([b"a", b"b", b"c", b"d"], weights)
    shares = Counter(nodes.owner(key) for key in KEYS)
    for index, weight in enumerate(weights):
        assert shares[index] / len(KEYS) == pytest.approx(weight / sum(weights), abs=0.015)


def test_machines_and_versions_agree() -> None:
    """A stored or remote peer computed the same yesterday: changing the hash moves every key."""
    nodes = Rendezvous([b"10.0.0.1:80", b"10.0.0.2:80", b"10.0.0.3:80"])
    assert [nodes.owner(b"/%d" % number) for number in range(12)] == [
        1,
        0,
        1,
        2,
        0,
        1,
        1,
        0,
        1,
        2,
        0,
        1,
    ]
    assert nodes.order(b"/live/a/index.m3u8") == [1, 0, 2]
