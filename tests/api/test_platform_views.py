from manycast.api.platform_views import chat_view, listing_view
from manycast.model.destinations import Platform
from manycast.platforms.values import ChatLine
from manycast.runtime.platforms.chats import ChatChange, Entry


LINE = ChatLine(
    platform=Platform.KICK, id="1", author_id="9", author="viewer", text="hello", at_ms=5
)


def test_several_changes_of_a_chat_are_one_event() -> None:
    changes = [
        ChatChange(channel="live", entry=Entry(number=1, line=LINE)),
        ChatChange(channel="live", entry=Entry(number=2, line=LINE)),
        ChatChange(channel="live", removed=(1,)),
    ]
    seen = chat_view("live", changes, {Platform.TWITCH: "away"})
    assert [one.number for one in seen.entries] == [1, 2]
    assert (seen.removed, seen.troubles[0].text) == ([1], "away")


def test_before_anybody_has_written_a_listing_it_is_empty() -> None:
    assert listing_view(None).version == 0
