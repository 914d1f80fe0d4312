import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.api.asking import ADMIN, control_room
from tests.control.reports import EDGE, ORIGIN, STREAM

from manycast.api import events
from manycast.api.context import Context
from manycast.control.permissions import Principal, Role
from manycast.model.destinations import Platform
from manycast.platforms.values import ChatLine
from manycast.runtime.control.network import Grants
from manycast.runtime.platforms.chats import ChatChange, Entry


@pytest.fixture
def here(tmp_path: Path) -> AsyncIterator[Context]:
    with control_room(tmp_path) as room:
        yield room.context  # type: ignore[misc]  # a plain generator is enough


async def said(told: AsyncIterator[str]) -> list[tuple[str, dict[str, object]]]:
    """Name and data of the events that come together."""
    found = []
    for block in (await anext(told)).split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
        if "event" in fields:
            found.append((fields["event"], json.loads(fields["data"])))
    return found


async def test_first_everything_then_what_differs(here: Context) -> None:
    here.network.report(ORIGIN)
    told = events._told(here, ADMIN)
    ((kind, snapshot),) = await said(told)
    assert kind == "snapshot"
    assert snapshot["streams"]["items"][0]["channel"] == "live"  # type: ignore[index]
    assert len(snapshot["fleet"]["items"]) == 1  # type: ignore[index]
    here.network.report(EDGE)
    ((kind, change),) = await said(told)
    assert kind == "fleet"
    assert [node["node"] for node in change["changed"]] == ["edge@a"]  # type: ignore[attr-defined]
    here.network.report(replace(ORIGIN, sequence=2, streams=()))
    streams, _ = await said(told)
    assert streams[1]["gone"] == ["live"]
    await told.aclose()
    assert not here.hub.listeners


async def test_what_changed_in_the_books_is_told_by_name(here: Context) -> None:
    told = events._told(here, ADMIN)
    await said(told)
    here.hub.touch("channels", "chn_a", "live")
    assert await said(told) == [("channels", {"id": "chn_a", "channel": "live"})]
    await told.aclose()


async def test_names_are_told_to_those_who_work_with_the_channel(here: Context) -> None:
    here.network.grant(Grants(ids=(("mine", "chn_m"), ("secret", "chn_s"))))
    viewer = Principal(user_id="usr_v", name="v", role=Role.VIEWER, channels=frozenset({"chn_m"}))
    told = events._told(here, viewer)
    await said(told)
    here.hub.touch("notices", "dlv_a")
    here.hub.touch("channels", "chn_s", "secret")
    here.hub.touch("channels")
    here.hub.touch("channels", "chn_m", "mine")
    assert await said(told) == [
        ("channels", {"id": "", "channel": ""}),
        ("channels", {"id": "chn_m", "channel": "mine"}),
    ]
    await told.aclose()


async def test_a_viewer_is_told_of_streams_alone(here: Context) -> None:
    here.network.report(ORIGIN)
    viewer = Principal(user_id="usr_v", name="v", role=Role.VIEWER)
    told = events._told(here, viewer)
    ((_, snapshot),) = await said(told)
    assert snapshot["fleet"] is None
    faster = replace(STREAM, part_ms=200)
    here.network.report(replace(ORIGIN, sequence=2, streams=(faster,)))
    ((kind, _),) = await said(told)
    assert kind == "streams"
    await told.aclose()


async def test_whoever_is_parted_with_is_told_no_more(here: Context) -> None:
    told = events._told(here, ADMIN)
    await said(told)
    here.hub.dismiss(user_id=ADMIN.user_id)
    await anext(told)
    with pytest.raises(StopAsyncIteration):
        await anext(told)


async def test_a_quiet_connection_is_kept_alive(
    here: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "QUIET_S_MAX", 0.01)
    told = events._told(here, ADMIN)
    await said(told)
    assert await anext(told) == ":\n\n"
    await told.aclose()


async def test_a_chat_is_told_to_those_who_may_read_it(here: Context) -> None:
    here.network.grant(Grants(ids=(("live", "chn_l"), ("other", "chn_o"))))
    mine = frozenset({"chn_l"})
    people = [
        ADMIN,
        Principal(user_id="usr_b", name="b", role=Role.BROADCASTER, channels=mine),
        Principal(user_id="usr_s", name="s", role=Role.BROADCASTER),
        Principal(user_id="usr_v", name="v", role=Role.VIEWER, channels=mine),
    ]
    streams = [events._told(here, who) for who in people]
    for told in streams:
        await said(told)
    line = ChatLine(
        platform=Platform.TWITCH, id="1", author_id="2", author="viewer", text="hi", at_ms=5
    )
    for _ in range(2):
        here.hub.chat(ChatChange(channel="live", entry=Entry(number=1, line=line)))
    heard = [[kind for kind, _ in await said(told)] for told in streams]
    assert heard == [["chat"], ["chat"], [], []]
    for told in streams:
        await told.aclose()


async def test_a_viewer_hears_nothing_of_destinations(here: Context) -> None:
    here.network.grant(Grants(ids=(("live", "chn_l"),)))
    mine = frozenset({"chn_l"})
    viewer = Principal(user_id="usr_v", name="v", role=Role.VIEWER, channels=mine)
    told = events._told(here, viewer)
    await said(told)
    here.hub.touch("destinations", "dst_1", "live")
    here.hub.touch("channels", "chn_l", "live")
    assert [kind for kind, _ in await said(told)] == ["channels"]
    await told.aclose()
