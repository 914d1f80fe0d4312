"""Viewers against an origin in virtual time: the real playlist window and the real holds."""

import heapq
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings, strategies as st

from manycast.hls import multivariant
from manycast.hls.holds import Advanced, Asked, HintedPart, Holds, Settled
from manycast.hls.multivariant import Variant
from manycast.hls.names import parse_name
from manycast.hls.reload import Now, Reject, parse_reload
from manycast.hls.rules import Rules
from manycast.hls.viewer import MEDIA, PLAYLIST, Viewer
from manycast.hls.viewer_lane import Command, Drop, Get
from manycast.hls.viewer_swarm import Swarm
from manycast.hls.window import MediaWindow
from manycast.settings.load import LoadSettings


T0 = 1_800_000_000.0
URL = "http://edge:8000/live/demo/index.m3u8"
PART_S = 0.2
RULES = Rules(part_target_ms=200, target_duration_s=2)
PARTS_PER_SEGMENT = 10
MULTIVARIANT = multivariant.text(
    [
        Variant("480p/index.m3u8", 900_000, 800_000, ("avc1.64001f",), 854, 480),
        Variant("source/index.m3u8", 4_000_000, 3_000_000, ("avc1.64001f",), 1920, 1080),
    ]
)


@dataclass
class Plan:
    """What goes wrong; seconds count from the viewer's start."""

    outage: tuple[float, float] = (1e9, 1e9)
    """The publisher sends nothing between these."""
    source_change: bool = False
    """After the outage comes another init segment."""
    refuse_all: tuple[float, float] = (1e9, 1e9)
    """Every request is answered 503 between these."""
    restart: float = 1e9
    """The origin restarts here, with higher numbers and nothing of the past."""
    gaps: range = range(0)
    """Numbers of parts that are listed as missing."""
    ends: float = 1e9
    latency_s: float = 0.02
    faults: dict[int, str] = field(default_factory=dict)
    """What happens to the n-th request of the viewer: "lost", "503", "404", "silent" or "slow"."""


@dataclass
class Sent:
    lane: int
    url: str
    at: float
    dropped: bool = False


class World:
    """One origin, one viewer, a wire between them, and a heap of what happens next."""

    def __init__(self, plan: Plan, *, hint: bool = False, rendition: str | None = None) -> None:
        self.plan = plan
        self.swarm = Swarm(URL, LoadSettings(), rendition=rendition, hint=hint)
        self.viewer = Viewer(self.swarm)
        self.now = T0
        self.log: list[Sent] = []
        self.violations: list[str] = []
        self.fetched: Counter[str] = Counter()
        self._listed: set[str] = set()
        self._heap: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()
        self._window = MediaWindow(RULES, first_part_number=1)
        self._holds = Holds(RULES)
        self._held: dict[int, Sent] = {}
        self._in_flight: dict[int, Sent] = {}
        self._next = (1000, 0, T0 - 30.0)  # msn, part of it, media time
        self._init, self._broken = 1, False
        self._count = 1
        for _ in range(150):
            self._publish()

    def at(self, when: float, action: Callable[[], None]) -> None:
        heapq.heappush(self._heap, (when, next(self._order), action))

    def run(self, seconds: float) -> None:
        self._schedule_publish()
        self._perform(self.viewer.start(self.now))
        end = T0 + seconds
        while True:
            happens = self._heap[0][0] if self._heap else 1e18
            due = min(self.viewer.next_deadline(), self._holds.next_deadline() or 1e18)
            self.now = max(self.now, min(happens, due))
            if self.now > end:
                break
            if due <= happens:
                self._settle(self._holds.handle_timer(now=self.now))
                self._perform(self.viewer.handle_timer(self.now))
            else:
                heapq.heappop(self._heap)[2]()
        self.now = end
        self.viewer.finish(self.now)

    # The publisher.

    def _schedule_publish(self) -> None:
        due = self._next[2] + PART_S
        gone, back = (T0 + s for s in self.plan.outage)
        if due > T0 + self.plan.ends:
            self.at(due, self._end)
            return
        if due > T0 + self.plan.restart:
            self.plan.restart = 1e9
            self._restart()
        if gone <= due < back:
            msn, part, _ = self._next
            self._next = (msn + 1, 0, back) if part else (msn, 0, back)
            self._broken = True
            self._init += self.plan.source_change
            due = back + PART_S
        self.at(due, self._publish_live)

    def _restart(self) -> None:
        self._next = (5000, 0, self._next[2] - 2 * PARTS_PER_SEGMENT * PART_S)
        self._window = MediaWindow(RULES, first_part_number=9001)
        self._count = 9001
        self._holds = Holds(RULES)
        for sent in self._held.values():
            self._lose(sent)
        self._held.clear()
        for _ in range(2 * PARTS_PER_SEGMENT):
            self._publish()

    def _publish_live(self) -> None:
        if self._broken and self._window.position and self._window.position.parts:
            self._window.close_segment()
        self._publish()
        self._advance()
        self._schedule_publish()

    def _publish(self) -> None:
        msn, part, start = self._next
        if part == 0:
            self._window.open_segment(
                msn, round(start * 1000), self._init, discontinuity=self._broken
            )
            self._broken = False
        gap = self._count in self.plan.gaps
        self._window.add_part(200, independent=part == 0, gap=gap)
        self._count += 1
        last = part == PARTS_PER_SEGMENT - 1
        if last:
            self._window.close_segment()
        self._next = (msn + 1, 0, start + PART_S) if last else (msn, part + 1, start + PART_S)

    def _end(self) -> None:
        self._window.end()
        self._advance()

    def _advance(self) -> None:
        assert self._window.position
        self._settle(self._holds.handle(Advanced(self._window.position), now=self.now))

    # The wire and the server.

    def _perform(self, commands: list[Command]) -> None:
        for command in commands:
            if isinstance(command, Drop):
                self._in_flight.pop(command.lane).dropped = True
                continue
            sent = Sent(command.lane, command.url, self.now)
            if command.lane in self._in_flight:
                self.violations.append(f"two requests in flight: {sent}")
            self._in_flight[command.lane] = sent
            self.log.append(sent)
            self._send(sent, self.plan.faults.get(len(self.log), ""))

    def _send(self, sent: Sent, fault: str) -> None:
        arrives = self.now + self.plan.latency_s / 2 + (3.0 if fault == "slow" else 0.0)
        begin, until = (T0 + s for s in self.plan.refuse_all)
        if fault == "lost":
            self.at(arrives, lambda: self._lose(sent))
        elif fault in {"503", "404"} or begin <= self.now < until:
            status = 404 if fault == "404" else 503
            self.at(arrives, lambda: self._reply(sent, status, b""))
        elif fault != "silent":
            self.at(arrives, lambda: self._serve(sent))

    def _lose(self, sent: Sent) -> None:
        if not sent.dropped:
            del self._in_flight[sent.lane]
            self._perform(self.viewer.failed(sent.lane, "connection lost", self.now))

    def _serve(self, sent: Sent) -> None:
        path, query = urlsplit(sent.url).path, urlsplit(sent.url).query
        name = path.rsplit("/", 1)[1]
        number = len(self._held) + next(self._order)
        if path.endswith("demo/index.m3u8"):
            self._answer(sent, 200, MULTIVARIANT.encode())
        elif name == "index.m3u8":
            self._hold(number, sent, parse_reload(query))
        elif name[0] == "p":
            parsed = parse_name(name)
            assert parsed
            if name not in self._listed and not self.swarm.hint:
                self.violations.append(f"{name} was asked for before it was listed")
            self._hold(number, sent, HintedPart(parsed[1]))
        else:
            self._answer(sent, 200, b"")

    def _hold(self, number: int, sent: Sent, wanted: object) -> None:
        assert not isinstance(wanted, Reject)
        self._held[number] = sent
        assert self._window.position
        self._settle(self._holds.handle(Advanced(self._window.position), now=self.now))
        self._settle(self._holds.handle(Asked(number, wanted), now=self.now))  # type: ignore[arg-type]

    def _settle(self, settled: list[Settled]) -> None:
        for one in settled:
            sent = self._held.pop(one.request)
            if not isinstance(one.outcome, Now):
                self._answer(sent, 404 if isinstance(one.outcome, Reject) else 503, b"")
            elif sent.lane == PLAYLIST:
                skip = "_HLS_skip" in sent.url
                self._answer(sent, 200, self._window.text(skip=skip).encode())
            else:
                self._answer(sent, 200, b"")

    def _answer(self, sent: Sent, status: int, body: bytes) -> None:
        self.at(self.now + self.plan.latency_s / 2, lambda: self._reply(sent, status, body))

    def _reply(self, sent: Sent, status: int, body: bytes) -> None:
        if sent.dropped:
            return
        del self._in_flight[sent.lane]
        if sent.lane == PLAYLIST:
            self._listed |= {text.split('"')[0] for text in body.decode().split('URI="')[1:]}
        elif status == 200:
            self.fetched[sent.url.rsplit("/", 1)[1]] += 1
        self._perform(self.viewer.received(sent.lane, status, body, 0, self.now))


def parts(world: World) -> list[int]:
    return [int(name[1:-4]) for name in world.fetched if name[0] == "p"]


FAULTS = st.dictionaries(
    st.integers(min_value=1, max_value=120),
    st.sampled_from(["lost", "503", "silent", "slow"]),
    max_size=12,
)


@settings(max_examples=60, deadline=None)
@given(FAULTS, st.floats(min_value=0.0, max_value=0.4), st.booleans())
def test_whatever_fails_the_protocol_is_kept(
    faults: dict[int, str], latency_s: float, hint: bool
) -> None:
    world = World(Plan(faults=faults, latency_s=latency_s), hint=hint)
    world.run(40.0)
    tally = world.swarm.tally
    assert not world.violations
    if not tally.rejoins:
        assert max((world.fetched[name] for name in world.fetched), default=1) == 1
    assert tally.requests == len(world.log)
    assert tally.stalls == world.viewer.playback.stalls
    assert world.viewer.playback.dry_at > world.now - 15.0  # it always finds its way back


@settings(max_examples=20, deadline=None)
@given(st.floats(min_value=0.0, max_value=0.18), st.booleans())
def test_without_faults_every_part_is_fetched_once_and_in_order(
    latency_s: float, hint: bool
) -> None:
    world = World(Plan(latency_s=latency_s), hint=hint)
    world.run(20.0)
    numbers = parts(world)
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert numbers[-1] >= 150 + 90
    assert set(world.fetched.values()) == {1}
    assert world.fetched["i1.mp4"] == 1
    assert not [name for name in world.fetched if name[0] == "s"]
    assert not world.swarm.tally.errors
    assert world.swarm.tally.stalls == 0


def test_a_viewer_joins_one_hold_back_behind_the_edge() -> None:
    world = World(Plan(latency_s=0.02))
    world.run(5.0)
    tally = world.swarm.tally
    tally.close_row(5.0)
    # multivariant, playlist, init, then the parts up to the playhead, one round trip each
    assert tally.join.quantile(0.5) == pytest.approx(5 * 0.02, abs=0.15)
    behind = tally.behind.quantile(0.5)
    assert behind is not None
    assert 0.6 <= behind <= 0.6 + PART_S + 0.25


def test_the_delay_is_that_of_the_wire() -> None:
    world = World(Plan(latency_s=0.05))
    world.run(20.0)
    tally = world.swarm.tally
    tally.close_row(20.0)
    # half a round trip for the playlist's answer, one for the part
    assert tally.delay.quantile(0.5) == pytest.approx(0.075, abs=0.002)
    assert tally.spread.quantile(0.5) == pytest.approx(0.05, abs=0.002)


def test_a_hint_saves_the_round_trip() -> None:
    world = World(Plan(latency_s=0.05), hint=True)
    world.run(20.0)
    tally = world.swarm.tally
    tally.close_row(20.0)
    assert tally.delay.quantile(0.5) == pytest.approx(0.025, abs=0.002)


@pytest.mark.parametrize(
    ("rendition", "wanted"), [(None, "source"), ("480p", "480p"), ("source", "source")]
)
def test_the_highest_rendition_is_taken_unless_one_is_named(
    rendition: str | None, wanted: str
) -> None:
    world = World(Plan(), rendition=rendition)
    world.run(2.0)
    assert world.log[1].url == f"http://edge:8000/live/demo/{wanted}/index.m3u8"


def test_an_unknown_rendition_is_an_error_that_names_the_offer() -> None:
    world = World(Plan(), rendition="144p")
    world.run(2.0)
    assert any("480p" in kind for kind in world.swarm.tally.errors)
    assert world.swarm.tally.joined == 0


def test_reloads_block_for_the_next_part_and_ask_for_a_delta() -> None:
    world = World(Plan())
    world.run(1.0)
    playlists = [sent.url.partition("?")[2] for sent in world.log if sent.lane == PLAYLIST]
    assert playlists[2] == "_HLS_msn=1015&_HLS_part=0&_HLS_skip=YES"
    assert playlists[3] == "_HLS_msn=1015&_HLS_part=1&_HLS_skip=YES"


@pytest.mark.parametrize("source_change", [False, True])
def test_a_publisher_who_is_gone_for_ten_seconds_costs_one_stall(source_change: bool) -> None:
    world = World(Plan(outage=(5.05, 15.05), source_change=source_change))
    world.run(30.0)
    tally = world.swarm.tally
    assert tally.stalls == 1
    assert 8.0 < tally.stalled_s < 11.5
    assert tally.rejoins == 0
    assert tally.resyncs == 0
    assert tally.errors["playlist status 503"] >= 1
    assert set(world.fetched.values()) == {1}
    assert [name for name in world.fetched if name[0] == "i"] == (
        ["i1.mp4", "i2.mp4"] if source_change else ["i1.mp4"]
    )
    numbers = parts(world)
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert numbers[-1] >= 150 + 90


def test_an_edge_that_refuses_everything_for_ten_seconds_makes_players_start_over() -> None:
    world = World(Plan(refuse_all=(5.0, 15.0)))
    world.run(30.0)
    tally = world.swarm.tally
    assert tally.rejoins >= 1
    assert tally.joined == 1
    assert tally.stalls == 1
    assert world.viewer.playback.dry_at > world.now


def test_the_end_of_the_stream_is_no_stall() -> None:
    world = World(Plan(ends=6.0), hint=True)
    world.run(20.0)
    assert world.viewer.ended
    assert world.viewer.next_deadline() == float("inf")
    assert world.swarm.tally.stalls == 0
    assert world.log[-1].at < T0 + 7


def test_a_stream_that_does_not_exist_is_asked_for_again_and_again() -> None:
    world = World(Plan(faults=dict.fromkeys(range(1, 100), "404")))
    world.run(20.0)
    assert world.swarm.tally.joined == 0
    assert world.swarm.tally.errors["playlist status 404"] == len(world.log) == 7


def test_a_viewer_that_fell_behind_fetches_whole_segments() -> None:
    plan = Plan(faults=dict.fromkeys(range(12, 14), "silent"))
    world = World(plan)
    world.run(60.0)
    assert [name for name in world.fetched if name[0] == "s"]
    assert not world.violations
    assert set(world.fetched.values()) == {1}


def test_what_an_origin_lost_by_its_restart_is_left_behind() -> None:
    world = World(Plan(restart=5.0))
    world.run(20.0)
    tally = world.swarm.tally
    assert tally.resyncs == 1
    assert tally.stalls == 1
    assert tally.stalled_s < 3.0
    assert not world.violations
    assert max(parts(world)) > 9050


def test_missing_parts_are_not_asked_for() -> None:
    world = World(Plan(gaps=range(170, 175)))
    world.run(20.0)
    numbers = parts(world)
    assert not set(numbers) & set(range(170, 175))
    assert {169, 175} <= set(numbers)
    assert world.swarm.tally.stalls == 1
    assert not world.swarm.tally.errors


def test_without_blocking_reload_the_playlist_is_polled() -> None:
    text = (
        b"#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXT-X-MEDIA-SEQUENCE:7\n"
        b"#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:00Z\n#EXTINF:3,\na.m4s\n"
    )
    viewer = Viewer(Swarm(URL, LoadSettings(), rendition=None, hint=False))
    viewer.start(T0)
    assert viewer.received(PLAYLIST, 200, text, 0, T0) == [Get(PLAYLIST, URL)]
    base = URL.rpartition("/")[0]
    assert viewer.received(PLAYLIST, 200, text, 0, T0) == [Get(MEDIA, f"{base}/a.m4s")]
    assert viewer.next_deadline() == T0 + 3
    assert viewer.handle_timer(T0 + 3) == [Get(PLAYLIST, URL)]
    viewer.received(PLAYLIST, 200, text, 0, T0 + 3)
    assert viewer.next_deadline() == T0 + 5  # half a target duration: nothing had changed


def test_a_playlist_without_a_segment_is_waited_on() -> None:
    text = b"#EXTM3U\n#EXT-X-TARGETDURATION:2\n"
    viewer = Viewer(Swarm(URL, LoadSettings(), rendition=None, hint=False))
    viewer.start(T0)
    viewer.received(PLAYLIST, 200, MULTIVARIANT.encode(), 0, T0)
    assert viewer.received(PLAYLIST, 200, text, 0, T0) == []
    assert viewer.next_deadline() == T0 + 2
