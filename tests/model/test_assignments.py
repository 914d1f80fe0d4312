from dataclasses import asdict, replace
from typing import Any

import pytest
from hypothesis import given, strategies as st

from manycast.model.assignments import read_assignment, read_channels
from manycast.model.destinations import DestinationGrant, Encode, Limits
from manycast.model.fleet import Assignment, ChannelGrant, KeyGrant


GRANT = ChannelGrant(
    channel="live",
    keys=(KeyGrant(id="key_1", digest="a" * 64),),
    recording=True,
    kicks=2,
    srt_slot=1,
    destinations=(
        DestinationGrant(
            id="dst_1",
            name="Mine",
            url="rtmp://there/app",
            key="donkey",
            encode=Encode(height=720, video_bps=3_000_000),
            limits=Limits(video_codecs=("avc1",), width_max=1920),
            attempt=3,
        ),
        DestinationGrant(id="dst_2", name="Other", url="srt://there:9000"),
    ),
)
WHOLE = Assignment(report_ms=500, revision="r1", channels=(GRANT,), recordings_noted=True)


def written(value: Any) -> Any:
    """As it comes out of JSON."""
    if isinstance(value, tuple | list):
        return [written(one) for one in value]
    if isinstance(value, dict):
        return {name: written(one) for name, one in value.items()}
    return value


def test_what_was_written_is_read() -> None:
    assert read_assignment(written(asdict(WHOLE))) == WHOLE
    assert read_assignment({"report_ms": 1, "revision": ""}) == Assignment(report_ms=1, revision="")


def test_no_secret_is_in_words_about_a_grant() -> None:
    shown = repr(replace(WHOLE, channels=(replace(GRANT, srt_passphrase="horse"),)))
    assert "horse" not in shown
    assert "donkey" not in shown


def test_an_older_control_role_sends_nothing_on() -> None:
    value = written(asdict(GRANT))
    del value["destinations"]
    assert read_channels([value]) == (replace(GRANT, destinations=()),)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["report_ms", "revision", "channels", "keys", "digest"]), inner
        )
    ),
    max_leaves=12,
)


@given(ANYTHING)
def test_nothing_but_an_assignment_is_one(value: Any) -> None:
    try:
        found = read_assignment(value)
    except ValueError:
        return
    assert isinstance(found.report_ms, int)


def test_a_newer_control_role_may_say_more() -> None:
    assert read_assignment({**written(asdict(WHOLE)), "more": 1}) == WHOLE


@pytest.mark.parametrize(
    ("place", "value", "why"),
    [
        ((), None, "no object"),
        (("channels", 0, "srt_slot"), "1", "srt_slot: not of type int"),
        (("report_ms",), "500", "report_ms: not of type int"),
        (("report_ms",), True, "report_ms: not of type int"),
        (("channels",), {}, "channels: not of type list"),
        (("channels", 0), 5, "no object"),
        (("channels", 0, "keys"), None, "keys: not of type list"),
        (("channels", 0, "destinations", 0, "url"), None, "url: not of type str"),
        (("channels", 0, "destinations", 0, "encode", "height"), "720", "height: not of type int"),
        (("channels", 0, "keys", 0, "digest"), "abc", "not a SHA-256"),
        (("channels", 0, "keys", 0, "digest"), "é" * 64, "not a SHA-256"),
    ],
)
def test_what_is_wrong_is_named(place: tuple[Any, ...], value: Any, why: str) -> None:
    whole = {"whole": written(asdict(WHOLE))}
    inside: Any = whole
    path: tuple[Any, ...] = ("whole", *place)
    for step in path[:-1]:
        inside = inside[step]
    inside[path[-1]] = value
    with pytest.raises(ValueError, match=why):
        read_assignment(whole["whole"])
