import json

from manycast.platforms.values import Listing
from manycast.platforms.wire import Reply
from manycast.platforms.youtube import broadcasts
from manycast.platforms.youtube.broadcasts import Broadcast


API = "https://api"


def broadcast(life: str, stream_id: str = "S1", title: str = "T") -> Broadcast:
    return Broadcast(
        id=f"{life}-{stream_id}", title=title, life=life, privacy="public", stream_id=stream_id
    )


def test_a_broadcast_begins_and_ends_with_its_media_and_is_for_everybody() -> None:
    request = broadcasts.make(API, Listing(title="Hello <you>"), 1_795_000_000_000).request
    assert request.json["snippet"]["title"] == "Hello you"
    assert request.json["snippet"]["scheduledStartTime"].startswith("2026-")
    details = request.json["contentDetails"]
    assert details["enableAutoStart"]
    assert details["enableAutoStop"]
    assert not details["monitorStream"]["enableMonitorStream"]
    assert request.json["status"] == {"privacyStatus": "public"}


def test_ours_is_the_open_one_of_our_stream_and_rather_the_live_one() -> None:
    waiting, live, over = broadcast("ready"), broadcast("live"), broadcast("complete")
    other = broadcast("live", "S2")
    assert broadcasts.ours([waiting, over, other, live], "S1") == live
    assert broadcasts.ours([waiting, over, other], "S1") == waiting
    assert broadcasts.ours([over, other], "S1") is None


def test_one_that_was_made_and_not_bound_is_ours_if_it_has_the_listings_title() -> None:
    lost = broadcast("created", "", "Mine")
    assert broadcasts.ours([lost], "S1") is None
    assert broadcasts.ours([lost], "S1", Listing(title="Another")) is None
    assert broadcasts.ours([lost], "S1", Listing(title="Mine")) == lost
    bound = broadcast("ready")
    assert broadcasts.ours([lost, bound], "S1", Listing(title="Mine")) == bound


def test_what_is_read_is_what_is_needed() -> None:
    value = {
        "id": "B1",
        "snippet": {"title": "T", "liveChatId": "C1"},
        "status": {"lifeCycleStatus": "ready", "privacyStatus": "public"},
        "contentDetails": {"boundStreamId": "S1"},
    }
    call = broadcasts.bind(API, "B1", "S1")
    found = call.read(Reply(200, {}, json.dumps(value).encode()))
    assert (found.id, found.life, found.stream_id, found.chat_id) == ("B1", "ready", "S1", "C1")
    assert found.url == "https://www.youtube.com/watch?v=B1"


def test_lists_name_one_filter() -> None:
    query = dict(broadcasts.with_status(API, "active", "t").request.query)
    assert query["broadcastStatus"] == "active"
    assert not {"id", "mine"} & set(query)
    transition = dict(broadcasts.transition(API, "B1", "complete").request.query)
    assert (transition["id"], transition["broadcastStatus"]) == ("B1", "complete")
