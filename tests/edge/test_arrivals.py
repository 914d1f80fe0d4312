import pytest
from tests.edge.world import FRESH, World

from manycast.edge.commands import Attach, FanOut, Inform


def test_what_may_not_be_shared_is_fetched_for_each_viewer_with_its_own_fields() -> None:
    world = World()
    viewers = [world.ask("/a", "GET", (b"accept-language", b"l%d" % n)) for n in range(2)]
    world.answer(world.only, (b"cache-control", b"private, max-age=10"))
    fields = [fetch.fields for fetch in world.fetches.values()]
    assert [b"accept-language: l%d" % n in each for n, each in enumerate(fields)] == [True, True]
    for number in list(world.fetches):
        world.serve(number, b"for %d" % number, (b"cache-control", b"private, max-age=10"))
    assert len({world.replies[v][1] for v in viewers}) == 2
    world.ask("/a")
    world.ask("/a")
    assert len(world.fetches) == 2


def test_the_leader_gets_what_only_it_may_have_and_is_not_asked_for_twice() -> None:
    world = World()
    viewer = world.ask("/a", "GET", (b"cookie", b"mine"))
    number = world.only
    assert b"cookie: mine\r\n" in world.fetches[number].fields
    world.serve(number, b"hello you", (b"cache-control", b"private"), (b"set-cookie", b"a=b"))
    assert world.replies[viewer][1] == b"hello you"
    assert b"set-cookie: a=b\r\n" in world.replies[viewer][0]
    assert world.engine.counters.fetches == 1
    assert len(world.engine.store) == 0


def test_a_reply_to_a_viewer_known_by_name_is_kept_from_others_unless_it_is_for_all() -> None:
    for control, again in ((b"max-age=10", 1), (b"max-age=10, public", 0)):
        world = World()
        world.ask("/a", "GET", (b"authorization", b"secret"))
        assert b"authorization: secret\r\n" in world.fetches[world.only].fields
        world.serve(world.only, b"mine", (b"cache-control", control))
        world.ask("/a")
        assert len(world.fetches) == again


def test_an_error_for_a_viewer_with_a_cookie_is_not_shown_to_others() -> None:
    world = World()
    leader = world.ask("/a", "GET", (b"cookie", b"x"))
    other = world.ask("/a")
    world.serve(world.only, b"trace", status=500)
    assert world.replies[leader][1] == b"trace"
    world.serve(world.only, b"fine", FRESH)
    assert world.replies[other][1] == b"fine"


def test_what_a_method_changed_is_not_served_any_more_nor_what_was_on_its_way() -> None:
    world = World()
    world.ask("/a")
    world.serve(world.only, b"old", FRESH)
    world.ask("/b")
    slow = world.only
    world.answer(slow, FRESH, length=3)
    world.ask("/a", "PUT", (b"host", b"x"))
    change = max(world.fetches)
    world.serve(change, b"", (b"content-location", b"/b"), status=201)
    world.perform(world.engine.data(slow, b"old", 0))
    world.end(slow)
    world.ask("/a")
    world.ask("/b")
    assert len(world.fetches) == 2


def test_a_method_that_failed_changes_nothing() -> None:
    world = World()
    world.ask("/a")
    world.serve(world.only, b"old", FRESH)
    world.ask("/a", "DELETE")
    world.serve(world.only, b"no", status=403)
    assert world.replies[world.ask("/a")][1] == b"old"


def test_an_endless_stream_is_handed_to_a_fan_out_until_it_ends() -> None:
    world = World()
    first = world.ask("/live/s/r/frames.mp4")
    number = world.only
    world.answer(number, (b"manycast-stream", b"cmaf"), (b"cache-control", b"no-store"))
    second = world.ask("/live/s/r/frames.mp4")
    spread, attach = world.others
    assert isinstance(spread, FanOut)
    assert (spread.waiters, attach) == ((first,), Attach(b"/live/s/r/frames.mp4", second))
    world.engine.stream_over(b"/live/s/r/frames.mp4")
    world.ask("/live/s/r/frames.mp4")
    assert len(world.fetches) == 2


def test_what_a_variant_depends_on_is_not_forgotten_before_its_body_has_come() -> None:
    world = World()
    varied = (FRESH, (b"vary", b"accept-language"))
    world.ask("/a", "GET", (b"accept-language", b"de"))
    number = world.only
    world.answer(number, *varied, length=2)
    world.engine.store.drop(b"/a")  # as when there are too many such URLs
    world.perform(world.engine.data(number, b"de", 0))
    world.end(number)
    for language, fetches in ((b"fr", 1), (b"de", 1)):
        world.ask("/a", "GET", (b"accept-language", language))
        assert len(world.fetches) == fetches


@pytest.mark.parametrize("target", ["/a", "/live/x/v/index.m3u8?_HLS_msn=4"])
def test_a_circle_that_one_viewer_pretends_ends_nobody_elses_request(target: str) -> None:
    world = World()
    many = b", ".join(b"n%d" % number for number in range(16))
    liar = world.ask(target, "GET", (b"cdn-loop", many))
    others = [world.ask(target) for _ in range(2)]
    world.serve(world.only, b"", (b"cache-control", b"no-store"), status=508)
    world.serve(world.only, b"fine", FRESH)
    assert b" 508 " in world.replies[liar][0]
    assert {world.replies[other][1] for other in others} == {b"fine"}
    assert world.engine.counters.fetches == 2


def test_a_circle_is_an_error_for_all_who_came_the_same_way() -> None:
    world = World()
    viewers = [world.ask("/a") for _ in range(2)]
    world.serve(world.only, b"", status=508)
    assert all(b" 508 " in world.replies[viewer][0] for viewer in viewers)
    assert not world.fetches


def test_a_circle_goes_to_nobody_when_its_leader_has_left() -> None:
    world = World()
    liar = world.ask("/a", "GET", (b"cdn-loop", b"n"))
    other = world.ask("/a")
    world.leave(liar)
    world.answer(world.only, status=508, length=0)
    world.serve(world.only, b"fine", FRESH)
    assert world.replies[other][1] == b"fine"


def test_what_comes_before_a_reply_for_a_viewer_with_a_cookie_is_not_told_to_others() -> None:
    hint = (b"link", b"</a.css>")
    for fields, told in (((), 2), (((b"cookie", b"ann"),), 1)):
        world = World()
        leader = world.ask("/a", "GET", *fields)
        world.ask("/a")
        world.perform(world.engine.interim(world.only, 103, (hint, (b"set-cookie", b"me=ann"))))
        (inform,) = world.others
        assert isinstance(inform, Inform)
        assert (inform.waiters[0], len(inform.waiters)) == (leader, told)
        assert list(inform.fields) == [hint]


def test_a_cookie_that_comes_with_an_error_is_nobody_elses() -> None:
    for body in (b"oops", bytes(200)):
        world = World()
        leader, other = world.ask("/a"), world.ask("/a")
        world.serve(world.only, body, (b"set-cookie", b"session=1"), status=500)
        told = [
            world.heads[viewer].fields if viewer in world.heads else world.replies[viewer][0]
            for viewer in (leader, other)
        ]
        assert ["session=1" in str(fields) for fields in told] == [True, False]


def test_a_fetch_that_was_overtaken_brings_no_older_version_back() -> None:
    world = World()
    world.ask("/a")
    world.serve(world.only, b"mine", (b"cache-control", b"private"))
    slow = world.ask("/a")
    number = world.only
    world.answer(number, FRESH, length=5)
    world.now = 1
    world.ask("/a")
    (quick,) = world.fetches.keys() - {number}
    world.serve(quick, b"newer", FRESH)
    world.perform(world.engine.data(number, b"older", world.now))
    world.end(number)
    assert world.replies[slow][1] == b"older"
    assert world.replies[world.ask("/a")][1] == b"newer"
