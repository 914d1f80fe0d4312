import pytest
from tests.hls.faults import (
    DELTA,
    Fault,
    Faults,
    broken,
    edit,
    edit_all,
    names,
    rules_of,
    run,
)

from manycast.hls import checker_playlist


FAULTS: Faults = [
    ("version", "too old for skipping", edit_all("VERSION:10", "VERSION:8")),
    ("version", "too old for gaps", edit_all("VERSION:10", "VERSION:7")),
    ("target-duration", "a long segment", edit(r"EXTINF:2.000", "EXTINF:2.500")),
    ("part-sum", "parts that do not add up", edit(r"(#EXT-X-PART:.*\n#EXTINF):2.000", r"\1:2.100")),
    ("part-target", "a long part", edit_all("PART-TARGET=0.334", "PART-TARGET=0.333")),
    (
        "part-fill",
        "a short part inside",
        edit(r"DURATION=0.333(.*\n#EXT-X-PART:)", r"DURATION=0.283\1"),
    ),
    ("hold-back", "HOLD-BACK of 2 TD", edit_all(",HOLD-BACK=6.000", ",HOLD-BACK=4.000")),
    ("skip-until", "a near boundary", edit_all("CAN-SKIP-UNTIL=12.000", "CAN-SKIP-UNTIL=11.999")),
    ("part-inf", "no PART-INF", edit_all(r"#EXT-X-PART-INF.*\n", "")),
    ("block-reload", "no blocking reload", edit_all("CAN-BLOCK-RELOAD=YES,", "")),
    (
        "part-hold-back",
        "PART-HOLD-BACK of 2.5 parts",
        edit_all("PART-HOLD-BACK=1.002", "PART-HOLD-BACK=0.835"),
    ),
    ("hint", "no hint", edit(r"#EXT-X-PRELOAD-HINT.*\n", "")),
    ("hint", "two hints", edit(r"(#EXT-X-PRELOAD-HINT.*\n)", r"\1\1")),
    (
        "hint",
        "a hint after the end",
        edit(
            r"#EXT-X-ENDLIST", '#EXT-X-PRELOAD-HINT:TYPE=PART,URI="p1.m4s"\n#EXT-X-ENDLIST', nth=-1
        ),
    ),
    ("gap", "a gap whose parts exist", edit_all(",GAP=YES", "")),
    ("gap", "gap parts in a whole segment", edit_all(r"#EXT-X-GAP\n", "")),
    ("map", "no map at all", edit(r'#EXT-X-MAP:URI="i1.mp4"\n', "")),
    (
        "map",
        "no map after a discontinuity",
        edit(r"DISCONTINUITY\n#EXT-X-MAP.*\n", "DISCONTINUITY\n", nth=-2),
    ),
    ("program-date", "no date", edit(r"#EXT-X-PROGRAM-DATE-TIME.*\n", "")),
    ("program-date", "a date that jumps", edit(r"(?s)(.*PROGRAM-DATE-TIME:.*)\.000Z", r"\1.200Z")),
    (
        "program-date",
        "a past date",
        edit(r"(DISCONTINUITY\n.*\n.*)2026-01-01", r"\g<1>2025-12-31", nth=-2),
    ),
    ("independent", "a segment that begins dependent", edit_all(",INDEPENDENT=YES", "")),
    (
        "parts-removed",
        "parts of all segments",
        edit(r"(#EXTINF)", r'#EXT-X-PART:DURATION=0.3,URI="pp.m4s",INDEPENDENT=YES\n\1'),
    ),
    (
        "parts-listed",
        "parts of the open segment only",
        edit_all(r"(#EXT-X-PART:.*\n)+#EXTINF", "#EXTINF"),
    ),
    (
        "skip-boundary",
        "a skip that reaches too far",
        edit(
            r"SKIP:SKIPPED-SEGMENTS=1\n(.*\n){4}",
            "SKIP:SKIPPED-SEGMENTS=2\n",
            url="/source.*" + DELTA,
        ),
    ),
]


@pytest.mark.parametrize(("rule", "what", "fault"), FAULTS, ids=names(FAULTS))
def test_a_planted_fault_is_caught(rule: str, what: str, fault: Fault) -> None:
    assert rule in broken(fault(run()))


def test_every_rule_has_a_planted_fault() -> None:
    assert rules_of(checker_playlist) <= {rule for rule, _, _ in FAULTS}
