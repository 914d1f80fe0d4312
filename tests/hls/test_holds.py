from hypothesis import given, strategies as st

from manycast.hls.holds import Advanced, Asked, Full, HintedPart, Holds, Left, Settled, TimedOut
from manycast.hls.reload import Now, Position, Reload, hold_s_max
from manycast.hls.rules import Rules


RULES = Rules()


def at(msn: int, parts: int, number: int = 50) -> Advanced:
    return Advanced(Position(msn, parts, parts_before=6, next_part=number))


def test_a_held_request_is_answered_when_its_part_is_listed() -> None:
    holds = Holds(RULES)
    holds.handle(at(10, 2), now=0)
    assert holds.handle(Asked(1, Reload(10, 2)), now=0) == []
    assert holds.handle(at(10, 3), now=0.3) == [Settled(1, Now())]
    assert holds.next_deadline() is None


def test_a_request_that_waited_too_long_is_told_so() -> None:
    holds = Holds(RULES)
    holds.handle(at(10, 2), now=0)
    holds.handle(Asked(1, Reload(10, 2)), now=5)
    holds.handle(Asked(2, HintedPart(50)), now=6)
    due = holds.next_deadline()
    assert due == 5 + hold_s_max(RULES)
    assert holds.handle_timer(now=due) == [Settled(1, TimedOut())]
    assert holds.statistics().held == 1


def test_who_asks_for_a_whole_segment_waits_longer_than_who_asked_later_for_a_part() -> None:
    holds = Holds(RULES)
    holds.handle(at(10, 0), now=0)
    holds.handle(Asked(1, Reload(10)), now=5)
    holds.handle(Asked(2, Reload(10, 0)), now=5.1)
    assert holds.next_deadline() == 5.1 + hold_s_max(RULES)
    assert holds.handle_timer(now=5.1 + hold_s_max(RULES)) == [Settled(2, TimedOut())]
    assert holds.next_deadline() == 5 + hold_s_max(RULES, whole=True)
    assert holds.handle_timer(now=5 + hold_s_max(RULES, whole=True)) == [Settled(1, TimedOut())]


def test_a_full_house_turns_requests_away() -> None:
    holds = Holds(RULES, held_max=1)
    holds.handle(Asked(1, Reload()), now=0)
    assert holds.handle(Asked(2, Reload()), now=0) == [Settled(2, Full())]


def test_a_client_that_left_is_forgotten() -> None:
    holds = Holds(RULES)
    holds.handle(Asked(1, Reload()), now=0)
    assert holds.handle(Left(1), now=0) == []
    assert holds.handle(at(10, 2), now=1) == []
    assert holds.statistics().left == 1


steps = st.lists(
    st.one_of(
        st.tuples(st.just("ask"), st.integers(-2, 3), st.integers(0, 12)),
        st.tuples(st.just("part"), st.booleans(), st.just(0)),
        st.tuples(st.just("hint"), st.integers(-1, 1), st.just(0)),
        st.tuples(st.just("wait"), st.integers(0, 20), st.just(0)),
    ),
    max_size=60,
)


class Origin:
    """A live edge that moves, and what it owes to every request."""

    def __init__(self) -> None:
        self.holds = Holds(RULES)
        self.edge = Position(10, 1, 3, 50)
        self.now = 0.0
        self.lengths: dict[int, int] = {}
        self.asked: dict[int, Reload | HintedPart] = {}
        self.settled: dict[int, Settled] = {}
        self.note(self.holds.handle(Advanced(self.edge), now=0))

    def note(self, settled: list[Settled]) -> None:
        for one in settled:
            assert one.request not in self.settled, "settled twice"
            self.settled[one.request] = one
            if isinstance(one.outcome, Now):
                assert self.exists(self.asked[one.request]), "settled before its part exists"

    def exists(self, wanted: Reload | HintedPart) -> bool:
        edge = self.edge
        if isinstance(wanted, HintedPart):
            return wanted.number < edge.next_part
        if edge.ended or wanted.msn is None:
            return True
        if wanted.part is None:
            return wanted.msn < edge.msn
        msn, part = wanted.msn, wanted.part
        if msn in self.lengths and part >= self.lengths[msn]:
            msn, part = msn + 1, 0
        return msn < edge.msn or (msn == edge.msn and part < edge.parts)

    def ask(self, wanted: Reload | HintedPart) -> None:
        request = len(self.asked)
        self.asked[request] = wanted
        self.note(self.holds.handle(Asked(request, wanted), now=self.now))

    def move(self, edge: Position) -> None:
        if edge.msn > self.edge.msn:
            self.lengths[self.edge.msn] = edge.parts_before
        self.edge = edge
        self.note(self.holds.handle(Advanced(edge), now=self.now))

    def wait(self, tenths: int) -> None:
        self.now += tenths / 10
        while (due := self.holds.next_deadline()) is not None and due <= self.now:
            self.note(self.holds.handle_timer(now=self.now))


@given(steps)
def test_every_request_is_settled_once_never_early_and_never_lost(
    script: list[tuple[str, int, int]],
) -> None:
    origin = Origin()
    for what, amount, part in script:
        edge = origin.edge
        match what:
            case "ask":
                origin.ask(Reload(edge.msn + amount, None if part == 12 else part))
            case "hint":
                origin.ask(HintedPart(edge.next_part + amount))
            case "wait":
                origin.wait(amount)
            case "part" if amount:
                origin.move(Position(edge.msn + 1, 0, edge.parts + 1, edge.next_part + 1))
            case "part":
                origin.move(
                    Position(edge.msn, edge.parts + 1, edge.parts_before, edge.next_part + 1)
                )
        assert len(origin.settled) + origin.holds.statistics().held == len(origin.asked)
    edge = origin.edge
    origin.move(Position(edge.msn, edge.parts, edge.parts_before, edge.next_part, ended=True))
    assert origin.settled.keys() == origin.asked.keys()
    assert origin.holds.statistics().held == 0
