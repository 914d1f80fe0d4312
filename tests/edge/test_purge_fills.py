"""Purges that race with fetches, driven through the engine."""

from hypothesis import given, strategies as st

from manycast.edge.commands import Answered, Ask, Begin, Command, Fetch, Piece, Reply
from manycast.edge.engine import Engine
from manycast.edge.purge import Kind, Purge
from manycast.settings.edge import EdgeSettings


PATHS = ("/a", "/b")
TAGS = {"/a": b"red", "/b": b"green"}


class Site:
    """An origin whose pages say which edition they are; a fetch takes the edition of its start."""

    def __init__(self) -> None:
        self.engine = Engine(EdgeSettings(), b"me")
        self.now = 0.0
        self.edition = 0
        self.asked: dict[int, str] = {}
        self.least: dict[int, int] = {}
        """Edition that each request may expect at least."""
        self.purged = dict.fromkeys(PATHS, 0)
        self.flights: dict[int, tuple[str, int]] = {}
        self.got: dict[object, bytes] = {}

    def ask(self, path: str) -> None:
        waiter = len(self.asked)
        self.asked[waiter] = path
        self.least[waiter] = self.purged[path]
        pieces = self.engine.hit(path.encode(), b"identity", self.now)
        if pieces is None:
            ask = Ask("GET", path.encode(), path, "", ())
            self.perform(self.engine.request(waiter, ask, self.now))
        else:
            self.got[waiter] = b"".join(pieces).rpartition(b"\r\n\r\n")[2]

    def purge(self, purge: Purge) -> None:
        """The page is published anew, and then purged."""
        self.edition += 1
        for path in PATHS:
            if purge.value in {path.encode(), b"/", TAGS[path]}:
                self.purged[path] = self.edition
        self.engine.purge(purge)

    def settle(self, number: int, *, begun: bool) -> None:
        path, edition = self.flights[number]
        body = b"%d" % edition
        fields = ((b"cache-control", b"max-age=9"), (b"surrogate-key", TAGS[path]))
        if begun:
            answered = Answered(200, fields, len(body), framed=True)
            self.perform(self.engine.answered(number, answered, self.now))
        else:
            del self.flights[number]
            self.perform(self.engine.data(number, body, self.now))
            self.perform(self.engine.ended(number, self.now))

    def perform(self, commands: list[Command]) -> None:
        for command in commands:
            match command:
                case Fetch():
                    path = command.target.decode()
                    self.flights[command.number] = (path, self.edition)
                case Reply():
                    for waiter in command.waiters:
                        self.got[waiter] = b"".join(command.body)
                case Begin():
                    self.got[command.waiter] = b""
                case Piece():
                    for waiter in command.waiters:
                        self.got[waiter] += b"".join(command.pieces)


PURGES = st.sampled_from(
    [
        Purge(Kind.URL, b"/a", soft=False), Purge(Kind.PREFIX, b"/", soft=True),
        Purge(Kind.TAG, b"red", soft=False), Purge(Kind.TAG, b"green", soft=True),
    ]
)  # fmt: skip
STEPS = st.one_of(st.sampled_from(PATHS), PURGES, st.integers(0, 5))


@given(st.lists(STEPS, max_size=30))
def test_who_asks_after_a_purge_never_gets_what_was_fetched_before_it(
    steps: list[str | Purge | int],
) -> None:
    site = Site()
    begun: set[int] = set()
    for step in steps:
        match step:
            case str():
                site.ask(step)
            case Purge():
                site.purge(step)
            case number if number in site.flights:
                site.settle(number, begun=number not in begun)
                begun.add(number)
    for number in list(site.flights):
        if number not in begun:
            site.settle(number, begun=True)
        site.settle(number, begun=False)
    assert site.got.keys() == site.asked.keys()
    assert all(int(site.got[waiter]) >= least for waiter, least in site.least.items())


def test_what_no_purge_covers_stays_in_memory() -> None:
    site = Site()
    site.ask("/b")
    site.settle(1, begun=True)
    site.settle(1, begun=False)
    site.purge(Purge(Kind.TAG, b"red", soft=False))
    site.ask("/b")
    site.ask("/b")
    assert site.engine.counters.hits == 2
    assert not site.flights
