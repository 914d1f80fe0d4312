import heapq
from collections.abc import Iterator

import pytest
from tests.edge.world import World

from manycast.edge.audience import STREAMS_MAX, UPDATES_S, watched
from manycast.edge.commands import Waiter


PART_S = 0.333
LIFE = (b"cache-control", b"max-age=12")
SHORT = (b"cache-control", b"max-age=1")
PROFILE = b"identity"
PLAYLIST = b"#EXTM3U\n#EXT-X-TARGETDURATION:2\n"


class Show:
    """A stream whose parts come one after the other, and players that ask for each."""

    def __init__(self) -> None:
        self.world = World()
        self.part = 6_000
        self.polled = 0.0
        self.behind: list[tuple[float, int]] = []

    def target(self, number: int, rendition: str = "720p") -> str:
        return f"/live/show/{rendition}/index.m3u8?_HLS_msn={number // 6}&_HLS_part={number % 6}"

    def play(
        self, seconds: float, on_time: int = 0, late_s: tuple[float, ...] = (), polls: int = 0
    ) -> None:
        """Players who are there when a part comes, some who ask for it later, some who only poll."""
        end = self.world.now + seconds
        while self.world.now < end:
            waiting = [self.ask(self.target(self.part, f"r{n % 2}")) for n in range(on_time)]
            for after_s in late_s:
                heapq.heappush(self.behind, (self.world.now + PART_S + after_s, self.part))
            self.pass_time(PART_S)
            for fetch in list(self.world.fetches):
                self.world.serve(fetch, PLAYLIST, LIFE)
            assert all(one in self.world.replies for one in waiting)
            if self.world.now >= self.polled:
                self.polled += 2.0
                for _ in range(polls):
                    self.load("/live/show/720p/index.m3u8", SHORT)
            self.part += 1

    def pass_time(self, seconds: float) -> None:
        until = self.world.now + seconds
        while self.behind and self.behind[0][0] <= until:
            self.world.now, part = heapq.heappop(self.behind)
            self.load(self.target(part, "r0"), LIFE)
        self.world.now = until

    def ask(self, target: str) -> Waiter:
        return self.world.ask(target)

    def load(self, target: str, life: tuple[bytes, bytes]) -> None:
        """As the server does: the fast path first."""
        if self.world.engine.hit(target.encode(), PROFILE, self.world.now) is None:
            self.world.ask(target)
            for fetch in list(self.world.fetches):
                self.world.serve(fetch, PLAYLIST, life)

    def watching(self, seconds: float, **players: object) -> int:
        """After so long, looked at twice a second as reports do."""
        counts: list[int] = []
        for _ in range(round(seconds * 2)):
            self.play(0.5, **players)  # type: ignore[arg-type]  # as play has them
            counts.append(self.world.engine.audience.watching(self.world.now).get("show", 0))
        return counts[-1]


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_players_who_wait_for_each_part_are_counted_one_by_one(count: int) -> None:
    assert Show().watching(6, on_time=count) == count


@pytest.mark.parametrize("late_s", [(0.1,), (0.1, 0.5, 1.0), (2.0, 2.0, 2.0, 2.0, 2.0)])
def test_players_with_a_slow_network_are_counted_too(late_s: tuple[float, ...]) -> None:
    assert Show().watching(9, on_time=1, late_s=late_s) == 1 + len(late_s)


@pytest.mark.parametrize("polls", [1, 3, 10])
def test_players_that_only_poll_are_counted_by_the_target_duration(polls: int) -> None:
    assert abs(Show().watching(12, polls=polls) - polls) <= polls * 0.34


def test_who_leaves_is_gone_within_seconds() -> None:
    show = Show()
    assert show.watching(6, on_time=4) == 4
    assert show.watching(UPDATES_S + 1, on_time=1) == 1
    assert show.watching(8) == 0


def test_other_nodes_are_no_people() -> None:
    show = Show()
    for _ in range(20):
        for name in (b"edge-2", b"edge-3"):
            show.world.ask(show.target(show.part), "GET", (b"cdn-loop", name))
        show.world.ask(show.target(show.part))
        show.world.now += PART_S
        for fetch in list(show.world.fetches):
            show.world.serve(fetch, PLAYLIST, LIFE)
        show.part += 1
        count = show.world.engine.audience.watching(show.world.now)
    assert count == {"show": 1}


def test_what_is_no_playlist_of_a_stream_counts_nobody() -> None:
    world = World()
    for target in ("/live/show/index.m3u8", "/live/show/720p/seg1.m4s", "/a/index.m3u8"):
        world.ask(target)
        world.serve(world.only, b"body", LIFE)
    world.ask("/live/gone/720p/index.m3u8")
    world.serve(world.only, b"", SHORT, status=404)
    assert world.engine.audience.watching(world.now) == {}


def streams(count: int) -> Iterator[str]:
    return (f"/live/s{number}/r/index.m3u8?_HLS_msn=1&_HLS_part=1" for number in range(count))


def test_names_without_end_take_no_memory_without_end() -> None:
    world = World()
    for target in streams(STREAMS_MAX + 50):
        world.ask(target)
        world.serve(world.only, b"body", LIFE)
    assert len(world.engine.audience._tallies) == STREAMS_MAX
    world.engine.audience.watching(world.now + 1000)
    assert not world.engine.audience._tallies


def test_single_frames_belong_to_their_stream() -> None:
    assert watched(b"/live/show/source/frames.mp4") == "show"
    assert watched(b"host.example/live/show/source/frames.mp4") == "show"
    assert not watched(b"/live/show/source/init-0.mp4")
    assert not watched(b"/other/frames.mp4")
