"""Legal runs of a stream, as the playlists that its viewers would get."""

from dataclasses import dataclass, field

from hypothesis import strategies as st

from manycast.hls.checker import Observation
from manycast.hls.rules import Rules
from manycast.hls.window import MediaWindow


RULES = Rules(window_ms=14_000)
"""A short window, so that short runs remove segments and get delta updates."""
START_MS = 1_767_225_600_000
FIRST_MSN = START_MS // 1000
FULL_PART = 334
SHORTEST_PART = 284


@dataclass(frozen=True)
class Cut:
    """One segment: the durations of its parts, and what happens before it."""

    parts: tuple[int, ...] = (334, 333, 333, 334, 333, 333)
    source_changed: bool = False
    reconnected_after_ms: int = 0
    gap: bool = False


cuts = st.builds(
    Cut,
    parts=st.tuples(
        st.lists(st.integers(SHORTEST_PART, FULL_PART), max_size=6), st.integers(1, FULL_PART)
    ).map(lambda parts: (*parts[0], parts[1])),
    source_changed=st.sampled_from([False, False, False, True]),
    reconnected_after_ms=st.sampled_from([0, 0, 0, 700, 25_000]),
    gap=st.sampled_from([False, False, False, True]),
)
scripts = st.one_of(
    st.lists(cuts, min_size=1, max_size=6),
    st.lists(cuts, min_size=12, max_size=30),  # long enough to remove segments and to skip some
)


@dataclass
class Run:
    """Renditions in lockstep; every change of one of them is observed."""

    names: tuple[str, ...] = ("source", "720p")
    rules: Rules = RULES
    seen: list[Observation] = field(default_factory=list)
    observed: bool = True

    def __post_init__(self) -> None:
        self.windows = {name: MediaWindow(self.rules, START_MS // 100) for name in self.names}
        self.msn = FIRST_MSN
        self.program_date_ms = START_MS
        self.init = 1
        self.now_ms = 0

    def play(self, script: list[Cut], *, end: bool = True) -> list[Observation]:
        for cut in script:
            self.segment(cut)
        if end:
            for name, window in self.windows.items():
                window.end()
                self.observe(name)
        return self.seen

    def segment(self, cut: Cut) -> None:
        """Between segments, the end of one and the start of the next are one step."""
        self.init += cut.source_changed
        self.program_date_ms += cut.reconnected_after_ms
        self.now_ms += cut.reconnected_after_ms
        broken = cut.source_changed or cut.reconnected_after_ms > 0
        for window in self.windows.values():
            window.open_segment(self.msn, self.program_date_ms, self.init, discontinuity=broken)
        for name in self.names:
            if self.msn > FIRST_MSN:
                self.observe(name)
        for index, duration in enumerate(cut.parts):
            self.now_ms += duration
            last = index == len(cut.parts) - 1
            for name, window in self.windows.items():
                window.add_part(duration, independent=index == 0 and not cut.gap, gap=cut.gap)
                if last:
                    window.close_segment()
                else:
                    self.observe(name)
        self.msn += 1
        self.program_date_ms += sum(cut.parts)

    def observe(self, name: str) -> None:
        window = self.windows[name]
        position = window.position
        if not self.observed or position is None or not position.parts_before:
            return
        reports = [
            report
            for other, sibling in self.windows.items()
            if other != name and (report := sibling.report(f"../{other}/index.m3u8"))
        ]
        url = f"http://edge/live/demo/{name}/index.m3u8"
        self.seen.append(Observation(self.now_ms, url, window.text(reports=reports)))
        msn, part = position.msn, position.parts - 1
        if part < 0:
            msn, part = msn - 1, position.parts_before - 1
        directives = f"?_HLS_msn={msn}&_HLS_part={part}&_HLS_skip=YES"
        text = window.text(skip=True, reports=reports)
        self.seen.append(Observation(self.now_ms, url + directives, text))
