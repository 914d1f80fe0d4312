from array import array

from manycast.cache.replay import footprint
from manycast.cache.trace import Trace
from manycast.runtime.replay import Size, curves, results


TRACE = Trace(array("Q", [1, 2, 3, 1, 2, 3] * 10), array("Q", [10, 20, 30] * 20))


def test_every_policy_is_played_at_every_size() -> None:
    heard: list[str] = []
    whole = footprint(TRACE)
    sizes = [Size("84%", share=0.84), Size("60B", absolute_bytes=60)]
    found = list(results(TRACE, whole, ["lru", "belady"], sizes, heard.append))
    assert [(one.policy, one.size, one.size_bytes) for one in found] == [
        ("lru", "84%", 50),
        ("lru", "60B", 60),
        ("belady", "84%", 50),
        ("belady", "60B", 60),
    ]
    assert [one.object_miss_ratio for one in found[1::2]] == [0.05, 0.05]
    assert found[0].object_miss_ratio == 1.0 > found[2].object_miss_ratio
    assert all(one.requests_per_s > 0 for one in found)
    assert heard == [
        "lru at 84%: 100%",
        "lru at 60B: 100%",
        "belady at 84%: 100%",
        "belady at 60B: 100%",
    ]


def test_curves_have_the_same_sizes_for_every_policy() -> None:
    points = curves(TRACE, footprint(TRACE), ["lru", "fifo"], lambda _words: None)
    assert [point.share for point in points[:9]] == [point.share for point in points[9:]]
    assert {point.policy for point in points} == {"lru", "fifo"}
