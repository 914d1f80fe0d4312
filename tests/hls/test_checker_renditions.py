from dataclasses import replace

import pytest
from tests.hls.faults import (
    SOURCE,
    Fault,
    Faults,
    broken,
    edit,
    edit_all,
    names,
    rules_of,
    run,
)
from tests.hls.runs import Cut, Run

from manycast.hls import checker_renditions, multivariant
from manycast.hls.checker import Observation, check
from manycast.hls.multivariant import Variant
from manycast.hls.window import MediaWindow


VARIANT = Variant("720p/index.m3u8", 3_000_000, 2_000_000, ("avc1.64001f",), 1280, 720)


def announced(variant: Variant) -> Observation:
    return Observation(0, "http://edge/live/demo/index.m3u8", multivariant.text([variant]))


def with_variant(**changes: object) -> Fault:
    return lambda seen: [announced(replace(VARIANT, **changes)), *seen]


FAULTS: Faults = [
    ("variant", "no bandwidth", with_variant(bandwidth_bps=0, average_bandwidth_bps=0)),
    ("variant", "an average above the peak", with_variant(average_bandwidth_bps=3_000_001)),
    ("variant", "no codecs", with_variant(codecs=())),
    ("variant", "no size", with_variant(width=0, height=0)),
    (
        "renditions-differ",
        "another target",
        edit_all("CAN-SKIP-UNTIL=12.000", "CAN-SKIP-UNTIL=14.000", url="720p"),
    ),
    (
        "renditions-discontinuity",
        "a discontinuity of its own",
        edit_all("DISCONTINUITY-SEQUENCE:0", "DISCONTINUITY-SEQUENCE:1", url="720p"),
    ),
    (
        "renditions-boundary",
        "another start",
        edit_all(r"DATE-TIME:(.*)\.000Z", r"DATE-TIME:\1.080Z", url="720p"),
    ),
    ("renditions-boundary", "another end", edit_all(r"EXTINF:2\.000", "EXTINF:2.060", url="720p")),
    ("report", "none", edit(r"#EXT-X-RENDITION-REPORT.*\n", "")),
    (
        "report",
        "of itself",
        edit(r"(#EXT-X-RENDITION-REPORT.*)720p(.*\n)", r"\g<1>720p\2\g<1>source\2"),
    ),
    ("report", "a stale one", edit(r"LAST-MSN=(\d+)", "LAST-MSN=1767225602")),
    (
        "report",
        "a part that is not",
        edit(r"LAST-MSN=(\d+)...*", "LAST-MSN=1767225612,LAST-PART=6"),
    ),
]


@pytest.mark.parametrize(("rule", "what", "fault"), FAULTS, ids=names(FAULTS))
def test_a_planted_fault_is_caught(rule: str, what: str, fault: Fault) -> None:
    assert rule in broken(fault(run()))


def test_every_rule_has_a_planted_fault() -> None:
    assert rules_of(checker_renditions) <= {rule for rule, _, _ in FAULTS}


def test_a_reported_rendition_must_be_announced() -> None:
    seen = edit_all("../720p/", "../1080p/", url=SOURCE)(run())
    assert "report" in {violation.rule for violation in check([announced(VARIANT), *seen])}


def test_a_sound_variant_breaks_no_rule() -> None:
    assert check([announced(VARIANT)]) == []


def test_a_rendition_may_join_late() -> None:
    late = Run(names=("source",))
    late.play([Cut(), Cut(source_changed=True), *[Cut()] * 9], end=False)
    number = late.windows["source"].discontinuity_sequence
    late.windows["720p"] = MediaWindow(late.rules, 7, discontinuity_sequence=number)
    late.names = ("source", "720p")
    seen = late.play([Cut(), Cut(source_changed=True), *[Cut()] * 9])
    assert "DISCONTINUITY-SEQUENCE:2" in seen[-1].text
    assert check(seen) == []
