from manycast.cache.policies import lhd
from manycast.cache.policies.lhd import Lhd


def test_the_larger_of_two_equally_used_leaves() -> None:
    cache = Lhd[str](100)
    cache.insert("small", 10)
    cache.insert("large", 80)
    assert cache.insert("new", 30) == ["large"]


def test_it_learns_what_comes_back() -> None:
    """Keys below 50 come back soon, the others never: after a model, the others go first."""
    cache, misses = Lhd[int](80, seed=3), 0
    cache._learn_in = 4_000
    for turn in range(8_000):
        for key in (turn % 50, 1_000 + turn):
            if key in cache:
                cache.record(key)
                continue
            misses += turn >= 7_000 and key < 50
            cache.insert(key, 1)
    assert cache._models == 1
    assert misses < 100


def test_steps_of_age_follow_the_number_of_objects() -> None:
    cache = Lhd[int](10**6)
    for key in range(20_000):
        cache.insert(key, 1)
        cache.record(key)
    events = sum(sum(one.hits.values()) for one in cache._classes)
    cache._rescale()
    assert cache._shift == 7
    assert sum(sum(one.hits.values()) for one in cache._classes) == events
    cache._shift = 1
    cache._rescale()
    assert sum(sum(one.hits.values()) for one in cache._classes) == events


def test_classes_halve_their_ages() -> None:
    cache, entry = Lhd[int](10), lhd._Entry(0, 1, 0)
    numbers = []
    for age in (0, 1, 10, 5_000, 10_000, 19_999, 20_000):
        entry.before_age = age
        numbers.append(cache._class(entry).number)
    assert numbers == [15, 15, 11, 2, 1, 1, 0]
