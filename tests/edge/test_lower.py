import re
from dataclasses import dataclass, field, replace

from hypothesis import given, settings, strategies as st
from tests.edge.world import SMALL, World

from manycast.cache.policies.lru import Lru
from manycast.edge.commands import Command, LookUp, Recall, SendFile
from manycast.edge.engine import Engine
from manycast.edge.layers import Drop, Layers, Loaded, Place, Save, Share, Spool
from manycast.edge.lower import Lower
from manycast.edge.purge import Kind, Purge
from manycast.settings.disk import DiskSettings


DISK = DiskSettings(seen_min=1, load_bytes_max=100, fresh_s_min=0.0)
FRESH = (b"cache-control", b"max-age=1000")
TINY = replace(SMALL, memory_bytes=2_000)


@dataclass
class Floors(World):
    """A world with a disk in a dict, which may lose what is on it, and a layer that nodes share."""

    engine: Engine = field(default_factory=lambda: Engine(TINY, b"me"))
    disk: Layers = field(default_factory=lambda: Layers(DISK, Lru(100_000)))
    files: dict[int, Loaded] = field(default_factory=dict)
    spools: dict[int, Spool] = field(default_factory=dict)
    shares: dict[bytes, Loaded] = field(default_factory=dict)
    recalls: list[Recall | LookUp] = field(default_factory=list)
    sent: list[SendFile] = field(default_factory=list)
    lost: bool = False

    def __post_init__(self) -> None:
        self.disk.opened(1)

    def perform(self, commands: list[Command]) -> None:
        for command in commands:
            match command:
                case Recall() | LookUp():
                    self.recalls.append(command)
                case SendFile():
                    self.send(command)
                case _:
                    super().perform([command])
        for order in self.engine.lower.take_orders():
            match order:
                case Save():
                    body = b"".join(order.body)
                    self.files[order.number] = Loaded(
                        order.head, order.born, order.expires, len(body), body
                    )
                    self.disk.saved(order.number)
                case Spool():
                    self.spools[order.fetch] = order
                case Drop(numbers=numbers):
                    for number in numbers:
                        self.files.pop(number, None)
                case Share(times=(born, expires)):
                    body = b"".join(order.body)
                    self.shares[order.key] = Loaded(order.head, born, expires, len(body), body)

    def send(self, command: SendFile) -> None:
        found = self.files.get(command.place.number)
        if found is None or self.lost:
            self.take_away(command.place)
            self.perform(
                self.engine.unsent(command.waiter, command.ask, command.place.key, self.now)
            )
            return
        self.settle(command.waiter)
        body = found.body[command.at : command.at + command.size]
        self.replies[command.waiter] = (command.start, body)
        self.sent.append(command)

    def take_away(self, place: Place) -> None:
        self.files.pop(place.number, None)
        self.disk.failed(place.number)

    def recall(self) -> None:
        """What was looked for below is found, or not."""
        recalls, self.recalls = self.recalls, []
        for command in recalls:
            loaded = None
            if isinstance(command, LookUp):
                loaded = self.shares.get(command.key)
            elif not self.lost:
                loaded = self.files.get(command.place.number)
            if loaded is None and isinstance(command, Recall):
                self.take_away(command.place)
            large = loaded is not None and loaded.length > DISK.load_bytes_max
            if loaded is not None and large and isinstance(command, Recall):
                loaded = replace(loaded, body=b"", place=command.place)
            self.perform(self.engine.recalled(command.key, loaded, self.now))


def floors(*, shared: bool = False) -> Floors:
    world = Floors()
    world.engine.stand_on(Lower(world.disk, shared=shared))
    return world


def fetched(world: Floors, target: str, body: bytes, *headers: tuple[bytes, bytes]) -> int:
    waiter = world.ask(target)
    world.recall()
    world.serve(world.only, body, *(headers or (FRESH,)))
    return waiter


def got(world: Floors, waiter: int) -> bytes:
    return world.bodies[waiter] if waiter in world.bodies else world.replies[waiter][1]


def crowd_out(world: Floors) -> None:
    """Memory holds one object of a kilobyte, so two others push the rest to the disk."""
    for name in ("/x", "/y"):
        fetched(world, name, bytes(90))


def test_what_left_memory_comes_back_from_the_disk_and_was_fetched_once() -> None:
    world = floors()
    fetched(world, "/a", b"small")
    crowd_out(world)
    first, second = world.ask("/a"), world.ask("/a")
    assert not world.fetches
    assert len(world.recalls) == 1
    world.recall()
    for waiter in (first, second):
        head, body = world.replies[waiter]
        assert b"detail=disk" in head
        assert body == b"small"
    again = world.ask("/a")
    assert world.replies[again][1] == b"small"
    assert b"detail" not in world.replies[again][0]
    assert not world.recalls
    assert (world.disk.counters.hits, world.disk.counters.promoted) == (1, 1)


def test_a_large_object_is_sent_from_the_disk_whole_in_part_or_not_at_all() -> None:
    world = floors()
    body = bytes(range(250)) * 2
    fetched(world, "/big", body, FRESH, (b"etag", b'"1"'))
    crowd_out(world)
    whole = world.ask("/big")
    world.recall()
    assert world.replies[whole][1] == body
    assert b"detail=disk" in world.replies[whole][0]
    part = world.ask("/big", "GET", (b"range", b"bytes=10-19"))
    head, got = world.replies[part]
    assert head.startswith(b"HTTP/1.1 206")
    assert b"content-range: bytes 10-19/500" in head
    assert got == body[10:20]
    known = world.ask("/big", "GET", (b"if-none-match", b'"1"'))
    assert world.replies[known][0].startswith(b"HTTP/1.1 304")
    several = world.ask("/big", "GET", (b"range", b"bytes=0-0,5-5"))
    assert world.replies[several] == world.replies[whole]
    beyond = world.ask("/big", "GET", (b"range", b"bytes=900-"))
    assert world.replies[beyond][0].startswith(b"HTTP/1.1 416")
    assert (len(world.sent), len(world.fetches)) == (3, 0)


def test_a_large_stale_object_is_renewed_without_its_body() -> None:
    world = floors()
    body = bytes(500)
    fetched(world, "/big", body, (b"cache-control", b"max-age=10"), (b"etag", b'"1"'))
    crowd_out(world)
    world.now = 60.0
    waiter = world.ask("/big")
    world.recall()
    assert b"if-none-match" in world.fetches[world.only].fields
    number = world.only
    world.answer(number, FRESH, (b"etag", b'"1"'), status=304)
    if number in world.fetches:
        world.end(number)
    assert world.replies[waiter][1] == body
    assert world.replies[world.ask("/big")][1] == body
    assert not world.fetches


def test_what_the_disk_lost_is_fetched_once_for_all_who_waited() -> None:
    for body in (b"small", bytes(500)):
        world = floors()
        fetched(world, "/a", body)
        crowd_out(world)
        waiters = [world.ask("/a"), world.ask("/a")]
        world.lost = True
        world.recall()
        world.serve(world.only, body, FRESH)
        assert [got(world, waiter) for waiter in waiters] == [body] * 2


def test_a_large_object_lost_after_it_was_opened_is_fetched() -> None:
    world = floors()
    fetched(world, "/big", bytes(500))
    crowd_out(world)
    world.ask("/big")
    world.recall()
    world.lost = True
    waiter = world.ask("/big")
    world.serve(world.only, b"new", FRESH)
    assert world.replies[waiter][1] == b"new"


def test_who_leaves_while_the_disk_is_read_gets_nothing() -> None:
    world = floors()
    fetched(world, "/a", b"small")
    crowd_out(world)
    waiter = world.ask("/a")
    assert world.engine.waiting == 1
    world.leave(waiter)
    assert world.engine.waiting == 0
    world.recall()
    assert waiter not in world.replies


def test_a_purge_reaches_the_disk() -> None:
    for hard in (True, False):
        world = floors()
        fetched(world, "/a", b"small")
        crowd_out(world)
        world.engine.purge(Purge(Kind.URL, b"/a", soft=not hard))
        waiter = world.ask("/a")
        world.recall()
        assert waiter not in world.replies
        assert len(world.fetches) == 1
        assert not (hard and world.disk.find(b"/a"))


def test_a_change_through_this_node_reaches_the_disk() -> None:
    world = floors()
    fetched(world, "/a", b"small")
    crowd_out(world)
    world.ask("/a", "POST")
    world.serve(world.only, b"done")
    assert world.disk.find(b"/a") is None
    world.ask("/a")
    assert world.fetches


def test_variants_come_back_to_those_whom_they_fit() -> None:
    world = floors()
    vary = (b"vary", b"accept-language")
    for language in (b"de", b"fr"):
        world.ask("/a", "GET", (b"accept-language", language))
        world.serve(world.only, language, FRESH, vary)
    crowd_out(world)
    for language in (b"de", b"fr"):
        waiter = world.ask("/a", "GET", (b"accept-language", language))
        world.recall()
        assert world.replies[waiter][1] == language
    assert not world.fetches


def test_live_objects_and_personal_ones_stay_above() -> None:
    world = floors(shared=True)
    fetched(world, "/live/s/r/1.m4s", b"part")
    world.ask("/mine")
    world.recall()
    world.serve(world.only, b"mine", (b"cache-control", b"private"))
    world.engine.lower._now = 0.0
    crowd_out(world)
    assert set(world.shares) <= {b"/x", b"/y"}
    assert {place.key for place in world.disk._places.values()} <= {b"/x", b"/y"}


def test_a_body_too_large_for_memory_is_written_while_it_passes() -> None:
    for good in (True, False):
        world = floors()
        world.ask("/huge")
        number = world.only
        world.answer(number, FRESH, length=900)
        for _ in range(9):
            world.perform(world.engine.data(number, bytes(100), 0.0))
        spool = world.spools[number]
        assert (spool.key, spool.length) == (b"/huge", 900)
        assert sum(map(len, spool.body)) == 700
        if not good:
            world.engine.purge(Purge(Kind.URL, b"/huge", soft=False))
        world.end(number)
        assert (b"/huge" in world.disk) is good


def test_other_nodes_are_asked_once_before_a_parent() -> None:
    world = floors(shared=True)
    waiters = [world.ask("/a"), world.ask("/a")]
    assert world.recalls == [LookUp(b"/a")]
    assert not world.fetches
    world.recall()
    world.ask("/a")
    assert not world.recalls
    world.serve(world.only, b"body", FRESH)
    assert [world.replies[waiter][1] for waiter in waiters] == [b"body"] * 2
    assert set(world.shares) == {b"/a"}
    other = floors(shared=True)
    other.shares = world.shares
    waiter = other.ask("/a")
    other.recall()
    assert other.replies[waiter][1] == b"body"
    assert b"detail=shared" in other.replies[waiter][0]


def test_what_the_disk_lost_other_nodes_may_have() -> None:
    world = floors(shared=True)
    fetched(world, "/a", b"small")
    crowd_out(world)
    waiter = world.ask("/a")
    world.lost = True
    world.recall()
    assert world.recalls == [LookUp(b"/a")]
    world.recall()
    assert world.replies[waiter][1] == b"small"


STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["ask", "ask", "range", "recall", "lose", "purge", "post", "leave", "late"]
        ),
        st.integers(0, 3),
    ),
    max_size=40,
)


@settings(max_examples=200)
@given(STEPS, st.booleans())
def test_every_request_is_settled_once_with_the_bytes_of_its_object(
    steps: list[tuple[str, int]], shared: bool
) -> None:
    world = floors(shared=shared)
    bodies = {f"/{n}": b"%d" % n * (70 * n + 1) for n in range(4)}
    asked: dict[int, tuple[str, bool]] = {}
    for name, n in steps:
        target = f"/{n}"
        world.lost = name == "lose"
        match name:
            case "ask" | "range":
                extra = ((b"range", b"bytes=0-0"),) if name == "range" else ()
                waiter = world.ask(target, "GET", *extra)
                asked[waiter] = (target, name == "range")
            case "purge":
                world.engine.purge(Purge(Kind.URL, target.encode(), soft=bool(n % 2)))
                world.shares.clear()
            case "late":
                world.now += 300.0
            case "leave":
                for waiter in [*world.open][:1]:
                    world.leave(waiter)
            case "recall" | "lose":
                world.recall()
        serve_all(world, bodies)
    world.lost = False
    while world.recalls or world.fetches:
        world.recall()
        serve_all(world, bodies)
    assert not world.open
    assert world.engine.waiting == 0
    for waiter in world.settled.keys() - world.said.keys():
        target, ranged = asked[waiter]
        whole = bodies[target]
        assert got(world, waiter) in ({whole, whole[:1]} if ranged else {whole})


def serve_all(world: Floors, bodies: dict[str, bytes]) -> None:
    while world.fetches:
        number = next(iter(world.fetches))
        fetch = world.fetches[number]
        body = bodies[fetch.target.decode()]
        wanted = re.search(rb"range: bytes=(\d+)-(\d+)", fetch.fields)
        if wanted is not None:
            first, end = int(wanted[1]), min(int(wanted[2]) + 1, len(body))
            told = (b"content-range", b"bytes %d-%d/%d" % (first, end - 1, len(body)))
            world.serve(number, body[first:end], FRESH, told, status=206)
        else:
            world.serve(number, body, FRESH)


def change(world: Floors) -> None:
    world.ask("/a", "POST")
    world.serve(world.only, b"", status=204)


def test_what_was_changed_while_the_disk_was_read_is_not_taken_up_again() -> None:
    world = floors()
    fetched(world, "/a", b"old")
    crowd_out(world)
    waiter = world.ask("/a")
    recall = world.recalls.pop()
    assert isinstance(recall, Recall)
    loaded = world.files[recall.place.number]
    change(world)
    world.perform(world.engine.recalled(recall.key, loaded, world.now))
    world.serve(world.only, b"new", FRESH)
    assert got(world, waiter) == b"new"


def test_what_other_nodes_shared_before_a_change_is_fetched_anew() -> None:
    world = floors(shared=True)
    fetched(world, "/a", b"old")
    world.now = 5
    change(world)
    fetched(world, "/a", b"new")
    world.now = 6
    assert got(world, fetched(world, "/b", b"other")) == b"other"


def test_a_purge_reaches_what_other_nodes_are_being_asked_for() -> None:
    world = floors(shared=True)
    fetched(world, "/a", b"old")
    world.engine.store.remove(b"/a")
    waiter = world.ask("/a")
    world.engine.purge(Purge(Kind.URL, b"/a", soft=False))
    world.recall()
    world.serve(world.only, b"new", FRESH)
    assert got(world, waiter) == b"new"


def test_the_disk_has_nothing_that_another_worker_owns() -> None:
    owners: dict[bytes, int] = {}
    world = Floors(Engine(TINY, b"me", owner=owners.get))
    world.engine.stand_on(Lower(world.disk))
    fetched(world, "/a", b"small")
    crowd_out(world)
    owners |= {b"/a": 3, b"/big": 3}  # there are more workers now
    world.ask("/a")
    assert not world.recalls
    world.serve(world.only, b"small", FRESH)
    for _ in range(2):
        world.ask("/big")
        number = world.only
        world.answer(number, FRESH, length=900)
        for _ in range(3):
            world.perform(world.engine.data(number, bytes(300), 0))
        world.end(number)
    assert not world.spools
