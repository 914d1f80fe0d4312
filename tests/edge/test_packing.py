"""Copies as viewers see them, through the engine."""

import gc
import zlib
from dataclasses import dataclass, field

from tests.edge.world import World

from manycast.edge.commands import Command, Compress
from manycast.edge.engine import Engine
from manycast.edge.purge import Kind, Purge
from manycast.settings.compression import CompressionSettings
from manycast.settings.edge import EdgeSettings


TEXT = b"hello " * 1_000
FIELDS = (
    (b"cache-control", b"max-age=100"),
    (b"content-type", b"text/plain"),
    (b"etag", b'"a"'),
    (b"last-modified", b"Thu, 01 Jan 1970 00:00:00 GMT"),
)
GZIP = (b"accept-encoding", b"gzip")
ALL = (b"accept-encoding", b"zstd, br, gzip")


@dataclass
class Packed(World):
    engine: Engine = field(default_factory=lambda: Engine(EdgeSettings(), b"me"))
    orders: list[Compress] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.engine.compress(CompressionSettings(), (b"zstd", b"gzip"))

    def perform(self, commands: list[Command]) -> None:
        self.orders += [command for command in commands if isinstance(command, Compress)]
        super().perform([one for one in commands if not isinstance(one, Compress)])

    def pack(self, packed: bytes | None = None) -> None:
        for order in self.orders:
            body = zlib.compress(b"".join(order.body)) if packed is None else packed
            self.engine.packed(order.key, order.coding, body, 0.001)
        self.orders.clear()

    def stored(self, *fields: tuple[bytes, bytes]) -> None:
        self.ask("/a", "GET", ALL)
        self.serve(1, TEXT, *(fields or FIELDS))

    def got(self, *headers: tuple[bytes, bytes], method: str = "GET") -> tuple[bytes, bytes]:
        profile = self.engine.accepts(headers)
        fast = (
            None
            if profile is None or method != "GET"
            else self.engine.hit(b"/a", profile, self.now)
        )
        if fast is None:
            return self.replies[self.ask("/a", method, *headers)]
        start, _, body = b"".join(fast).partition(b"\r\n\r\n")
        return start + b"\r\n", body


def test_a_stored_text_is_compressed_once_and_then_served_so_on_the_fast_path() -> None:
    world = Packed()
    world.stored()
    assert world.got(ALL)[1] == TEXT
    assert world.got(ALL)[1] == TEXT
    assert [order.coding for order in world.orders] == [b"zstd"]
    world.pack()
    for _ in range(3):
        start, body = world.got(ALL)
        assert zlib.decompress(body) == TEXT
        assert b"content-encoding: zstd\r\n" in start
        assert b'etag: W/"a"\r\n' in start
        assert b"vary: accept-encoding\r\n" in start
        assert b"content-length: %d\r\n" % len(body) in start
    assert world.engine.hit(b"/a", b"zstd, br, gzip", 0) is not None
    assert not world.orders
    assert not world.fetches


def test_who_does_not_accept_it_gets_the_plain_bytes_and_their_strong_etag() -> None:
    world = Packed()
    world.stored()
    world.got(ALL)
    world.pack()
    for coding in (b"identity", b"br", b"zstd;q=0", b""):
        start, body = world.got((b"accept-encoding", coding))
        assert body == TEXT
        assert b"content-encoding" not in start
        assert b'etag: "a"\r\n' in start
        assert b"vary: accept-encoding\r\n" in start
    world.got(GZIP)
    world.pack()
    assert b"content-encoding: gzip" in world.got(GZIP)[0]
    assert b"content-encoding: zstd" in world.got(ALL)[0]


def test_conditions_and_ranges_never_mix_the_two() -> None:
    world = Packed()
    world.stored()
    world.got(ALL)
    world.pack()
    for etag in (b'"a"', b'W/"a"'):
        for coding in (ALL, (b"accept-encoding", b"identity")):
            assert world.got((b"if-none-match", etag), coding)[0].startswith(b"HTTP/1.1 304 ")
    some = (b"range", b"bytes=0-9")
    for date in (
        (),
        ((b"if-range", b"Thu, 01 Jan 1970 00:00:00 GMT"),),
        ((b"if-range", b'W/"a"'),),
    ):
        start, body = world.got(ALL, some, *date)
        assert start.startswith(b"HTTP/1.1 200 ")
        assert zlib.decompress(body) == TEXT
    start, body = world.got(some)
    assert start.startswith(b"HTTP/1.1 206 ")
    assert (body, b"content-encoding" in start) == (TEXT[:10], False)


def test_a_copy_goes_with_what_it_was_made_of() -> None:
    world = Packed()
    world.stored()
    world.got(ALL)
    world.pack()
    world.engine.purge(Purge(Kind.URL, b"/a", soft=False))
    waiter = world.ask("/a", "GET", ALL)
    assert waiter not in world.replies
    new = b"other " * 1_000
    world.serve(2, new, *FIELDS)
    assert world.got(ALL)[1] == new
    world.pack()
    assert zlib.decompress(world.got(ALL)[1]) == new


def test_a_renewed_reply_keeps_its_copy() -> None:
    world = Packed()
    world.stored()
    world.got(ALL)
    world.pack()
    world.now = 200.0
    waiter = world.ask("/a", "GET", ALL)
    world.answer(2, (b"etag", b'"a"'), (b"cache-control", b"max-age=100"), status=304)
    assert waiter in world.replies
    start, body = world.got(ALL)
    assert zlib.decompress(body) == TEXT
    assert b"age: 0\r\n" in start
    assert not world.orders


def test_what_is_not_worth_it_or_fails_stays_plain_and_is_not_tried_again() -> None:
    for packed in (TEXT, b""):
        world = Packed()
        world.stored()
        world.got(ALL)
        for order in world.orders:
            world.engine.packed(order.key, order.coding, packed or None, 0.001)
        world.orders.clear()
        for _ in range(3):
            assert world.got(ALL)[1] == TEXT
        assert not world.orders
        assert world.engine.hit(b"/a", b"zstd, br, gzip", 0) is not None


def test_what_the_origin_forbids_to_change_is_not_changed() -> None:
    for field_ in ((b"cache-control", b"max-age=100, no-transform"), (b"content-encoding", b"br")):
        world = Packed()
        world.stored(*FIELDS[1:], field_, FIELDS[0])
        start, body = world.got(ALL)
        assert (body, world.orders) == (TEXT, [])
        assert b"vary" not in start


def test_a_crowd_of_objects_waits_within_its_limit() -> None:
    world = Packed()
    limit = CompressionSettings().jobs_max
    for number in range(limit + 20):
        target = f"/{number}"
        world.ask(target, "GET", ALL)
        world.serve(number + 1, TEXT, *FIELDS)
        world.ask(target, "GET", ALL)
    assert len(world.orders) == limit


VARIED = (*FIELDS, (b"vary", b"x-kind"))


def test_a_copy_whose_reply_has_left_meanwhile_is_not_kept() -> None:
    world = Packed()
    for _ in range(2):
        world.ask("/a", "GET", ALL, (b"x-kind", b"a"))
        if world.fetches:
            world.serve(1, TEXT, *VARIED)
    world.ask("/a", "POST")
    world.serve(2, b"", status=204)
    world.pack()
    assert len(world.engine.store) == 0
    assert world.engine.packing.made == 0


def test_a_copy_does_not_hold_the_plain_bytes() -> None:
    world = Packed()
    world.stored()
    world.got(ALL)
    plain = world.engine.store.peek(b"/a")
    world.pack(b"small")
    copy = world.engine.store.peek(b"/a#czstd")
    assert plain is not None
    assert copy is not None
    assert not any(held is plain.body for held in gc.get_referents(copy))


def test_no_field_of_a_request_spells_the_key_of_a_copy() -> None:
    world = Packed()
    world.ask("/a", "GET", GZIP, (b"x-kind", b"a"))
    world.serve(1, TEXT, *VARIED)
    world.ask("/a", "GET", GZIP, (b"x-kind", b"a"))
    world.pack(b"packed")
    world.ask("/a", "GET", (b"x-kind", b"a#cgzip"))
    assert len(world.fetches) == 1
