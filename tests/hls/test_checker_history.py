import re
from dataclasses import replace

import pytest
from tests.hls.faults import (
    DELTA,
    SCRIPT,
    SMALL,
    Fault,
    Faults,
    Seen,
    broken,
    edit,
    edit_all,
    names,
    rules_of,
    run,
)
from tests.hls.runs import Cut, Run

from manycast.hls import checker_history
from manycast.hls.checker import check


def after_the_end(seen: Seen) -> Seen:
    more = Run().play([*SCRIPT, Cut()])
    return [*seen, *more[len(seen) :]]


def relisted(seen: Seen) -> Seen:
    """A playlist lists a segment that was removed before, without a step at its edge."""
    head, first, rest = split_first(seen[-8].text)
    text = f"{head}{first - 1}\n#EXT-X-DISCONTINUITY-SEQUENCE:0\n{SEGMENT.format(first - 1)}{rest}"
    return [*seen[:-8], replace(seen[-8], text=text), *seen[-7:]]


def removed_too_early(seen: Seen) -> Seen:
    """A playlist with two complete segments, after one with eight."""
    head, first, rest = split_first(seen[-10].text)
    gone = rest.index("#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:26")
    text = f'{head}{first + 7}\n#EXT-X-DISCONTINUITY-SEQUENCE:1\n#EXT-X-MAP:URI="i2.mp4"\n{rest[gone:]}'
    return [*seen[:-10], replace(seen[-10], text=text), *seen[-9:]]


SEGMENT = '#EXT-X-MAP:URI="i1.mp4"\n#EXTINF:2.000,\ns{}.m4s\n'


def split_first(text: str) -> tuple[str, int, str]:
    match = re.search(r"(?s)(.*MEDIA-SEQUENCE:)(\d+)\n.*?\n(.*)", text)
    assert match
    return match[1], int(match[2]), match[3]


FAULTS: Faults = [
    (
        "delta",
        "skips one too many",
        edit(r"SKIPPED-SEGMENTS=1$", "SKIPPED-SEGMENTS=2", url="/source.*" + DELTA),
    ),
    (
        "hint",
        "a hint that does not come true",
        edit(r"(PRELOAD-HINT.*URI=\"p\d+)", r"\g<1>9", url="/source"),
    ),
    (
        "immutable",
        "a part target that grows",
        edit_all("PART-TARGET=0.334", "PART-TARGET=0.335", url=SMALL + "|source.*skip"),
    ),
    ("media-sequence", "a removed segment comes back", relisted),
    (
        "discontinuity-sequence",
        "a number that changes",
        edit(r"DISCONTINUITY-SEQUENCE:0", "DISCONTINUITY-SEQUENCE:1"),
    ),
    ("ended", "more after the end", after_the_end),
    ("window", "removed too early", removed_too_early),
    ("segment-changed", "another duration", edit(r"EXTINF:2.000", "EXTINF:2.001")),
    ("segment-changed", "another map", edit_all(r"i2\.mp4", "i3.mp4", url=DELTA)),
    (
        "segment-changed",
        "a part that changes",
        edit(r"(INDEPENDENT=YES\n.*DURATION)=0.333", r"\1=0.332"),
    ),
    ("segment-changed", "a part that disappears", edit(r"#EXT-X-PART:.*\n(#EXTINF)", r"\1")),
    ("name-reused", "one name for two segments", edit_all(r"s17672256\d\d", "s1")),
]


@pytest.mark.parametrize(("rule", "what", "fault"), FAULTS, ids=names(FAULTS))
def test_a_planted_fault_is_caught(rule: str, what: str, fault: Fault) -> None:
    assert rule in broken(fault(run()))


def test_every_rule_has_a_planted_fault() -> None:
    assert rules_of(checker_history) <= {rule for rule, _, _ in FAULTS}


def test_an_older_playlist_from_a_cache_is_no_fault() -> None:
    seen = run()
    assert check([*seen[:-20], *seen[-60:-40], *seen[-20:]]) == []
