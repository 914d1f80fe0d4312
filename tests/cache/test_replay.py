"""Replays, and every policy against libCacheSim: object and byte miss ratio within half a point."""

import json
from array import array
from collections.abc import Iterator
from itertools import islice

import pytest
from bench.policies import CLASSES, KNOWN, ROOT, SIZES, made_trace, oracle_ratios

from manycast.cache.policy import POLICIES
from manycast.cache.replay import BELADY, Tally, curve, footprint, policy_for, replay, sample
from manycast.cache.trace import Trace
from manycast.runtime.replay import Size
from manycast.runtime.traces import read_trace


TRACES = next(
    (found for above in ROOT.parents if (found := above / "shared" / "traces" / "cache").is_dir()),
    ROOT.parent / "shared" / "traces" / "cache",
)
POINTS = 0.005
EXCERPT = 120_000
EXPLAINED = {
    # With sizes of 1, the oracle's filter has so few counters that many keys share all of theirs.
    ("w-tinylfu", "cache2k_web07"): 0.02,
    # At 3 %: its counts never halve where sizes are bytes, and a use lets objects go at once.
    ("w-tinylfu", "adaptsize_request"): 0.01,
    # One large object that the dice keep to explore fills much of a small cache: 3 points between seeds.
    ("lhd", "made"): 0.03,
    # Some objects change their size: the oracle's LHD takes that over at a hit, a record tells no size.
    ("lhd", "adaptsize_request"): 0.01,
}


def last(tallies: Iterator[Tally]) -> Tally:
    return list(tallies)[-1]


def ratios(name: str, trace: Trace, size_bytes: int) -> tuple[float, float]:
    tally = last(replay(policy_for(name, size_bytes, trace), trace))
    return tally.object_miss_ratio, tally.byte_miss_ratio


def close(
    name: str, trace_name: str, ours: tuple[float, float], theirs: tuple[float, float]
) -> None:
    bound = EXPLAINED.get((name, trace_name), POINTS)
    assert ours == pytest.approx(theirs, abs=bound), f"{name} on {trace_name}"


@pytest.fixture(scope="module")
def made() -> Trace:
    return made_trace()


@pytest.fixture(scope="module")
def read() -> dict[str, Trace]:
    return {}


def excerpt(name: str, read: dict[str, Trace]) -> Trace:
    path = TRACES / f"{name}.csv.zst"
    if not path.exists():
        pytest.skip(f"{path} is not on this machine")
    if name not in read:
        trace = read_trace(path)
        read[name] = Trace(trace.keys[:EXCERPT], trace.sizes[:EXCERPT])
    return read[name]


@pytest.mark.parametrize("name", CLASSES)
def test_a_made_trace_misses_what_libcachesim_once_said(name: str, made: Trace) -> None:
    known = json.loads(KNOWN.read_text())[name]
    whole = footprint(made)
    for size, theirs in zip(SIZES, known, strict=True):
        close(name, "made", ratios(name, made, size.of(whole)), tuple(theirs))


@pytest.mark.parametrize(
    "trace_name", ["adaptsize_request", "cache2k_web07", "tencentblock_ns2706"]
)
@pytest.mark.parametrize("name", CLASSES)
def test_a_trace_misses_what_libcachesim_says(
    name: str,
    trace_name: str,
    read: dict[str, Trace],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    oracle = pytest.importorskip("libcachesim", reason="has no wheel for this machine")
    trace = excerpt(trace_name, read)
    path = tmp_path_factory.getbasetemp() / f"{trace_name}.oracleGeneral"
    for size in (*SIZES, Size("3%", share=0.03)):
        size_bytes = size.of(footprint(trace))
        theirs = oracle_ratios(oracle, name, trace, size_bytes, path)
        close(name, trace_name, ratios(name, trace, size_bytes), theirs)


def test_every_policy_is_compared() -> None:
    assert set(CLASSES) == {*POLICIES, BELADY}


def test_the_footprint_counts_each_object_once_with_its_first_size() -> None:
    trace = Trace(array("Q", [1, 2, 1]), array("Q", [10, 20, 99]))
    found = footprint(trace)
    assert (found.requests, found.objects, found.objects_bytes, found.requested_bytes) == (
        3,
        2,
        30,
        129,
    )


def test_a_replay_tells_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("manycast.cache.replay.STEP", 2)
    trace = Trace(array("Q", [1, 1, 2, 1, 3]), array("Q", [1, 1, 5, 1, 3]))
    steps = [(tally.requests, tally.misses) for tally in replay(policy_for("lru", 9, trace), trace)]
    assert steps == [(2, 1), (4, 2), (5, 3)]
    tally = last(replay(policy_for("lru", 9, trace), trace))
    assert (tally.object_miss_ratio, tally.byte_miss_ratio) == (0.6, 9 / 11)
    assert Tally().object_miss_ratio == Tally().byte_miss_ratio == 0.0


def test_a_sample_holds_all_requests_for_some_of_the_keys(made: Trace) -> None:
    part, share = sample(made, 5_000)
    chosen = set(part.keys)
    assert share == 0.25
    assert 0.15 < len(chosen) / footprint(made).objects < 0.35
    assert list(part.keys) == [key for key in made.keys if key in chosen]
    assert sample(made) == (made, 1.0)


def test_a_curve_from_a_sample_is_near_the_truth(made: Trace) -> None:
    whole = footprint(made)
    part, share = sample(made, 10_000)
    points = list(islice(curve("lru", part, share, whole, lambda: None), 9))
    for point in points[3:]:
        assert point.object_miss_ratio == pytest.approx(
            ratios("lru", made, point.size_bytes)[0], abs=0.06
        )
    falling = [point.object_miss_ratio for point in points]
    assert falling == sorted(falling, reverse=True)
