import json
from typing import Any

import pytest
from hypothesis import given, strategies as st

from manycast.model.destinations import PlatformState
from manycast.platforms.failures import PlatformError
from manycast.platforms.twitch.helix import TAG_MAX, TAGS_MAX, TITLE_MAX, Helix, fitted, ingests
from manycast.platforms.values import Listing
from manycast.platforms.wire import UNREADABLE, Call, Reply


HELIX = Helix("https://api.example/helix")
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(
        ["data", "id", "login", "type", "stream_key", "viewer_count", "title", "is_sent", "ingests",
         "url_template_secure", "name"]), inner, max_size=4),
)  # fmt: skip
CALLS: list[Call[Any]] = [
    HELIX.me(), HELIX.stream_key("1"), HELIX.stream("1"), HELIX.categories("x"),
    HELIX.say("1", "hi"), ingests("https://ingests.example"),
]  # fmt: skip


def reply(value: object) -> Reply:
    return Reply(200, {}, json.dumps(value).encode())


@given(JSON)
def test_whatever_comes_is_read_or_said_to_be_unreadable(value: object) -> None:
    for call in CALLS:
        try:
            call.read(reply(value))
        except (*UNREADABLE, PlatformError):
            pass


@given(
    st.builds(
        Listing,
        title=st.text(max_size=300),
        category_id=st.text(max_size=5),
        tags=st.lists(st.text(max_size=40), max_size=20).map(tuple),
    )
)
def test_what_twitch_is_told_always_fits(listing: Listing) -> None:
    changes, _ = fitted(listing)
    assert len(changes.get("title", "")) <= TITLE_MAX
    tags = changes.get("tags", [])
    assert len(tags) <= TAGS_MAX
    assert all(tag.isalnum() and len(tag) <= TAG_MAX for tag in tags)
    assert len(set(tags)) == len(tags)


def test_a_listing_that_fits_is_told_as_it_is() -> None:
    listing = Listing(title="Hello", category_id="1", tags=("python", "chill"))
    told = {"title": "Hello", "game_id": "1", "tags": ["python", "chill"]}
    assert fitted(listing) == (told, [])


def test_what_is_empty_is_left_as_it_is() -> None:
    assert fitted(Listing()) == ({}, [])


def test_only_what_is_live_is_on_the_air() -> None:
    call = HELIX.stream("1")
    assert call.read(reply({"data": []})).state is PlatformState.NOT_LIVE
    assert call.read(reply({"data": [{"type": ""}]})).state is PlatformState.NOT_LIVE


@pytest.mark.parametrize(
    "template", ["rtmps://there/app", "rtmps://there/app/{stream_key}?bandwidthtest=true"]
)
def test_an_address_whose_key_is_elsewhere_is_not_taken(template: str) -> None:
    with pytest.raises(ValueError):
        ingests("x").read(reply({"ingests": [{"url_template_secure": template}]}))


def test_saying_something_twice_is_not_the_same_as_once() -> None:
    assert not HELIX.say("1", "hi").request.repeatable
    assert HELIX.modify("1", {"title": "x"}).request.repeatable
