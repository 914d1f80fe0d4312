"""A running network loses one part after the other, and its viewers go on watching."""

from typing import Any

import pytest
from bench import faults


pytestmark = pytest.mark.e2e

STALL_S_MAX = 20.0
"""Far above what any of these faults costs on a machine that is not busy."""


@pytest.fixture(scope="module")
def endured(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, dict[str, Any]], str]:
    rows, said = faults.run(tmp_path_factory.mktemp("network"), count=2)
    return {str(row["fault"]): row for row in rows}, said


Endured = tuple[dict[str, dict[str, Any]], str]


@pytest.mark.parametrize("fault", [fault.name for fault in faults.FAULTS])
@pytest.mark.parametrize("rendition", ["source", faults.RUNG])
def test_every_viewer_watches_again(endured: Endured, fault: str, rendition: str) -> None:
    rows, said = endured
    if fault not in rows:
        pytest.skip("filling a disk needs the right to mount a small one")
    seen = faults.Seen(**rows[fault][rendition])
    assert seen.lost == 0, said
    assert seen.stall_s < STALL_S_MAX, (seen, said)


@pytest.mark.parametrize("fault", ["the ladder's ffmpeg is killed", "the disk is full"])
def test_what_does_not_concern_the_source_leaves_its_viewers_in_peace(
    endured: Endured, fault: str
) -> None:
    rows, said = endured
    if fault not in rows:
        pytest.skip("filling a disk needs the right to mount a small one")
    seen = faults.Seen(**rows[fault]["source"])
    assert (seen.rejoins, seen.errors) == (0, {}), said


def test_the_log_says_what_happened_and_what_is_done_about_it(endured: Endured) -> None:
    rows, said = endured
    for words in (
        "ladder: ffmpeg ended by itself",
        "edge ended with status -9; starting it again",
        "origin ended with status -9; starting it again",
        "ended: the connection broke off",
    ):
        assert words in said
    if "the disk is full" in rows:
        assert (
            "recording of live stopped: [Errno 28] No space left on device; it begins anew" in said
        )
        assert said.count("recording to ") >= 2
