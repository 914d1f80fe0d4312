import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from tests.hls.faults import (
    Fault,
    Faults,
    Seen,
    broken,
    edit,
    names,
    rules_of,
    run,
)
from tests.hls.runs import Cut, Run, scripts

from manycast.hls import checker
from manycast.hls.checker import check


def answered_too_early(seen: Seen) -> Seen:
    directives = re.sub(r"_HLS_part=\d+", "_HLS_part=9", seen[61].url)
    return [*seen[:61], replace(seen[61], url=directives), *seen[62:]]


FAULTS: Faults = [
    ("syntax", "no EXTM3U", edit(r"#EXTM3U\n", "")),
    ("syntax", "no EXTINF", edit(r"#EXTINF:.*\n", "")),
    ("reload", "an answer before its time", answered_too_early),
    (
        "reload",
        "a part without a segment",
        lambda seen: [*seen, replace(seen[0], url="m.m3u8?_HLS_part=1")],
    ),
    (
        "delta",
        "a delta unasked",
        lambda seen: [*seen[:-8], *(replace(s, url=s.url.split("?")[0]) for s in seen[-8:])],
    ),
    (
        "delta",
        "a whole playlist instead",
        lambda seen: [replace(s, url=s.url + "?_HLS_skip=YES") for s in seen],
    ),
]


@pytest.mark.parametrize(("rule", "what", "fault"), FAULTS, ids=names(FAULTS))
def test_a_planted_fault_is_caught(rule: str, what: str, fault: Fault) -> None:
    assert rule in broken(fault(run()))


def test_every_rule_has_a_planted_fault() -> None:
    assert rules_of(checker) <= {rule for rule, _, _ in FAULTS}


def test_a_clean_run_breaks_no_rule() -> None:
    assert check(run()) == []


@settings(max_examples=60, deadline=None)
@given(scripts)
def test_every_legal_run_breaks_no_rule(script: list[Cut]) -> None:
    assert check(Run().play(script)) == []
