import json
import ssl
from dataclasses import replace

import pytest
from hypothesis import given, strategies as st
from tests.runtime.notices.receivers import hooks, outgoing

from manycast.model.notices import Kind, Way
from manycast.runtime.notices import chat
from manycast.runtime.notices.failure import DeliveryError
from manycast.runtime.notices.post import Poster


POSTER = Poster(20, private=True, trust=ssl.create_default_context())


async def test_discord_shows_it_and_calls_nobody() -> None:
    async with hooks() as receiver:
        await chat.send(outgoing(way=Way.DISCORD, url=receiver.url, text="@everyone"), POSTER)
    (taken,) = receiver.taken
    assert taken.target == "/in?token=hidden&wait=true"
    content = json.loads(taken.body)
    assert content["allowed_mentions"] == {"parse": []}
    assert content["embeds"][0]["title"] == "live is live"


async def test_slack_shows_it_and_calls_nobody() -> None:
    data = {"watch": "https://example.org/watch/live"}
    told = outgoing(way=Way.SLACK, text="<!channel> & co", data=data)
    async with hooks() as receiver:
        await chat.send(replace(told, url=receiver.url), POSTER)
    header, section = json.loads(receiver.taken[0].body)["blocks"]
    assert header["text"]["text"] == "live is live"
    assert section["text"]["text"] == (
        "&lt;!channel&gt; &amp; co\n<https://example.org/watch/live>"
    )


@given(st.text(max_size=5000), st.text(max_size=5000), st.sampled_from(Kind))
def test_no_text_is_longer_than_chats_take(title: str, text: str, kind: Kind) -> None:
    told = outgoing(title=title, text=text, kind=kind, data={"link": "https://example.org/"})
    (embed,) = chat.for_discord(told)["embeds"]
    assert len(embed["title"]) <= 256
    assert len(embed["description"]) <= 4096
    header, section = chat.for_slack(told)["blocks"]
    assert 1 <= len(header["text"]["text"]) <= 150
    assert len(section["text"]["text"]) <= 3000


@pytest.mark.parametrize(
    ("status", "final"), [(400, True), (404, True), (429, False), (500, False), (503, False)]
)
async def test_what_is_our_fault_is_not_tried_again(status: int, final: bool) -> None:
    async with hooks(status, headers="Retry-After: 7\r\n", said=b"no_text") as receiver:
        with pytest.raises(DeliveryError, match=f"{status}: no_text") as failure:
            await chat.send(outgoing(way=Way.SLACK, url=receiver.url), POSTER)
    assert failure.value.final is final
    assert failure.value.asked_s == 7
