import json
from typing import Any

from manycast.model.destinations import PlatformState
from manycast.platforms.kick import channels
from manycast.platforms.values import Listing
from manycast.platforms.wire import Reply


API = "https://api"
STREAM = {"is_live": True, "viewer_count": 3, "url": "rtmps://x.live-video.net/app", "key": "k-1"}


def read(stream: Any) -> channels.Channel:
    value = {"broadcaster_user_id": 7, "slug": "me", "stream_title": "T", "stream": stream}
    reply = Reply(200, {}, json.dumps({"data": [value], "message": "OK"}).encode())
    return channels.own(API).read(reply)


def test_a_channel_says_where_to_send_to_and_whether_it_is_live() -> None:
    channel = read(STREAM)
    assert channel.ingest is not None
    assert (channel.ingest.url, channel.ingest.key) == (STREAM["url"], "k-1")
    assert "k-1" not in repr(channel)
    on_air = channel.on_air
    assert (on_air.state, on_air.viewers, on_air.title) == (PlatformState.LIVE, 3, "T")
    assert channel.account.url == "https://kick.com/me"


def test_an_address_without_an_application_gets_the_one_of_the_service() -> None:
    for url in ("rtmps://x.live-video.net", "rtmps://x.live-video.net/", "rtmps://x:443/"):
        ingest = read({**STREAM, "url": url}).ingest
        assert ingest is not None
        assert ingest.url == f"{url.rstrip('/')}/app"


def test_a_channel_that_never_streamed_is_not_live() -> None:
    for stream in (None, {}, {"is_live": False, "viewer_count": 0, "url": "", "key": ""}):
        channel = read(stream)
        assert channel.ingest is None
        assert channel.on_air.state is PlatformState.NOT_LIVE
        assert channel.on_air.viewers is None


def test_only_what_is_given_is_changed() -> None:
    assert channels.change(API, Listing()) is None
    assert channels.change(API, Listing(category_id="gaming")) is None
    change = channels.change(API, Listing(title="T", category_id="15", tags=tuple("abcdefghijkl")))
    assert change is not None
    assert change.request.json == {
        "stream_title": "T",
        "category_id": 15,
        "custom_tags": list("abcdefghij"),
    }


def test_what_kick_cannot_take_is_told() -> None:
    assert not channels.lost(Listing(title="T", category_id="15", tags=("a",)))
    assert len(channels.lost(Listing(category_id="x", tags=tuple("abcdefghijkl")))) == 2


def test_categories_have_numbers_and_pictures() -> None:
    value = {"data": [{"id": 15, "name": "Just Chatting", "thumbnail": "https://p"}]}
    call = channels.categories(API, "chat")
    assert ("name", "chat") in call.request.query
    (found,) = call.read(Reply(200, {}, json.dumps(value).encode()))
    assert (found.id, found.name, found.picture) == ("15", "Just Chatting", "https://p")
