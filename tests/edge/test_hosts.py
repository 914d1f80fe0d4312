from dataclasses import replace

import pytest
from tests.edge.world import FRESH, SMALL, World

from manycast.edge.engine import Engine
from manycast.edge.hosts import Hosts
from manycast.edge.purge import purge_url


ONE, TWO = (b"host", b"one.example"), (b"host", b"Two.example:8080")


def world_of_two() -> World:
    hosts = ("one.example", "two.example")
    return World(Engine(replace(SMALL, hosts=hosts), b"me"))


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        (b"a.example", b"a.example"),
        (b"A.example:80", b"a.example"),
        (b"b.example", None),
        (b"", None),
    ],
)
def test_a_host_is_known_in_any_case_and_with_any_port(sent: bytes, name: bytes | None) -> None:
    assert Hosts(["a.example"]).of(((b"host", sent),)) == name


def test_without_names_every_host_is_the_same_site() -> None:
    assert Hosts([]).of(((b"host", b"x"),)) == b""
    world = World()
    world.ask("/a", "GET", ONE)
    assert (world.fetches[world.only].host, world.fetches[world.only].target) == (b"", b"/a")


def test_objects_of_two_sites_are_told_apart_and_each_is_asked_for_by_its_host() -> None:
    world = world_of_two()
    for host, name in ((ONE, b"one.example"), (TWO, b"two.example")):
        viewer = world.ask("/a?b", "GET", host)
        fetch = world.fetches[world.only]
        assert (fetch.host, fetch.target) == (name, b"/a?b")
        world.serve(world.only, name, FRESH)
        assert world.replies[viewer][1] == name
    for host, name in ((ONE, b"one.example"), (TWO, b"two.example")):
        assert world.replies[world.ask("/a?b", "GET", host)][1] == name
        profile = world.engine.accepts((host,))
        assert profile is not None
        reply = world.engine.hit(b"/a?b", profile, 0)
        assert reply is not None
        assert b"".join(reply).endswith(name)


def test_a_host_of_others_is_told_so() -> None:
    world = world_of_two()
    assert world.said[world.ask("/a", "GET", (b"host", b"evil.example"))] == 421
    assert world.engine.accepts(((b"host", b"evil.example"),)) is None


def test_a_purge_and_a_change_concern_one_site() -> None:
    world = world_of_two()
    for host in (ONE, TWO):
        world.ask("/a", "GET", host)
        world.serve(world.only, b"body", FRESH)
    world.engine.purge(purge_url("http://one.example/a", soft=False, hosted=True))
    world.ask("/a", "GET", TWO)
    assert not world.fetches
    world.ask("/b", "PUT", TWO, (b"content-type", b"x"))
    world.serve(world.only, b"", (b"location", b"/a"), status=204)
    world.ask("/a", "GET", TWO)
    assert world.fetches[world.only].host == b"two.example"


def test_the_part_that_a_playlist_hints_at_is_of_the_same_site() -> None:
    world = world_of_two()
    world.ask("/live/s/r/p7.m4s", "GET", ONE)
    world.serve(world.only, b"part", FRESH)
    world.ask("/live/s/r/index.m3u8", "GET", ONE)
    hint = b'#EXTM3U\n#EXT-X-PRELOAD-HINT:TYPE=PART,URI="p8.m4s"\n'
    world.serve(world.only, hint, FRESH)
    fetch = world.fetches[world.only]
    assert (fetch.host, fetch.target) == (b"one.example", b"/live/s/r/p8.m4s")
