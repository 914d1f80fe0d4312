"""Laws of the engine, whatever viewers and parents do."""

from collections import Counter

from hypothesis import settings as hypothesis_settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from tests.edge.world import SMALL, World

from manycast.settings.cache import CacheSettings


PROFILE = b"identity"


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
        reply = self.world.engine.hit(path, PROFILE, self.world.now)
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
        flights = self.world.engine._flights.by_number
        asked = Counter(
            flights[number].key
            for number in self.world.fetches
            if number not in self.answered and not flights[number].alone
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
