"""One viewer of the ultra-low mode: an endless reply of fragments, on a virtual playback clock."""

from urllib.parse import urljoin

from manycast.hls.parse import PlaylistError
from manycast.hls.viewer_fragments import FragmentTimes
from manycast.hls.viewer_lane import Command, Drop, Lane
from manycast.hls.viewer_swarm import Swarm


PLAYLIST, MEDIA = 0, 1
STEP_S_MAX = 1.0
"""A longer step between two fragments is a jump of the timeline, not a frame's duration."""
LIVE_PACE = 0.5
"""Fragments that come at less than this share of their duration after each other are a burst."""


class FramesViewer:
    """Events go in with ``now`` (seconds since 1970 UTC, never going back), commands come out."""

    def __init__(self, swarm: Swarm) -> None:
        self.ended = False
        """Stays false: nothing in the stream says that nothing follows."""
        self._swarm = swarm
        self._tally = swarm.tally
        self._settings = swarm.settings
        self._playlist = Lane(PLAYLIST)
        self._media = Lane(MEDIA)
        self._began_s = self._now = 0.0
        self._url: str | None = None
        self._times = FragmentTimes(self._fragment)
        self._joined = False
        self._last_time_s: float | None = None
        """Decoding time of the newest fragment of this reply."""
        self._last_arrival_s = 0.0
        self._dry_at: float | None = None
        """When the buffer is or was played to its end; None before playback."""
        self._stalled_before = False

    def next_deadline(self) -> float:
        return min(self._playlist.due_s, self._media.due_s)

    def start(self, now: float) -> list[Command]:
        self._began_s = now
        return self._get_playlist(now)

    def received(
        self, number: int, status: int, body: bytes, _age_s: int, now: float
    ) -> list[Command]:
        """A whole reply has arrived; an endless one ends when the init segment changes."""
        if status != 200:
            return self._failed(number, f"status {status}", now)
        if number == MEDIA:
            return self._ended(now)
        try:
            self._url = urljoin(self._swarm.media_url(body), "frames.mp4")
        except PlaylistError as error:
            return self._failed(number, f"malformed: {error}", now)
        self._playlist.succeed()
        return self._get_frames(now)

    def data(self, data: memoryview, now: float) -> None:
        """Bytes of the endless reply. Raises MalformedError."""
        self._now = now
        self._media.due_s = now + self._settings.frames_silence_s
        self._times.feed(data)

    def failed(self, number: int, kind: str, now: float) -> list[Command]:
        """The connection was refused or lost, or its bytes were malformed."""
        return self._failed(number, kind, now)

    def handle_timer(self, now: float) -> list[Command]:
        """Send what waited for ``now``, and abandon what has been silent for too long."""
        if now >= self._playlist.due_s:
            if not self._playlist.busy:
                return self._get_playlist(now)
            return [Drop(PLAYLIST), *self._failed(PLAYLIST, "time-out", now)]
        if now >= self._media.due_s:
            if not self._media.busy:
                return self._get_frames(now)
            return [Drop(MEDIA), *self._failed(MEDIA, "silent", now)]
        return []

    def finish(self, now: float) -> None:
        """Count a stall that lasts until the end of the run."""
        if self._dry_at is not None:
            self._account_stall(self._dry_at, now)

    def _get_playlist(self, now: float) -> list[Command]:
        self._tally.request()
        due_s = now + self._settings.multivariant.timeout_s
        return [self._playlist.get(self._swarm.url, due_s)]

    def _get_frames(self, now: float) -> list[Command]:
        assert self._url is not None
        self._times = FragmentTimes(self._fragment)
        self._last_time_s = None
        self._tally.request()
        return [self._media.get(self._url, now + self._settings.frames_silence_s)]

    def _ended(self, now: float) -> list[Command]:
        """Reconnect: at once when the reply brought pictures, as a player does on a source change."""
        brought = self._last_time_s is not None
        if not brought:
            return self._failed(MEDIA, "reply without pictures", now)
        self._media.succeed()
        self._tally.rejoins += 1
        return self._get_frames(now)

    def _failed(self, number: int, kind: str, now: float) -> list[Command]:
        """Try again a little later, as often as it takes: the page falls back only in the meantime."""
        self._tally.errors[f"{'media' if number else 'playlist'} {kind}"] += 1
        lane = self._media if number == MEDIA else self._playlist
        lane.rest()
        lane.wait(lane.url, now + self._settings.rejoin_s)
        return []

    def _fragment(self, time: int) -> None:
        now, time_s = self._now, time / 1000
        last_s, self._last_time_s = self._last_time_s, time_s
        step_s = 0.0 if last_s is None else time_s - last_s
        step_s = step_s if 0 < step_s < STEP_S_MAX else 0.0
        live = last_s is not None and now - self._last_arrival_s >= LIVE_PACE * step_s
        self._last_arrival_s = now
        self._tally.parts += 1
        if not self._joined:
            self._joined = True
            self._tally.joined += 1
            self._tally.join.add(now - self._began_s)
        if self._dry_at is not None or live:
            self._play(now, step_s)
        if live and self._dry_at is not None:
            first_s = self._swarm.first_seen(time, now)
            self._tally.delivered(now - time_s, now - first_s)
            self._tally.row.behind.add(now - time_s + max(0.0, self._dry_at - now))

    def _play(self, now: float, step_s: float) -> None:
        """Buffer one frame; after a start, a stall or a burst the player holds its buffer anew."""
        held_s = self._settings.frames_buffer_s
        dry_at = self._dry_at
        if dry_at is None:
            self._dry_at = now + held_s
        elif now > dry_at:
            self._account_stall(dry_at, now)
            self._dry_at = now + held_s
        elif dry_at + step_s - now > self._settings.frames_buffer_s_max:
            self._dry_at = now + held_s
        else:
            self._dry_at = dry_at + step_s

    def _account_stall(self, dry_at: float, now: float) -> None:
        if now > dry_at:
            self._tally.stalled(now - dry_at, first=not self._stalled_before)
            self._stalled_before = True
