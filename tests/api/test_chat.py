from pathlib import Path

from tests.api.connected import CHANNEL, connectable

from manycast.model.destinations import Platform
from manycast.platforms.values import ChatLine, ChatTrouble


PATH = f"{CHANNEL}/chat"
LINE = ChatLine(
    platform=Platform.TWITCH, id="1", author_id="9", author="viewer", text="hello", at_ms=5
)


def test_lines_and_troubles_are_read_together(tmp_path: Path) -> None:
    with connectable(tmp_path) as (room, _):
        chats = room.context.platforms.conductor.chats
        chats.hear("live", LINE)
        chats.hear("live", ChatTrouble(platform=Platform.KICK, reason="No webhooks."))
        seen = room.ask.get(PATH).json()
        assert [one["text"] for one in seen["items"]] == ["hello"]
        assert seen["troubles"] == [{"platform": "kick", "text": "No webhooks."}]


def test_nothing_is_said_where_nobody_listens(tmp_path: Path) -> None:
    with connectable(tmp_path) as (room, somewhere):
        reply = room.ask.post(PATH, json={"text": "hello"})
        assert reply.json()["type"].endswith("no-chat")
        assert somewhere.said == []
