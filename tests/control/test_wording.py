import pytest
from hypothesis import given, strategies as st

from manycast.control.wording import (
    EVERYWHERE,
    WORDINGS,
    fill,
    moment,
    span,
    timestamp,
    unknown_words,
)
from manycast.model.notices import Kind


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_has_words_that_its_notices_can_fill(kind: Kind) -> None:
    wording = WORDINGS[kind]
    assert wording.title
    assert not unknown_words(wording.title + wording.text, [kind])


@given(st.text(), st.dictionaries(st.sampled_from(["channel", "node"]), st.text()))
def test_a_template_is_words_and_no_code(template: str, words: dict[str, str]) -> None:
    fill(template, words)


def test_what_a_word_brings_along_is_not_filled_again() -> None:
    words = {"reasons": "{channel} {channel.__class__}", "channel": "live"}
    assert fill("{channel}: {reasons}", words) == "live: {channel} {channel.__class__}"


def test_braces_that_are_no_place_stay_as_they_are() -> None:
    assert (
        fill("{Channel} {channel!r} {0} {}", {"channel": "live"}) == "{Channel} {channel!r} {0} {}"
    )


def test_a_place_without_its_word_leaves_nothing_behind() -> None:
    assert fill("On the air.\n{watch}", {}) == "On the air."


def test_a_template_may_only_name_what_its_kinds_know() -> None:
    kinds = [Kind.STREAM_LIVE, Kind.NODE_SILENT]
    assert unknown_words("{channel} {node} {link} {time}", kinds) == []
    assert unknown_words("{chanel} {free}", kinds) == ["chanel", "free"]
    assert EVERYWHERE.keys() == {"time", "link"}


@pytest.mark.parametrize(
    ("ms", "words"),
    [
        (-5, "0 s"),
        (59_999, "59 s"),
        (60_000, "1 min"),
        (5_025_000, "1 h 23 min"),
        (180_000_000, "2 d 2 h"),
    ],
)
def test_spans_are_told_in_two_units(ms: int, words: str) -> None:
    assert span(ms) == words


def test_times_are_for_people_and_programs() -> None:
    assert moment(86_400_000) == "1970-01-02 00:00 UTC"
    assert timestamp(1) == "1970-01-01T00:00:00.001+00:00"
