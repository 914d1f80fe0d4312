"""Laws of the engine, and the promises that viewers and parents are given."""

from collections import Counter
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import settings as hypothesis_settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from manycast.edge.commands import (
    Abort,
    Answered,
    Ask,
    Attach,
    Begin,
    Cancel,
    Command,
    End,
    FanOut,
    Fetch,
    Inform,
    Piece,
    Reply,
    Say,
    Waiter,
)
from manycast.edge.engine import Engine, Trouble
from manycast.settings.cache import CacheSettings
from manycast.settings.edge import EdgeSettings


SMALL = replace(
    EdgeSettings(),
    memory_bytes=8_000,
    object_bytes_max=600,
    whole_bytes_max=100,
    joiners_max=4,
    held_max=5,
    ahead_max=2,
)
FRESH = (b"cache-control", b"max-age=10")


@dataclass
class World:
    """Performs commands on paper, and checks what a viewer would notice."""

    engine: Engine = field(default_factory=lambda: Engine(SMALL, b"me"))
    now: float = 0.0
    fetches: dict[int, Fetch] = field(default_factory=dict)
    open: set[Waiter] = field(default_factory=set)
    begun: set[Waiter] = field(default_factory=set)
    settled: Counter[Waiter] = field(default_factory=Counter)
    replies: dict[Waiter, tuple[bytes, bytes]] = field(default_factory=dict)
    said: dict[Waiter, int] = field(default_factory=dict)
    bodies: dict[Waiter, bytes] = field(default_factory=dict)
    others: list[Command] = field(default_factory=list)
    waiters: int = 0

    def ask(self, target: str, method: str = "GET", *headers: tuple[bytes, bytes]) -> int:
        self.waiters += 1
        waiter = self.waiters
        self.open.add(waiter)
        path, _, query = target.partition("?")
        ask = Ask(method, target.encode(), path, query, headers)
        self.perform(self.engine.request(waiter, ask, self.now))
        return waiter

    def answer(
        self,
        number: int,
        *headers: tuple[bytes, bytes],
        status: int = 200,
        length: int | None = None,
    ) -> None:
        answered = Answered(status, headers, length, framed=True)
        self.perform(self.engine.answered(number, answered, self.now))

    def serve(
        self, number: int, body: bytes, *headers: tuple[bytes, bytes], status: int = 200
    ) -> None:
        self.answer(number, *headers, status=status, length=len(body))
        if number in self.fetches and body:
            self.perform(self.engine.data(number, body, self.now))
        if number in self.fetches:
            self.end(number)

    def end(self, number: int) -> None:
        del self.fetches[number]
        self.perform(self.engine.ended(number, self.now))

    def fail(self, number: int, trouble: Trouble = Trouble.BROKEN) -> None:
        del self.fetches[number]
        self.perform(self.engine.failed(number, trouble))

    def leave(self, waiter: Waiter) -> None:
        self.open.discard(waiter)
        self.begun.discard(waiter)
        self.perform(self.engine.left(waiter))

    def perform(self, commands: list[Command]) -> None:
        for command in commands:
            match command:
                case Fetch(number=number):
                    self.fetches[number] = command
                case Cancel(number=number):
                    del self.fetches[number]
                case Reply() | Say():
                    self.reply(command)
                case FanOut() | Attach():
                    self.others.append(command)
                case _:
                    self.stream(command)

    def reply(self, command: Reply | Say) -> None:
        for waiter in command.waiters:
            self.settle(waiter)
            if isinstance(command, Reply):
                self.replies[waiter] = (command.start, b"".join(command.body))
            else:
                self.said[waiter] = command.status

    def stream(self, command: Begin | Piece | End | Abort) -> None:
        match command:
            case Begin(waiter=waiter):
                assert waiter in self.open
                assert waiter not in self.begun
                self.begun.add(waiter)
                self.bodies[waiter] = b""
            case Piece(waiters=waiters, pieces=pieces):
                for waiter in waiters:
                    assert waiter in self.begun
                    self.bodies[waiter] += b"".join(pieces)
            case End(waiters=waiters) | Abort(waiters=waiters):
                for waiter in waiters:
                    self.begun.remove(waiter)
                    self.settle(waiter)
                self.others += [command] if isinstance(command, Abort) else []

    def settle(self, waiter: Waiter) -> None:
        assert waiter not in self.begun
        self.open.remove(waiter)
        self.settled[waiter] += 1

    @property
    def only(self) -> int:
        (number,) = self.fetches
        return number


def test_a_stored_object_is_a_hit_until_its_lifetime_is_over() -> None:
    world = World()
    first = world.ask("/a")
    world.serve(world.only, b"body", FRESH)
    assert b"fwd=miss; stored" in world.replies[first][0]
    world.now = 9.9
    hit = world.ask("/a")
    assert b"cache-status: manycast; hit\r\nage: 9\r\n" in world.replies[hit][0]
    assert world.replies[hit][1] == b"body"
    world.now = 10
    world.ask("/a")
    assert len(world.fetches) == 1


def test_the_age_of_caches_before_us_shortens_the_lifetime() -> None:
    world = World()
    world.ask("/a")
    world.serve(world.only, b"body", FRESH, (b"age", b"8"))
    world.now = 2
    world.ask("/a")
    assert len(world.fetches) == 1


def test_the_fast_path_answers_only_what_the_engine_answered_and_only_while_fresh() -> None:
    world = World()
    assert world.engine.hit(b"/a?x", b"", 0) is None
    world.ask("/a?x")
    world.serve(world.only, b"body", FRESH)
    hit = world.engine.hit(b"/a?x", b"", 9)
    assert hit is not None
    assert b"".join(hit).endswith(b"age: 9\r\n\r\nbody")
    assert world.engine.hit(b"/a", b"", 9) is None
    assert world.engine.hit(b"/a?x", b"", 10) is None


@pytest.mark.parametrize(
    "target", ["/live/s/r/index.m3u8?_HLS_msn=1&_HLS_part=2", "/live/s/r/p9.m4s", "/any/thing?x=1"]
)
def test_requests_for_one_object_are_joined_into_one_fetch(target: str) -> None:
    world = World()
    viewers = [world.ask(target) for _ in range(4)]
    world.serve(world.only, b"body", (b"cache-control", b"max-age=12"))
    assert [world.replies[v][1] for v in viewers] == [b"body"] * 4
    assert world.engine.counters.fetches == 1
    assert world.engine.counters.joins == 3


def test_waits_that_the_origin_may_hold_last_longer_than_others() -> None:
    world = World()
    world.ask("/live/s/r/index.m3u8?_HLS_msn=1")
    world.ask("/live/s/r/index.m3u8")
    assert [fetch.wait_s for fetch in world.fetches.values()] == [SMALL.held_s, SMALL.answer_s]


def test_joiners_are_bounded_and_the_next_is_told_so() -> None:
    world = World()
    viewers = [world.ask("/a") for _ in range(5)]
    assert world.said == {viewers[4]: 503}


def test_what_the_origin_holds_cannot_take_every_connection() -> None:
    world = World()
    viewers = [world.ask(f"/live/s/r/index.m3u8?_HLS_msn={n}") for n in range(SMALL.held_max + 1)]
    assert world.said == {viewers[-1]: 503}
    assert world.ask("/live/s/r/index.m3u8") not in world.said
    world.fail(min(world.fetches))
    assert world.ask("/live/s/r/index.m3u8?_HLS_msn=900") not in world.said


def test_a_503_reaches_every_joiner_and_is_forgotten() -> None:
    world = World()
    viewers = [world.ask("/live/s/r/index.m3u8?_HLS_msn=9") for _ in range(3)]
    world.serve(
        world.only, b"", (b"retry-after", b"1"), (b"cache-control", b"no-store"), status=503
    )
    assert all(world.replies[v][0].startswith(b"HTTP/1.1 503 ") for v in viewers)
    assert all(b"retry-after: 1\r\n" in world.replies[v][0] for v in viewers)
    world.ask("/live/s/r/index.m3u8?_HLS_msn=9")
    assert len(world.fetches) == 1


@pytest.mark.parametrize(
    ("trouble", "status"),
    [
        (Trouble.UNREACHABLE, 502),
        (Trouble.BROKEN, 502),
        (Trouble.BUSY, 503),
        (Trouble.TIMEOUT, 504),
    ],
)
def test_a_failed_fetch_is_an_error_for_every_joiner(trouble: Trouble, status: int) -> None:
    world = World()
    viewers = [world.ask("/a"), world.ask("/a")]
    world.fail(world.only, trouble)
    assert world.said == dict.fromkeys(viewers, status)


def test_a_body_cut_before_it_was_sent_is_an_error_and_is_not_kept() -> None:
    world = World()
    viewer = world.ask("/a")
    number = world.only
    world.answer(number, FRESH, length=90)
    world.perform(world.engine.data(number, b"half", 0))
    world.fail(number)
    assert world.said == {viewer: 502}
    assert len(world.engine.store) == 0


def test_a_body_cut_while_it_was_sent_cuts_the_viewers() -> None:
    world = World()
    viewers = (world.ask("/a"), world.ask("/a"))
    number = world.only
    world.answer(number, FRESH, length=500)
    world.perform(world.engine.data(number, bytes(200), 0))
    world.fail(number)
    assert world.others == [Abort(viewers)]
    assert len(world.engine.store) == 0


def test_a_reply_that_takes_time_is_streamed_to_early_and_late_joiners_alike() -> None:
    world = World()
    early = world.ask("/a")
    number = world.only
    world.answer(number, FRESH, length=6)
    world.perform(world.engine.data(number, b"abc", 0))
    assert world.engine.next_deadline() == SMALL.whole_s
    world.now = SMALL.whole_s
    world.perform(world.engine.tick(world.now))
    late = world.ask("/a")
    assert world.bodies == {early: b"abc", late: b"abc"}
    world.perform(world.engine.data(number, b"def", world.now))
    world.end(number)
    assert world.bodies == {early: b"abcdef", late: b"abcdef"}
    assert world.replies[world.ask("/a")][1] == b"abcdef"


def test_an_object_too_large_to_keep_passes_through_at_the_viewers_pace() -> None:
    world = World()
    viewer = world.ask("/a")
    number = world.only
    world.answer(number, FRESH)
    for _ in range(4):
        world.perform(world.engine.data(number, bytes(200), 0))
    (piece,) = world.engine.data(number, b"x", 0)
    assert piece == Piece((viewer,), (b"x",), number)
    world.ask("/a")
    assert len(world.fetches) == 2
    world.end(number)
    assert len(world.engine.store) == 0


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


def test_a_cookie_is_sent_only_for_what_the_parent_does_not_call_cacheable() -> None:
    world = World()
    world.ask("/a", "GET", (b"cookie", b"mine"))
    (fetch,) = world.fetches.values()
    assert b"cookie" not in fetch.fields
    world.answer(world.only, status=302)
    (fetch,) = world.fetches.values()
    assert b"cookie: mine\r\n" in fetch.fields


@pytest.mark.parametrize("name", [b"authorization", b"range"])
def test_a_viewer_known_by_name_is_asked_for_alone_and_its_reply_kept_from_others(
    name: bytes,
) -> None:
    world = World()
    world.ask("/a", "GET", (name, b"secret"))
    (fetch,) = world.fetches.values()
    assert name + b": secret\r\n" in fetch.fields
    world.serve(world.only, b"mine", FRESH)
    world.ask("/a")
    assert len(world.fetches) == 1


def test_a_404_of_a_page_is_remembered_a_moment_but_not_of_media_that_may_come() -> None:
    world = World()
    for target, again in (("/nothing", 0), ("/live/s/index.m3u8", 0), ("/live/s/r/p1.m4s", 1)):
        world.ask(target)
        world.serve(world.only, b"no", status=404)
        world.ask(target)
        assert len(world.fetches) == again


PLAYLIST = b'#EXTM3U\n#EXT-X-PRELOAD-HINT:TYPE=PART,URI="p8.m4s"\n'


def test_the_hinted_part_is_fetched_ahead_for_a_rendition_that_is_watched() -> None:
    world = World()
    world.ask("/live/s/r/p7.m4s")
    world.serve(world.only, b"part", FRESH)
    world.now = 2
    world.ask("/live/s/r/index.m3u8?_HLS_msn=1")
    world.serve(world.only, PLAYLIST, FRESH)
    assert [fetch.target for fetch in world.fetches.values()] == [b"/live/s/r/p8.m4s"]
    viewer = world.ask("/live/s/r/p8.m4s")
    world.serve(world.only, b"next", FRESH)
    assert world.replies[viewer][1] == b"next"


def test_who_joins_gets_the_live_edge_that_a_blocking_reload_has_told() -> None:
    world = World()
    path = "/live/s/r/index.m3u8"
    world.ask(path)
    world.serve(world.only, b"old", FRESH)
    world.ask(f"{path}?_HLS_msn=1&_HLS_part=2")
    world.now = 0.3
    assert world.engine.hit(path.encode(), b"", world.now)
    world.serve(world.only, b"told", FRESH)
    assert world.engine.hit(path.encode(), b"", world.now) is None
    viewer = world.ask(path)
    world.serve(world.only, b"newer", FRESH)
    assert world.replies[viewer][1] == b"newer"
    assert world.engine.hit(path.encode(), b"", world.now)


@pytest.mark.parametrize(
    ("reload", "status", "fields"),
    [
        ("/live/s/r/index.m3u8?_HLS_msn=9", 404, (FRESH,)),
        ("/live/s/r/index.m3u8?_HLS_msn=1", 200, (FRESH, (b"age", b"2"))),
        ("/live/s/q/index.m3u8?_HLS_msn=1", 200, (FRESH,)),
    ],
    ids=["refused", "older", "other rendition"],
)
def test_a_reload_that_tells_nothing_newer_leaves_the_stored_playlist(
    reload: str, status: int, fields: tuple[tuple[bytes, bytes], ...]
) -> None:
    world = World()
    world.ask("/live/s/r/index.m3u8")
    world.serve(world.only, b"known", FRESH)
    world.now = 1
    world.ask(reload)
    world.serve(world.only, b"reply", *fields, status=status)
    assert world.engine.hit(b"/live/s/r/index.m3u8", b"", world.now)


def test_nothing_is_fetched_ahead_for_a_rendition_without_viewers() -> None:
    world = World()
    world.ask("/live/s/r/index.m3u8")
    world.serve(world.only, PLAYLIST, FRESH)
    assert not world.fetches
    world.ask("/live/s/r/p7.m4s")
    world.serve(world.only, b"part", FRESH)
    world.now = SMALL.watched_s + 0.1
    world.ask("/live/s/r/index.m3u8?_HLS_msn=1")
    world.serve(world.only, PLAYLIST, FRESH)
    assert not world.fetches


def test_fetches_ahead_are_bounded() -> None:
    world = World()
    for rendition in "abcd":
        world.ask(f"/live/s/{rendition}/p7.m4s")
        world.serve(max(world.fetches), b"part", FRESH)
        world.ask(f"/live/s/{rendition}/index.m3u8")
        world.serve(max(world.fetches), PLAYLIST, FRESH)
    assert len(world.fetches) == SMALL.ahead_max


def test_a_fetch_that_nobody_waits_for_any_more_is_cancelled() -> None:
    world = World()
    first, second = world.ask("/a"), world.ask("/a")
    world.leave(first)
    assert world.fetches
    world.leave(second)
    assert not world.fetches


def test_methods_that_change_something_are_refused() -> None:
    world = World()
    assert world.said[world.ask("/a", "POST")] == 405
    assert world.said[world.ask("/live/s/index.m3u8", "OPTIONS")] == 204


def test_a_request_that_comes_round_is_ended() -> None:
    world = World()
    assert world.said[world.ask("/a", "GET", (b"cdn-loop", b"me"))] == 508


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


def test_interim_replies_go_to_those_who_wait_and_leave_the_final_one_to_come() -> None:
    world = World()
    viewer = world.ask("/a")
    early = ((b"link", b"</s.css>"), (b"connection", b"x"))
    assert world.engine.interim(world.only, 103, early) == [
        Inform((viewer,), 103, [(b"link", b"</s.css>")])
    ]
    assert world.engine.interim(world.only, 100, ()) == []
    world.serve(world.only, b"body", FRESH)
    assert world.replies[viewer][1] == b"body"


class Laws(RuleBasedStateMachine):
    """Viewers and parents do anything in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.answered: dict[int, tuple[float, float]] = {}
        """Open fetches: when their reply was made, and when it turns stale."""
        self.bodies: dict[int, bytes] = {}

    def number(self, data: st.DataObject, *, answered: bool) -> int | None:
        numbers = [n for n in self.world.fetches if (n in self.answered) == answered]
        return data.draw(st.sampled_from(numbers)) if numbers else None

    @rule(
        path=st.sampled_from(["/a", "/b?x", "/live/s/r/index.m3u8?_HLS_msn=1", "/live/s/r/p8.m4s"]),
        method=st.sampled_from(["GET", "GET", "GET", "HEAD"]),
        headers=st.sampled_from([(), (), (), ((b"cookie", b"x"),), ((b"range", b"bytes=0-1"),)]),
    )
    def ask(self, path: str, method: str, headers: tuple[tuple[bytes, bytes], ...]) -> None:
        self.world.ask(path, method, *headers)

    @rule(path=st.sampled_from([b"/a", b"/b?x", b"/live/s/r/p8.m4s"]))
    def take_the_fast_path(self, path: bytes) -> None:
        reply = self.world.engine.hit(path, b"", self.world.now)
        if reply is not None:
            self.check_body(b"".join(reply).partition(b"\r\n\r\n")[2])

    @rule(
        data=st.data(),
        lifetime=st.sampled_from([0, 1, 10]),
        status=st.sampled_from([200, 404, 503]),
    )
    def answer(self, data: st.DataObject, lifetime: int, status: int) -> None:
        number = self.number(data, answered=False)
        if number is not None:
            stale = (
                self.world.now + lifetime
                if lifetime
                else self.world.now + CacheSettings().missing_s
            )
            self.answered[number] = (self.world.now, stale)
            self.bodies[number] = b""
            control = (b"cache-control", b"max-age=%d" % lifetime if lifetime else b"x")
            self.world.answer(number, control, status=status)

    @rule(data=st.data(), size=st.integers(1, 300))
    def send(self, data: st.DataObject, size: int) -> None:
        number = self.number(data, answered=True)
        if number is not None:
            stale = int(self.answered[number][1] * 1000)
            piece = (b"%09d " % stale) * size
            self.bodies[number] += piece[: size * 10]
            self.world.perform(self.world.engine.data(number, piece, self.world.now))

    @rule(data=st.data())
    def finish(self, data: st.DataObject) -> None:
        number = self.number(data, answered=True)
        if number is not None:
            self.world.end(number)

    @rule(data=st.data(), answered=st.booleans())
    def fail(self, data: st.DataObject, answered: bool) -> None:
        number = self.number(data, answered=answered)
        if number is not None:
            self.world.fail(number)

    @precondition(lambda self: self.world.open)
    @rule(data=st.data())
    def leave(self, data: st.DataObject) -> None:
        self.world.leave(data.draw(st.sampled_from(sorted(self.world.open))))

    @rule(seconds=st.sampled_from([0.01, 0.06, 1.0, 5.0]))
    def wait(self, seconds: float) -> None:
        self.world.now += seconds
        deadline = self.world.engine.next_deadline()
        if deadline is not None and deadline <= self.world.now:
            self.world.perform(self.world.engine.tick(self.world.now))

    def check_body(self, body: bytes) -> None:
        """Each piece of a body says when it turns stale: nothing from memory is older than that."""
        if body:
            assert self.world.now * 1000 < int(body[:9]) + 1

    @invariant()
    def every_request_is_settled_once(self) -> None:
        assert all(times == 1 for times in self.world.settled.values())
        assert len(self.world.settled) + len(self.world.open) <= self.world.waiters

    @invariant()
    def every_open_request_waits_for_a_fetch(self) -> None:
        assert self.world.engine.waiting == len(self.world.open)
        assert not self.world.open or self.world.fetches

    @invariant()
    def one_shared_fetch_is_unanswered_for_each_object(self) -> None:
        shared = self.world.engine._shared_fields
        asked = Counter(
            fetch.target
            for number, fetch in self.world.fetches.items()
            if fetch.fields == shared and number not in self.answered
        )
        assert all(count == 1 for count in asked.values())

    @invariant()
    def memory_is_never_over_its_size(self) -> None:
        assert self.world.engine.store.memory.used_bytes <= SMALL.memory_bytes

    @invariant()
    def hits_are_fresh(self) -> None:
        for start, body in self.world.replies.values():
            if b"manycast; hit" in start:
                self.check_body(body)
        self.world.replies.clear()


TestLaws = Laws.TestCase
TestLaws.settings = hypothesis_settings(max_examples=60, stateful_step_count=40, deadline=None)
