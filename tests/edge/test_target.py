import pytest
from hypothesis import given, strategies as st

from manycast.edge.target import target


@pytest.mark.parametrize(
    ("path", "query", "key"),
    [
        ("/live/a/720p/index.m3u8", "", b"/live/a/720p/index.m3u8"),
        ("/live/a/720p/index.m3u8", "token=x&utm=y", b"/live/a/720p/index.m3u8"),
        (
            "/live/a/720p/index.m3u8",
            "x=1&_HLS_part=2&_HLS_msn=1",
            b"/live/a/720p/index.m3u8?_HLS_msn=1&_HLS_part=2",
        ),
        ("/live/a/720p/index.m3u8", "_HLS_skip=v2", b"/live/a/720p/index.m3u8?_HLS_skip=v2"),
        ("/live/a/720p/p1.m4s", "_HLS_rubbish=7", b"/live/a/720p/p1.m4s"),
        ("/live/a/720p/p1.m4s", "_HLS_msn=%31", b"/live/a/720p/p1.m4s"),
        ("/assets/a.js", "v=2&a=1", b"/assets/a.js?v=2&a=1"),
    ],
)
def test_a_live_object_has_one_name_and_other_queries_are_kept(
    path: str, query: str, key: bytes
) -> None:
    assert target(path, query).key == key


@given(st.permutations(["_HLS_msn=5", "_HLS_part=3", "_HLS_skip=YES", "a=b", "c"]))
def test_the_order_of_parameters_does_not_matter(parameters: list[str]) -> None:
    wanted = b"/live/a/index.m3u8?_HLS_msn=5&_HLS_part=3&_HLS_skip=YES"
    assert target("/live/a/index.m3u8", "&".join(parameters)).key == wanted


def test_what_the_origin_may_hold_is_known() -> None:
    assert target("/live/a/720p/index.m3u8", "_HLS_msn=4").held
    assert target("/live/a/720p/p1.m4s", "").held
    assert not target("/live/a/720p/index.m3u8", "").held
    assert not target("/other/p1.m4s", "").held
    assert target("/live/a/720p/p1.m4s", "").rendition == "/live/a/720p/"


def test_a_blocking_reload_outdates_the_same_playlist_asked_for_without_waiting() -> None:
    path = "/live/a/720p/index.m3u8"
    key = path.encode()
    plain = (key, key + b"?_HLS_skip=YES", key + b"?_HLS_skip=v2")
    assert target(path, "_HLS_msn=4&_HLS_part=1&_HLS_skip=YES").outdates == plain
    assert target(path, "_HLS_msn=4").outdates == plain
    for other in (
        target(path, ""),
        target(path, "_HLS_skip=YES"),
        target("/live/a/720p/p1.m4s", "_HLS_msn=4"),
        target("/site/index.m3u8", "_HLS_msn=4"),
    ):
        assert other.outdates == ()
