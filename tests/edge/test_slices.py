"""Ranges of what is not here: driven through the engine against an origin made of bytes."""

from dataclasses import replace

import pytest
from hypothesis import given, strategies as st
from tests.edge.world import SMALL, World

from manycast.cache import ranges
from manycast.edge.commands import Abort, Waiter
from manycast.edge.engine import Engine
from manycast.edge.purge import Kind, Purge
from manycast.settings.cache import CacheSettings


RULES = CacheSettings(slice_bytes=10)
ROOMY = replace(SMALL, memory_bytes=1_000_000)
BODY = bytes(range(ord("a"), ord("z") + 1)) * 2
"""52 bytes: five slices and a bit."""


class Film(World):
    """An origin with one object."""

    body = BODY
    tag = b'"v1"'
    control = b"max-age=100"

    def __init__(self) -> None:
        super().__init__(Engine(ROOMY, b"edge", rules=RULES))
        self.asked: list[bytes] = []
        self.sent = 0

    def serve_all(self) -> None:
        """Answer until nobody waits for a parent or for room."""
        while self.fetches or self.pulled:
            for number in list(self.fetches):
                self.serve_one(number)
            self.pull()

    def serve_one(self, number: int) -> None:
        fields = self.fetches[number].fields
        lines = dict(line.split(b": ", 1) for line in fields.split(b"\r\n") if line)
        self.asked.append(lines.get(b"range", b""))
        own = ((b"cache-control", self.control), (b"etag", self.tag))
        if lines.get(b"if-none-match") == self.tag:
            self.serve(number, b"", *own, status=304)
            return
        found = ranges.wanted(((b"range", lines.get(b"range", b"")),), RULES)
        spans = None if found is None else ranges.satisfiable(found, len(self.body))
        if spans is None:
            self.sent += len(self.body)
            self.serve(number, self.body, *own)
        elif not spans:
            told = (b"content-range", ranges.told(None, len(self.body)))
            self.serve(number, b"", *own, told, status=416)
        else:
            told = (b"content-range", ranges.told(spans[0], len(self.body)))
            piece = self.body[spans[0].first : spans[0].end]
            self.sent += len(piece)
            self.serve(number, piece, *own, told, status=206)

    def want(self, value: bytes, *more: tuple[bytes, bytes]) -> int:
        return self.ask("/film", "GET", (b"range", value), *more)

    def got(self, waiter: Waiter) -> bytes:
        return self.replies[waiter][1] if waiter in self.replies else self.bodies[waiter]


def test_one_byte_of_a_cold_object_pulls_one_slice_and_keeps_it() -> None:
    world = Film()
    viewer = world.want(b"bytes=0-0")
    world.serve_all()
    assert world.got(viewer) == b"a"
    assert (world.asked, world.sent) == ([b"bytes=0-9"], 10)
    start, body = world.replies[world.want(b"bytes=2-8")]
    assert body == BODY[2:9]
    assert b"manycast; hit" in start
    assert b"content-range: bytes 2-8/52\r\n" in start
    assert world.sent == 10


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=1, max_size=5))
def test_the_bytes_of_every_range_are_those_of_the_object(pairs: list[tuple[int, int]]) -> None:
    world = Film()
    for first, last in pairs:
        viewer = world.want(b"bytes=%d-%d" % (first, last))
        world.serve_all()
        if last < first:
            assert world.got(viewer) == BODY
        elif first < len(BODY):
            assert world.got(viewer) == BODY[first : last + 1]
        else:
            assert world.replies[viewer][0].startswith(b"HTTP/1.1 416 ")
    assert not world.engine.waiting
    assert not world.engine._flights.by_number


@given(st.integers(1, 70))
def test_the_last_bytes_cost_a_slice_when_nobody_knows_how_many_there_are(size: int) -> None:
    world = Film()
    viewer = world.want(b"bytes=-%d" % size)
    world.serve_all()
    assert world.got(viewer) == BODY[-size:]
    assert world.asked[0] == b"bytes=-10"
    again = world.want(b"bytes=-1")
    assert world.got(again) == BODY[-1:]


def test_viewers_of_one_slice_share_its_fetch() -> None:
    world = Film()
    viewers = [world.want(b"bytes=%d-%d" % (n, n)) for n in range(4)]
    assert len(world.fetches) == 1
    world.serve_all()
    assert [world.got(viewer) for viewer in viewers] == [b"a", b"b", b"c", b"d"]
    assert world.engine.counters.joins == 3


def test_a_long_range_goes_no_faster_than_its_viewer() -> None:
    world = Film()
    viewer = world.want(b"bytes=5-")
    world.serve_one(world.only)
    assert world.bodies[viewer] == BODY[5:10]
    assert not world.fetches
    world.pull()
    assert len(world.fetches) == 1
    world.serve_all()
    assert world.bodies[viewer] == BODY[5:]
    assert world.heads[viewer].length == len(BODY) - 5


def test_several_ranges_come_out_of_the_slices_that_they_need() -> None:
    world = Film()
    viewer = world.want(b"bytes=0-1,45-46")
    world.serve_all()
    assert world.asked == [b"bytes=0-9", b"bytes=40-49"]
    body = world.got(viewer)
    assert len(body) == world.heads[viewer].length
    for piece in (b"bytes 0-1/52\r\n\r\nab\r\n--", b"bytes 45-46/52\r\n\r\ntu\r\n--edge--\r\n"):
        assert piece in body


def test_bytes_of_two_versions_never_meet() -> None:
    world = Film()
    viewer = world.want(b"bytes=5-25")
    world.serve_one(world.only)
    world.tag, world.body = b'"v2"', BODY.upper()
    world.pull()
    world.serve_one(world.only)
    assert world.others == [Abort((viewer,))]
    assert world.got(world.want(b"bytes=12-13")) == BODY.upper()[12:14]
    other = world.want(b"bytes=0-1")
    world.serve_all()
    assert world.got(other) == BODY.upper()[:2]


@pytest.mark.parametrize("tag", [b'W/"v1"', b""])
def test_without_a_strong_validator_each_viewer_is_given_its_own_reply(tag: bytes) -> None:
    world = Film()
    world.tag = tag
    viewers = [world.want(b"bytes=5-25"), world.want(b"bytes=6-7")]
    world.serve_all()
    assert [world.got(viewer) for viewer in viewers] == [BODY[5:26], BODY[6:8]]
    assert len(world.engine.store) == 0
    world.want(b"bytes=1-2")
    assert b"range: bytes=1-2\r\n" in world.fetches[world.only].fields


def test_an_origin_without_ranges_gives_the_whole_which_then_has_them() -> None:
    world = Film()
    viewer = world.want(b"bytes=3-4")
    number = world.only
    own = ((b"cache-control", b"max-age=9"), (b"etag", b'"v1"'))
    world.serve(number, BODY, *own)
    assert world.got(viewer) == BODY[3:5]
    assert world.got(world.want(b"bytes=-3")) == BODY[-3:]
    assert world.got(world.ask("/film")) == BODY


def test_a_stale_outline_is_renewed_by_the_next_slice_that_is_asked_for() -> None:
    world = Film()
    world.want(b"bytes=0-0")
    world.serve_all()
    world.now = 200
    viewer = world.want(b"bytes=1-2")
    assert b'if-none-match: "v1"' in world.fetches[world.only].fields
    world.serve_all()
    assert world.got(viewer) == b"bc"
    assert world.sent == 10
    far = world.want(b"bytes=30-31")
    world.serve_all()
    assert world.got(far) == BODY[30:32]


def test_if_range_of_another_version_gets_the_whole() -> None:
    world = Film()
    viewer = world.want(b"bytes=0-1", (b"if-range", b'"v0"'))
    world.serve_all()
    assert world.got(viewer) == BODY
    assert world.got(world.want(b"bytes=0-1", (b"if-range", b'"v1"'))) == b"ab"


def test_slices_fetched_before_a_purge_are_gone_after_it() -> None:
    world = Film()
    world.want(b"bytes=0-0")
    world.serve_all()
    under_way = world.want(b"bytes=10-10")
    world.engine.purge(Purge(Kind.URL, b"/film", soft=False))
    world.serve_all()
    assert world.got(under_way) == b"k"
    world.want(b"bytes=0-0")
    world.want(b"bytes=10-10")
    assert len(world.fetches) == 2


def test_a_viewer_that_leaves_takes_nothing_along() -> None:
    world = Film()
    viewer = world.want(b"bytes=0-30")
    world.leave(viewer)
    assert not world.fetches
    viewer = world.want(b"bytes=0-30")
    world.serve_one(world.only)
    world.leave(viewer)
    world.pull()
    assert not world.engine.waiting
    assert not world.fetches


def test_a_viewer_known_by_name_gets_no_slices_of_others_unless_they_are_for_all() -> None:
    for control, fetched in ((b"max-age=100", 1), (b"max-age=100, public", 0)):
        world = Film()
        world.control = control
        world.want(b"bytes=0-3")
        world.serve_all()
        world.want(b"bytes=0-3", (b"authorization", b"me"))
        assert len(world.fetches) == fetched


def test_a_viewer_known_by_name_waits_for_nobody_elses_slice() -> None:
    world = Film()
    world.want(b"bytes=0-3")
    world.want(b"bytes=0-3", (b"authorization", b"me"))
    fields = [b"authorization: me" in fetch.fields for fetch in world.fetches.values()]
    assert fields == [False, True]
