import json

from manycast.platforms.values import Listing
from manycast.platforms.wire import Reply
from manycast.platforms.youtube import videos
from manycast.platforms.youtube.videos import Video


API = "https://api"
VIDEO = Video(id="V", title="Old", description="About", category_id="22", tags=("a",))


def reply(value: object) -> Reply:
    return Reply(200, {}, json.dumps(value).encode())


def test_empty_fields_of_a_listing_leave_the_video_as_it_is() -> None:
    assert videos.with_listing(VIDEO, Listing()) == VIDEO
    changed = videos.with_listing(VIDEO, Listing(title="New", tags=("b", "c")))
    assert (changed.title, changed.description, changed.tags) == ("New", "About", ("b", "c"))


def test_a_change_repeats_what_is_not_changed() -> None:
    value = {
        "items": [
            {
                "id": "V",
                "snippet": {
                    "title": "Old",
                    "description": "About",
                    "categoryId": "22",
                    "tags": ["a"],
                    "defaultLanguage": "de",
                    "channelTitle": "left out",
                },
                "liveStreamingDetails": {"concurrentViewers": "17", "activeLiveChatId": "C"},
            }
        ]
    }
    (video,) = videos.look(API, "V").read(reply(value)).items
    assert (video.viewers, video.chat_id) == (17, "C")
    snippet = videos.change(API, video).request.json["snippet"]
    assert snippet == {
        "title": "Old",
        "description": "About",
        "categoryId": "22",
        "tags": ["a"],
        "defaultLanguage": "de",
    }


def test_viewers_may_be_hidden() -> None:
    value = {"items": [{"id": "V", "snippet": {"title": "T"}}]}
    (video,) = videos.look(API, "V").read(reply(value)).items
    assert video.viewers is None


def test_categories_that_nobody_may_choose_are_not_offered() -> None:
    value = {
        "items": [
            {"id": "20", "snippet": {"title": "Gaming", "assignable": True}},
            {"id": "18", "snippet": {"title": "Short Movies", "assignable": False}},
        ]
    }
    assert [one.name for one in videos.categories(API).read(reply(value))] == ["Gaming"]


def test_a_google_account_may_have_no_channel() -> None:
    call = videos.account(API)
    kind = {"kind": "youtube#channelListResponse"}
    assert call.read(reply(kind)) is None
    found = call.read(reply({**kind, "items": [{"id": "UC1", "snippet": {"title": "Me"}}]}))
    assert found is not None
    assert (found.external_id, found.name) == ("UC1", "Me")
