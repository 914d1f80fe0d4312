import pytest
from tests.edge.world import FRESH, SMALL, World


def test_joiners_are_bounded_and_the_next_is_told_so() -> None:
    world = World()
    viewers = [world.ask("/a") for _ in range(5)]
    assert world.said == {viewers[4]: 503}


def test_what_the_origin_holds_cannot_take_every_connection() -> None:
    world = World()
    viewers = [world.ask(f"/live/s/r/index.m3u8?_HLS_msn={n}") for n in range(SMALL.held_max + 1)]
    assert world.said == {viewers[-1]: 503}
    assert world.ask("/live/s/r/index.m3u8") not in world.said
    world.fail(min(world.fetches))
    assert world.ask("/live/s/r/index.m3u8?_HLS_msn=900") not in world.said


def test_a_viewer_known_by_name_is_not_given_what_is_for_strangers() -> None:
    world = World()
    world.ask("/a")
    world.serve(world.only, b"log in", FRESH)
    world.ask("/a", "GET", (b"authorization", b"secret"))
    assert len(world.fetches) == 1


def test_a_404_of_a_page_is_remembered_a_moment_but_not_of_media_that_may_come() -> None:
    world = World()
    for target, again in (("/nothing", 0), ("/live/s/index.m3u8", 0), ("/live/s/r/p1.m4s", 1)):
        world.ask(target)
        world.serve(world.only, b"no", status=404)
        world.ask(target)
        assert len(world.fetches) == again


def test_methods_that_change_something_pass_alone_with_their_body() -> None:
    world = World()
    viewers = [world.ask("/a", "POST", body=b"form") for _ in range(2)]
    assert [fetch.body for fetch in world.fetches.values()] == [b"form"] * 2
    for number in list(world.fetches):
        world.serve(number, b"done %d" % number, FRESH)
    assert len({world.replies[viewer] for viewer in viewers}) == 2
    assert b"fwd=method" in world.replies[viewers[0]][0]
    assert len(world.engine.store) == 0


def test_each_language_is_fetched_once_and_given_to_those_who_speak_it() -> None:
    world = World()
    speaks = {n: (b"accept-language", lang) for n, lang in enumerate((b"en", b"de", b"en"))}
    viewers = [world.ask("/a", "GET", field) for field in speaks.values()]
    assert len(world.fetches) == 1
    vary = (b"vary", b"Accept-Language")
    world.serve(world.only, b"hello", FRESH, vary)
    world.serve(world.only, b"hallo", FRESH, vary)
    assert [world.replies[v][1] for v in viewers] == [b"hello", b"hallo", b"hello"]
    assert b"fwd=vary-miss" in world.replies[viewers[1]][0]
    for lang, body in ((b"en", b"hello"), (b"de", b"hallo")):
        assert world.replies[world.ask("/a", "GET", (b"accept-language", lang))][1] == body
    both = [world.ask("/a", "GET", (b"accept-language", lang)) for lang in (b"fr", b"it", b"fr")]
    assert len(world.fetches) == 2
    for viewer in both:
        world.leave(viewer)


def test_what_varies_by_everything_is_for_its_asker_only() -> None:
    world = World()
    world.ask("/a")
    world.serve(world.only, b"body", FRESH, (b"vary", b"origin, *"))
    world.ask("/a")
    assert len(world.fetches) == 1


def test_codings_share_the_fast_path_by_profile() -> None:
    world = World()
    for coding, body in ((b"gzip", b"packed"), (b"identity", b"plain")):
        asked = (b"accept-encoding", coding)
        world.ask("/a", "GET", asked)
        world.serve(world.only, body, FRESH, (b"vary", b"accept-encoding"))
        profile = world.engine.accepts((asked,))
        assert profile == coding
    for coding, body in ((b"gzip", b"packed"), (b"identity", b"plain")):
        reply = world.engine.hit(b"/a", coding, 0)
        assert reply is not None
        assert b"".join(reply).endswith(b"\r\n\r\n" + body)


def test_requests_with_conditions_ranges_or_names_do_not_take_the_fast_path() -> None:
    world = World()
    for name in (b"if-none-match", b"range", b"if-modified-since", b"authorization", b"if-range"):
        assert world.engine.accepts(((name, b"x"),)) is None
    assert world.engine.accepts(((b"cache-control", b"no-cache"),)) is not None


@pytest.mark.parametrize("status", [304, 503])
def test_a_viewer_known_by_name_waits_for_no_renewal_of_what_is_others(status: int) -> None:
    world = World()
    told = ((b"cache-control", b"max-age=10, stale-if-error=100"), (b"etag", b'"1"'))
    world.ask("/a")
    world.serve(world.only, b"anyone", *told)
    world.now = 20
    world.ask("/a")
    renewal = world.only
    named = world.ask("/a", "GET", (b"authorization", b"me"))
    world.serve(renewal, b"", *told, status=status)
    assert named in world.open
    world.serve(world.only, b"mine", (b"cache-control", b"private"))
    assert world.replies[named][1] == b"mine"
