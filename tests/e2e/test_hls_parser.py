"""npm's hls-parser, in strict mode, reads whatever a stream's viewers may get."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from tests.hls.runs import Cut, Run, scripts

from manycast.hls import multivariant
from manycast.hls.multivariant import Variant


pytestmark = pytest.mark.e2e

ROOT = Path(__file__).parents[2]
NODE = shutil.which("node", path=ROOT / ".venv" / "bin") or shutil.which("node")


def complaints(texts: list[str]) -> list[str | None]:
    assert NODE, "run tools/setup test"
    done = subprocess.run(
        [NODE, ROOT / "tests" / "node" / "check.mjs"],
        input="".join(json.dumps(text) + "\n" for text in texts),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_it_accepts_a_run_with_source_changes_reconnects_gaps_and_an_end() -> None:
    script = [Cut()] * 10
    script += [Cut(parts=(334, 100)), Cut(source_changed=True), Cut(gap=True)]
    script += [Cut(), Cut(reconnected_after_ms=25_000), *[Cut()] * 12]
    texts = [seen.text for seen in Run().play(script)]
    assert any("#EXT-X-SKIP" in text for text in texts)
    assert set(complaints(texts)) == {None}


@settings(max_examples=12, deadline=None)
@given(scripts)
def test_it_accepts_every_legal_run(script: list[Cut]) -> None:
    assert set(complaints([seen.text for seen in Run(names=("source",)).play(script)])) <= {None}


def test_it_accepts_the_multivariant_playlist() -> None:
    codecs = ("avc1.64001f", "mp4a.40.2")
    variants = [
        Variant("source/index.m3u8", 6_200_000, 5_900_000, codecs, 1280, 720, 29.97),
        Variant("360p/index.m3u8", 900_000, 700_000, codecs, 640, 360),
    ]
    assert complaints([multivariant.text(variants)]) == [None]


def test_it_is_strict() -> None:
    text = Run().play([Cut()] * 3, end=False)[-2].text
    [complaint] = complaints([text.replace("HOLD-BACK=6.000", "HOLD-BACK=5.999")])
    assert complaint
    assert "HOLD-BACK must be at least three times" in complaint
