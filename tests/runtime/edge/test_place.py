from collections import Counter

import pytest
from hypothesis import given, strategies as st

from manycast.runtime.edge.place import Place, ownership


@given(st.integers(0, 7), st.integers(1, 8), st.text(), st.lists(st.integers(0, 99)).map(tuple))
def test_a_place_survives_its_way_over_a_command_line(
    number: int, count: int, folder: str, files: tuple[int, ...]
) -> None:
    place = Place(number, count, "node", folder, files)
    assert Place.parse(str(place)) == place


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"number": 1}'])
def test_what_no_supervisor_wrote_is_refused(text: str) -> None:
    with pytest.raises((ValueError, TypeError, KeyError)):
        Place.parse(text)


def test_workers_of_one_node_have_names_and_sockets_of_their_own() -> None:
    first, second = (Place(number, 3, "n", "/run", ()) for number in (0, 1))
    assert first.name != second.name
    assert first.path(1) == second.path(1) == "/run/1"
    assert (first.others, second.others) == ([1, 2], [0, 2])


@given(st.integers(1, 8), st.binary())
def test_exactly_one_worker_owns_a_key(count: int, key: bytes) -> None:
    owners = [ownership(Place(n, count, "n", "/", ()))(key) for n in range(count)]
    mine = [number for number, owner in enumerate(owners) if owner is None]
    assert len(mine) == 1
    assert all(owner in {None, *mine} for owner in owners)


def test_keys_are_spread_evenly() -> None:
    owner = ownership(Place(0, 2, "n", "/", ()))
    shares = Counter(owner(b"/%d" % n) for n in range(10_000))
    assert abs(shares[None] - 5_000) < 300
