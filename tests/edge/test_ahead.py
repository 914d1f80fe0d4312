from tests.edge.world import FRESH, SMALL, World


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
