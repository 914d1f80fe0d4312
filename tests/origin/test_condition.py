from dataclasses import replace

import pytest
from hypothesis import given, strategies as st

from manycast.model.fleet import Condition
from manycast.origin.condition import BETTER_MS, WORSE_MS, Finding, Verdict, findings
from manycast.origin.ingest import IngestFigures


GOOD, UNSTEADY, BAD = Condition.GOOD, Condition.UNSTEADY, Condition.BAD
RANK = {GOOD: 0, UNSTEADY: 1, BAD: 2}
WELL = IngestFigures(
    age_ms=60_000,
    silent_ms=20,
    video_bps=6_000_000,
    audio_bps=160_000,
    frame_rate=30.0,
    stated_rate=30.0,
    keyframe_interval_ms=2000,
    behind_ms=30,
    slipped_ms=30,
    dropped_frames=0,
    dropped_share=0.0,
)


@pytest.mark.parametrize(
    ("change", "condition", "words"),
    [
        ({"silent_ms": 4000}, BAD, "No picture has come for 4 s"),
        ({"frame_rate": 15.0, "slipped_ms": 5000}, BAD, "Only 15 of 30 pictures arrive"),
        ({"frame_rate": 25.0, "slipped_ms": 500}, UNSTEADY, "Only 25 of 30"),
        ({"frame_rate": 28.5, "slipped_ms": 500}, UNSTEADY, "0.5 s behind"),
        ({"frame_rate": 28.0, "slipped_ms": 3000}, BAD, "3.0 s behind"),
        ({"dropped_share": 0.03}, UNSTEADY, "3% of the pictures are missing"),
        ({"dropped_share": 0.2}, BAD, "20% of the pictures"),
        ({"keyframe_interval_ms": 8000}, UNSTEADY, "Keyframes come every 8 s"),
    ],
)
def test_what_is_wrong_is_said_with_what_to_do(
    change: dict[str, float], condition: Condition, words: str
) -> None:
    (found,) = findings(replace(WELL, **change), 4000)  # type: ignore[arg-type]  # numbers, whichever they are
    assert found.condition is condition
    assert words in found.reason


def test_all_is_well_also_just_after_the_beginning() -> None:
    assert not findings(WELL, 4000)
    beginning = replace(
        WELL, age_ms=500, frame_rate=3.0, stated_rate=None, keyframe_interval_ms=None
    )
    assert not findings(beginning, 4000)


def test_the_worst_is_said_first() -> None:
    found = findings(replace(WELL, keyframe_interval_ms=9000, dropped_share=0.5), 4000)
    assert [one.condition for one in found] == [BAD, UNSTEADY]


def finding(condition: Condition) -> list[Finding]:
    return [] if condition is GOOD else [Finding(condition, condition.value)]


@given(
    st.lists(st.tuples(st.sampled_from([GOOD, UNSTEADY, BAD]), st.integers(1, 3000)), max_size=60)
)
def test_worse_is_said_only_of_what_lasted_and_better_only_after_quiet(
    steps: list[tuple[Condition, int]],
) -> None:
    verdict, now_ms = Verdict(), 0
    seen: list[tuple[int, Condition]] = []
    for raw, passed_ms in steps:
        before = verdict.condition
        verdict.follow(finding(raw), now_ms)
        seen.append((now_ms, raw))
        if verdict.condition is not before:
            worse = RANK[verdict.condition] > RANK[before]
            wait_ms = WORSE_MS if worse else BETTER_MS
            first = next(at for at in range(len(seen)) if seen[at][0] > now_ms - wait_ms)
            lately = [RANK[one] for _, one in seen[max(0, first - 1) :]]
            said = RANK[verdict.condition]
            assert min(lately) >= said if worse else max(lately) <= said
        assert bool(verdict.reasons) is (verdict.condition is not GOOD)
        now_ms += passed_ms


def test_what_lasts_is_said_in_the_words_of_now() -> None:
    verdict = Verdict()
    for second in range(4):
        verdict.follow([Finding(BAD, f"for {second} s")], second * 1000)
    assert verdict.reasons == ("for 3 s",)
    verdict.follow([], 4000)
    assert verdict.reasons == ("for 3 s",)
    verdict.follow([], 4000 + BETTER_MS)
    assert (verdict.condition, verdict.reasons) == (GOOD, ())
