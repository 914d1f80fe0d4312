"""Viewers of an endless stream, with a decoder's eye: whole boxes, and no gap but before a mark."""

from collections import Counter

from hypothesis import settings as hypothesis_settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from manycast.edge.commands import Abort, Cancel, Command, End, Piece, Waiter
from manycast.edge.fanout import FanOut
from manycast.settings.edge import EdgeSettings


LIMITS = EdgeSettings(
    stream_backlog_bytes=100,
    stream_hopeless_s=10,
    stream_kept_bytes_max=400,
    stream_box_bytes_max=300,
    stream_idle_s=5,
)


def box(kind: bytes, payload: bytes = b"") -> bytes:
    return (8 + len(payload)).to_bytes(4, "big") + kind + payload


INIT = box(b"ftyp", b"f") + box(b"moov", b"m")


def fragment(n: int, *, mark: bool) -> bytes:
    start = box(b"styp") if mark else b""
    return start + box(b"moof", b"%04d" % n) + box(b"mdat", b"%04d" % n)


class Viewers:
    def __init__(self) -> None:
        self.fan = FanOut(1, (), LIMITS, 0.0)
        self.got: dict[Waiter, bytes] = {}
        self.backlogs: Counter[Waiter] = Counter()
        self.cut: set[Waiter] = set()
        self.ended: set[Waiter] = set()
        self.cancelled = False

    def join(self, waiter: Waiter) -> None:
        self.got[waiter] = b""
        self.perform(self.fan.join(waiter))

    def send(self, data: bytes, now: float = 0.0) -> None:
        self.perform(self.fan.data(data, now, lambda waiter: self.backlogs[waiter]))

    def perform(self, commands: list[Command]) -> None:
        for command in commands:
            match command:
                case Piece(waiters=waiters, pieces=pieces):
                    for waiter in waiters:
                        self.got[waiter] += b"".join(pieces)
                case Abort(waiters=waiters):
                    self.cut |= set(waiters)
                case End(waiters=waiters):
                    self.ended |= set(waiters)
                case Cancel():
                    self.cancelled = True
                case _:
                    raise AssertionError(command)


def test_a_late_joiner_begins_at_the_last_mark() -> None:
    viewers = Viewers()
    viewers.join("early")
    stream = [INIT, *(fragment(n, mark=n in {0, 2}) for n in range(4))]
    for data in stream:
        viewers.send(data)
    viewers.join("late")
    viewers.send(fragment(4, mark=False))
    assert viewers.got["early"] == b"".join(stream) + fragment(4, mark=False)
    since = fragment(2, mark=True) + fragment(3, mark=False) + fragment(4, mark=False)
    assert viewers.got["late"] == INIT + since


def test_a_joiner_waits_for_a_mark_when_too_much_would_have_to_be_kept() -> None:
    viewers = Viewers()
    viewers.send(INIT + fragment(0, mark=True) + box(b"mdat", bytes(250)) * 2)
    viewers.join("late")
    assert viewers.got["late"] == b""
    viewers.send(fragment(1, mark=False) + fragment(2, mark=True))
    assert viewers.got["late"] == INIT + fragment(2, mark=True)


def test_a_slow_viewer_skips_whole_fragments_to_the_next_mark_it_can_take() -> None:
    viewers = Viewers()
    viewers.join("slow")
    viewers.send(INIT + fragment(0, mark=True))
    viewers.backlogs["slow"] = 101
    viewers.send(fragment(1, mark=False) + fragment(2, mark=True))
    viewers.backlogs["slow"] = 49
    viewers.send(fragment(3, mark=False))
    viewers.send(fragment(4, mark=True))
    assert viewers.got["slow"] == INIT + fragment(0, mark=True) + fragment(4, mark=True)


def test_a_frame_that_was_begun_is_finished_before_a_viewer_skips() -> None:
    viewers = Viewers()
    viewers.join("slow")
    viewers.send(INIT + fragment(0, mark=True))
    whole = fragment(1, mark=False)
    viewers.send(whole[:12])
    viewers.backlogs["slow"] = 1_000
    viewers.send(whole[12:])
    viewers.send(fragment(2, mark=False))
    assert viewers.got["slow"] == INIT + fragment(0, mark=True) + whole


def test_a_hopeless_viewer_is_cut() -> None:
    viewers = Viewers()
    viewers.join("slow")
    viewers.backlogs["slow"] = 1_000
    viewers.send(INIT + fragment(0, mark=True))
    for second in range(1, 13):
        viewers.send(fragment(second, mark=True), second)
    assert viewers.cut == {"slow"}
    assert viewers.fan.viewers == 0


def test_the_end_of_the_source_ends_every_viewer_and_its_failure_cuts_them() -> None:
    one, other = Viewers(), Viewers()
    one.join("a")
    one.perform(one.fan.ended())
    other.join("a")
    other.perform(other.fan.failed())
    assert (one.ended, other.cut) == ({"a"}, {"a"})


def test_a_source_that_is_no_media_is_given_up() -> None:
    for rubbish in (b"not boxes at all, really", box(b"free", bytes(200)) * 2):
        viewers = Viewers()
        viewers.join("a")
        viewers.send(rubbish)
        assert viewers.cancelled
        assert viewers.cut == {"a"}


def test_a_stream_without_viewers_is_given_up_after_a_while() -> None:
    viewers = Viewers()
    viewers.join("a")
    assert viewers.fan.next_deadline() is None
    viewers.fan.left("a", 7.0)
    assert viewers.fan.next_deadline() == 12.0
    assert viewers.fan.tick(11.9) == []
    assert viewers.fan.tick(12.0) == [Cancel(1)]


class Laws(RuleBasedStateMachine):
    """A source cut anywhere, viewers coming, slowing down and going."""

    def __init__(self) -> None:
        super().__init__()
        self.viewers = Viewers()
        self.pending = INIT
        self.n = 0
        self.now = 0.0
        self.joined = 0

    @rule(mark=st.booleans(), cut=st.integers(0, 60), seconds=st.sampled_from([0.0, 0.1, 6.0]))
    def produce(self, mark: bool, cut: int, seconds: float) -> None:
        self.now += seconds
        self.pending += fragment(self.n, mark=mark or self.n == 0)
        self.n += 1
        at = max(0, len(self.pending) - cut)
        self.viewers.send(self.pending[:at], self.now)
        self.pending = self.pending[at:]

    @rule()
    def join(self) -> None:
        self.joined += 1
        self.viewers.join(self.joined)

    @rule(data=st.data(), size=st.sampled_from([0, 60, 200]))
    def change_pace(self, data: st.DataObject, size: int) -> None:
        if self.joined:
            self.viewers.backlogs[data.draw(st.integers(1, self.joined))] = size

    @invariant()
    def every_viewer_can_decode_what_it_got(self) -> None:
        for got in self.viewers.got.values():
            check_decodable(got)


def check_decodable(got: bytes) -> None:
    """Initialisation, then a mark; numbers go up, by more than one only behind a mark."""
    if not got:
        return
    assert got.startswith(INIT)
    rest, last, marked = got[len(INIT) :], -1, False
    while rest:
        size = int.from_bytes(rest[:4], "big")
        kind, payload, rest = rest[4:8], rest[8:size], rest[size:]
        if kind == b"styp":
            marked = True
        elif kind == b"moof":
            assert marked or int(payload) == last + 1
            last, marked = int(payload), False
        else:
            assert int(payload) == last


TestLaws = Laws.TestCase
TestLaws.settings = hypothesis_settings(max_examples=60, stateful_step_count=40, deadline=None)
