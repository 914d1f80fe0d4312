"""What the engine promises whatever viewers, origin and time do: judged against a model origin."""

from collections import Counter

from hypothesis import settings as hypothesis_settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from tests.edge.site import PATHS, Site
from tests.edge.world import SMALL

from manycast.edge.purge import Kind, Purge
from manycast.std.http1 import Headers


HEADERS = st.one_of(
    st.just(()),
    st.sampled_from([b"en", b"de", b"fr", b"it"]).map(lambda v: ((b"accept-language", v),)),
    st.sampled_from([b"ann", b"bob"]).map(lambda v: ((b"cookie", v),)),
    st.sampled_from([b"ann", b"bob"]).map(
        lambda v: ((b"authorization", v), (b"cookie", v), (b"accept-language", b"en"))
    ),
    st.integers(0, 3).map(lambda n: ((b"if-none-match", b'"%d"' % n),)),
    st.tuples(st.integers(0, 60), st.integers(0, 400)).map(
        lambda pair: ((b"range", b"bytes=%d-%d" % (pair[0], sum(pair))),)
    ),
    st.integers(1, 50).map(lambda n: ((b"range", b"bytes=-%d" % n),)),
    st.just(((b"range", b"bytes=0-3,20-40,-5"),)),
    st.integers(0, 2).map(lambda n: ((b"range", b"bytes=2-9"), (b"if-range", b'"%d"' % n))),
)


class Promises(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.site = Site()
        self.paths: list[str] = PATHS

    @initialize(paths=st.lists(st.sampled_from(PATHS), min_size=1, max_size=2))
    def stay_with(self, paths: list[str]) -> None:
        """A few objects each time, so that much happens to the same ones."""
        self.paths = paths

    @rule(
        path=st.runner().flatmap(lambda self: st.sampled_from(self.paths)),
        headers=HEADERS,
        head=st.sampled_from([False] * 5 + [True]),
    )
    def want(self, path: str, headers: Headers, head: bool) -> None:
        if head or not self.site.short(path, headers):
            self.site.want(path, "HEAD" if head else "GET", headers)

    @rule(
        path=st.runner().flatmap(lambda self: st.sampled_from(self.paths)),
        headers=HEADERS,
        count=st.integers(2, 5),
    )
    def herd(self, path: str, headers: Headers, count: int) -> None:
        for _ in range(count):
            self.want(path, headers, head=False)

    @rule(data=st.data(), error=st.sampled_from([False] * 5 + [True]))
    def head(self, data: st.DataObject, error: bool) -> None:
        numbers = [number for number in self.site.fetches if number not in self.site.served]
        if numbers:
            self.site.head(data.draw(st.sampled_from(numbers)), error=error)

    @rule(data=st.data(), size=st.sampled_from([7, 40, 10_000]))
    def send(self, data: st.DataObject, size: int) -> None:
        if self.site.served:
            self.site.send(data.draw(st.sampled_from(sorted(self.site.served))), size)

    @rule(data=st.data())
    def fail(self, data: st.DataObject) -> None:
        if self.site.fetches:
            self.site.fail(data.draw(st.sampled_from(sorted(self.site.fetches))))
            self.site._forget()

    @rule(path=st.runner().flatmap(lambda self: st.sampled_from(self.paths)))
    def change(self, path: str) -> None:
        self.site.change(path)

    @rule(path=st.runner().flatmap(lambda self: st.sampled_from(self.paths)))
    def put(self, path: str) -> None:
        self.site.want(path, "PUT", ())

    @rule(path=st.runner().flatmap(lambda self: st.sampled_from(self.paths)), soft=st.booleans())
    def purge(self, path: str, soft: bool) -> None:
        self.site.change(path)
        self.site.engine.purge(Purge(Kind.URL, path.encode(), soft=soft))
        if not soft:
            self.site.least[path] = self.site.versions[path]

    @rule(data=st.data())
    def leave(self, data: st.DataObject) -> None:
        if self.site.open:
            self.site.leave(data.draw(st.sampled_from(sorted(self.site.open))))
            self.site._forget()

    @rule(pieces=st.booleans())
    def serve(self, pieces: bool) -> None:
        """The origin answers all that it was asked, and all that this makes others ask."""
        site = self.site
        for _ in range(1_000):
            site.pull()
            for number in list(site.fetches):
                if number in site.served:
                    site.send(number, 60 if pieces else 10_000)
                elif number in site.fetches:
                    site.head(number)
            if not (site.fetches or site.pulled):
                break

    @rule()
    def pull(self) -> None:
        self.site.pull()

    @rule(seconds=st.sampled_from([0.01, 0.06, 3.0, 11.0]))
    def wait(self, seconds: float) -> None:
        self.site.now += seconds
        deadline = self.site.engine.next_deadline()
        if deadline is not None and deadline <= self.site.now:
            self.site.perform(self.site.engine.tick(self.site.now))

    @invariant()
    def every_reply_is_one_that_the_rules_allow(self) -> None:
        self.site.judge()

    @invariant()
    def every_request_is_settled_once_and_counted_once(self) -> None:
        site, counters = self.site, self.site.engine.counters
        assert all(times == 1 for times in site.settled.values())
        sorts = (counters.hits, counters.joins, counters.forwards, counters.refusals)
        assert sum(sorts) == counters.requests == site.waiters
        assert site.engine.waiting == len(site.open)

    @invariant()
    def no_two_fetches_that_could_be_joined_are_for_the_same(self) -> None:
        flights = self.site.engine._flights.by_number.values()
        keys = Counter(
            flight.key
            for flight in flights
            if flight.joinable(self.site.now) and self.site.engine._departures.stands(flight)
        )
        assert all(count == 1 for count in keys.values())

    @invariant()
    def memory_is_never_over_its_size(self) -> None:
        assert self.site.engine.store.memory.used_bytes <= 12_000

    def teardown(self) -> None:
        site = self.site
        self.serve(pieces=False)
        site.now += SMALL.whole_s
        site.judge()
        engine = site.engine
        assert not site.open, "a request that was never answered"
        flights = engine._flights
        left = (flights.by_number, flights.by_key, flights.waiting, flights.gathering)
        assert left == ({}, {}, {}, {})
        assert flights._by_url == {}
        assert engine._slices.assemblies == {}
        assert flights.held == flights.ahead == 0


TestPromises = Promises.TestCase
TestPromises.settings = hypothesis_settings(max_examples=100, stateful_step_count=50, deadline=None)
