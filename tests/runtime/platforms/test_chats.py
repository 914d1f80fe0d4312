from dataclasses import replace

from hypothesis import given, strategies as st

from manycast.api.platform_views import chat_view
from manycast.model.destinations import Platform
from manycast.platforms.values import ChatLine, ChatRemoved, ChatTrouble
from manycast.runtime.platforms import chats as module
from manycast.runtime.platforms.chats import ChatChange, Chats


def line(line_id: str, author_id: str = "7", platform: Platform = Platform.TWITCH) -> ChatLine:
    return ChatLine(
        platform=platform, id=line_id, author_id=author_id, author="Ada", text="Hi", at_ms=1
    )


def made(lines_max: int = 10) -> tuple[Chats, list[ChatChange]]:
    chats, told = Chats(lines_max), list[ChatChange]()
    chats.told = told.append
    return chats, told


def test_lines_of_all_platforms_come_together_and_are_told() -> None:
    chats, told = made()
    chats.hear("live", line("a"))
    chats.hear("live", line("a", platform=Platform.KICK))
    chats.hear("other", line("b"))
    assert [entry.line.platform for entry in chats.lines("live")] == ["twitch", "kick"]
    assert [change.channel for change in told] == ["live", "live", "other"]


def test_a_line_that_comes_twice_is_one() -> None:
    chats, told = made()
    chats.hear("live", line("a"))
    chats.hear("live", line("a"))
    assert len(chats.lines("live")) == len(told) == 1


def test_what_people_write_can_be_told_and_stays_on_its_line() -> None:
    chats, told = made()
    written = "a\ud800\u202eb\r\ndata: x\x00" + "y" * 5000
    hostile = replace(line("a"), text=written, author=written, reply_to=written, paid=written)
    chats.hear("live", hostile)
    said = chat_view("live", told, {}).model_dump_json()
    assert len(said) < 3000
    assert not {"\u202e", "\n", "\\u0000"} & set(said)
    assert chats.lines("live")[0].line.text.startswith("a b data: x")


def test_what_moderators_took_away_stays_and_is_marked() -> None:
    chats, told = made()
    for line_id, author in (("a", "1"), ("b", "2"), ("c", "2")):
        chats.hear("live", line(line_id, author))
    chats.hear("live", ChatRemoved(platform=Platform.KICK))
    chats.hear("live", ChatRemoved(platform=Platform.TWITCH, line_id="a"))
    assert [entry.removed for entry in chats.lines("live")] == [True, False, False]
    chats.hear("live", ChatRemoved(platform=Platform.TWITCH, author_id="2"))
    assert [entry.removed for entry in chats.lines("live")] == [True, True, True]
    chats.hear("live", ChatRemoved(platform=Platform.TWITCH))
    assert [change.removed for change in told[3:]] == [(1,), (2, 3)]


def test_a_trouble_is_told_when_it_changes() -> None:
    chats, told = made()
    for reason in ("", "lost", "lost", "", ""):
        chats.hear("live", ChatTrouble(platform=Platform.TWITCH, reason=reason))
        assert chats.troubles("live") == ({Platform.TWITCH: reason} if reason else {})
    assert [change.trouble.reason for change in told if change.trouble] == ["lost", ""]
    chats.hear("live", ChatTrouble(platform=Platform.TWITCH, reason="lost"))
    chats.left("live", Platform.TWITCH)
    assert chats.troubles("live") == {}


def test_the_chat_that_was_silent_for_longest_is_forgotten() -> None:
    chats, _ = made()
    for number in range(module.CHANNELS_MAX):
        chats.hear(f"c{number}", line("a"))
    chats.hear("c0", line("b"))
    chats.hear("new", line("a"))
    assert chats.lines("c1") == []
    assert len(chats.lines("c0")) == 2


HEARD = st.one_of(
    st.builds(line, st.sampled_from("abcdef"), st.sampled_from("123"), st.sampled_from(Platform)),
    st.builds(
        ChatRemoved,
        platform=st.sampled_from(Platform),
        line_id=st.sampled_from(["", "a", "b"]),
        author_id=st.sampled_from(["", "1", "2"]),
    ),
)


@given(st.lists(HEARD, max_size=60), st.integers(1, 5))
def test_who_listens_to_changes_knows_the_lines(
    heard: list[ChatLine | ChatRemoved], lines_max: int
) -> None:
    chats, told = made(lines_max)
    for one in heard:
        chats.hear("live", one)
        assert len(chats.lines("live")) <= lines_max
    known: dict[int, bool] = {}
    for change in told:
        if change.entry:
            known[change.entry.number] = False
        known.update(dict.fromkeys(change.removed, True))
    numbers = [entry.number for entry in chats.lines("live")]
    assert numbers == list(known)[-len(numbers) :] if numbers else not known
    assert {e.number: e.removed for e in chats.lines("live")}.items() <= known.items()
