"""One LL-HLS viewer that asks, waits and retries as hls.js does, on a virtual playback clock."""

from manycast.hls.parse import PlaylistError
from manycast.hls.viewer_lane import Command, Drop, Get, Lane
from manycast.hls.viewer_playback import Playback
from manycast.hls.viewer_swarm import Swarm
from manycast.hls.viewer_timeline import WHOLE, Key, Moment, Piece
from manycast.settings.load import RetrySettings


PLAYLIST, MEDIA = 0, 1
"""The two lanes of a viewer."""
_LANE_NAMES = ("playlist", "media")


class Viewer:
    """Events go in with ``now`` (seconds since 1970 UTC, never going back), commands come out."""

    def __init__(self, swarm: Swarm) -> None:
        self.playback = Playback()
        self.ended = False
        """The stream ended and everything of it was fetched."""
        self._swarm = swarm
        self._tally = swarm.tally
        self._playlist = Lane(PLAYLIST)
        self._media = Lane(MEDIA)
        self._lanes = (self._playlist, self._media)
        self._began_s = 0.0
        self._media_url: str | None = None
        self._moment: Moment | None = None
        self._wanted: Key | None = None
        self._joined_s = 0.0
        """What any viewer of the swarm knew before this is history, not a delivery to wait for."""
        self._inits: set[str] = set()
        self._loading: Piece | None = None
        self._hinted: str | None = None
        self._hint_arrived_s: float | None = None

    def next_deadline(self) -> float:
        return min(self._playlist.due_s, self._media.due_s)

    def start(self, now: float) -> list[Command]:
        self._began_s = now
        return [self._get_multivariant(now)]

    def received(
        self, number: int, status: int, body: bytes, age_s: int, now: float
    ) -> list[Command]:
        """A whole reply has arrived; ``body`` is only needed for playlists, ``age_s`` is its Age."""
        if status != 200:
            return self._failed(number, f"status {status}", now, retry=not 400 <= status < 500)
        if number == MEDIA:
            return self._media_arrived(now)
        try:
            return self._playlist_arrived(body, age_s, now)
        except PlaylistError as error:
            return self._failed(number, f"malformed: {error}", now)

    def failed(self, number: int, kind: str, now: float) -> list[Command]:
        """The connection was refused or lost before the reply was complete."""
        return self._failed(number, kind, now)

    def handle_timer(self, now: float) -> list[Command]:
        """Send what waited for ``now``, and abandon what should have been answered by now."""
        commands: list[Command] = []
        for lane in self._lanes:
            if now < lane.due_s:
                continue
            if lane.busy:
                commands += [Drop(lane.number), *self._timed_out(lane, now)]
            elif lane.url:
                commands.append(self._get(lane, lane.url, now))
            else:
                commands.append(self._get_multivariant(now))
        return commands

    def finish(self, now: float) -> None:
        """Count a stall that lasts until the end of the run."""
        if not self.ended:
            stalls, stalled_s = self.playback.stalls, self.playback.stalled_s
            self.playback.finish(now)
            self._count_stall(stalls, stalled_s)

    # Requests: every way in which one begins, fails and is tried again.

    def _get(self, lane: Lane, url: str, now: float) -> Get:
        self._tally.request()
        return lane.get(url, now + self._rules(lane).timeout_s)

    def _get_multivariant(self, now: float) -> Get:
        self._media_url = None
        return self._get(self._playlist, self._swarm.url, now)

    def _rules(self, lane: Lane) -> RetrySettings:
        settings = self._swarm.settings
        if lane is self._media:
            return settings.media
        return settings.multivariant if self._media_url is None else settings.playlist

    def _failed(self, number: int, kind: str, now: float, *, retry: bool = True) -> list[Command]:
        lane = self._lanes[number]
        lane.rest()
        self._tally.errors[f"{_LANE_NAMES[number]} {kind}"] += 1
        if lane is self._media and self._hinted is not None:
            self._hinted = None  # it is asked for again once it is listed
            return []
        delay_s = lane.error_delay_s(self._rules(lane)) if retry else None
        if delay_s is None:
            return self._give_up(now)
        lane.wait(self._without_directives(lane), now + delay_s)
        return []

    def _timed_out(self, lane: Lane, now: float) -> list[Command]:
        lane.rest()
        kind = "blocking time-out" if lane.blocking else "time-out"
        self._tally.errors[f"{_LANE_NAMES[lane.number]} {kind}"] += 1
        if not lane.timeout_allowed(self._rules(lane)):
            return self._give_up(now)
        return [self._get(lane, self._without_directives(lane), now)]

    def _without_directives(self, lane: Lane) -> str:
        return (self._media_url or lane.url) if lane is self._playlist else lane.url

    def _give_up(self, now: float) -> list[Command]:
        """The player is torn down, and its page starts another one a little later."""
        self._tally.rejoins += 1
        commands: list[Command] = [Drop(lane.number) for lane in self._lanes if lane.busy]
        for lane in self._lanes:
            lane.succeed()
        self._playlist.wait("", now + self._swarm.settings.rejoin_s)
        self._media_url = self._moment = self._wanted = self._loading = None
        self._hinted = self._hint_arrived_s = None
        self._inits.clear()
        self.playback.seek(0.0, now)
        return commands

    # Playlists.

    def _playlist_arrived(self, body: bytes, age_s: int, now: float) -> list[Command]:
        if self._media_url is None:
            self._media_url = self._swarm.media_url(body)
            self._playlist.succeed()
            return [self._get(self._playlist, self._media_url, now)]
        before, moment = self._moment, self._swarm.read(self._playlist.url, body, now)
        self._playlist.succeed()
        advanced = before is None or moment.last > before.last
        if advanced or moment.ended:
            self._moment = moment
        else:
            self._tally.stale_replies += 1
        commands = self._reload(moment, age_s, now, advanced=advanced)
        commands += self._fetch_media(now)
        return commands

    def _reload(self, moment: Moment, age_s: int, now: float, *, advanced: bool) -> list[Command]:
        if moment.ended:
            return []
        if moment.can_block and advanced:
            self._tally.request()
            url, due_s = moment.blocking_url(age_s), now + moment.blocking_timeout_s
            return [self._playlist.get(url, due_s, blocking=True)]
        pause_s = moment.reload_s if advanced else moment.target_s / 2
        self._playlist.wait(moment.plain_url, now + pause_s)
        return []

    # Media.

    def _fetch_media(self, now: float) -> list[Command]:
        """Ask for what comes next, unless the lane is taken or waits to try again."""
        moment, occupied = self._moment, self._media.busy or self._media.waits
        if moment is None or (occupied and self._hinted is None):
            return []
        if self._wanted is None or self._wanted[0] < moment.first_msn:
            self._join(moment, now)
        if self._wanted is None:
            return []
        piece = moment.find(self._wanted, self.playback.end_s)
        if piece is None:
            return self._end() if moment.ended else self._fetch_hinted(moment, now)
        if self._hinted is not None:
            return self._meet_hint(piece, now)
        return self._fetch_listed(piece, now)

    def _join(self, moment: Moment, now: float) -> None:
        """Begin near the live edge, also when what comes next has left the playlist."""
        if moment.start is None:
            return
        self._tally.resyncs += self._wanted is not None
        piece, skip_s = moment.start
        self._wanted = piece.msn, max(piece.part, 0)
        self._joined_s = now
        self.playback.seek(skip_s, now, ahead_s=moment.part_s)

    def _end(self) -> list[Command]:
        self.ended = True
        self._hinted = None
        commands: list[Command] = [Drop(MEDIA)] if self._media.busy else []
        self._media.rest()
        return commands

    def _fetch_listed(self, piece: Piece, now: float) -> list[Command]:
        if piece.gap:
            self._wanted = piece.after
            return self._fetch_media(now)
        if piece.init is not None and piece.init not in self._inits:
            return [self._get(self._media, piece.init, now)]
        self._loading = piece
        return [self._get(self._media, piece.url, now)]

    def _fetch_hinted(self, moment: Moment, now: float) -> list[Command]:
        """Ask for the part that does not exist yet, as Apple's player does."""
        if not self._swarm.hint or self._hinted or moment.hint is None or not self._inits:
            return []
        self._hinted = moment.hint
        return [self._get(self._media, moment.hint, now)]

    def _meet_hint(self, piece: Piece, now: float) -> list[Command]:
        """The part that was hinted is listed now, or the server went on with another one."""
        arrived_s = self._hint_arrived_s
        if piece.url == self._hinted and arrived_s is None:
            return []
        commands: list[Command] = [Drop(MEDIA)] if self._media.busy else []
        self._media.rest()
        if piece.url == self._hinted and arrived_s is not None:
            self._buffer(piece, arrived_s)
        else:
            self._tally.errors["media hint not kept"] += 1
        self._hinted = self._hint_arrived_s = None
        return commands + self._fetch_media(now)

    def _media_arrived(self, now: float) -> list[Command]:
        self._media.succeed()
        if self._hinted is not None:
            self._hint_arrived_s = now
        elif self._loading is None:
            self._inits.add(self._media.url)
        else:
            piece, self._loading = self._loading, None
            self._buffer(piece, now)
        return self._fetch_media(now)

    def _buffer(self, piece: Piece, now: float) -> None:
        tally, playback = self._tally, self.playback
        self._wanted = piece.after
        if piece.part == WHOLE:
            tally.segments += 1
        else:
            tally.parts += 1
        piece.first_seen_s = min(
            piece.first_seen_s, now
        )  # hinted parts come before they are listed
        if piece.first_seen_s > self._joined_s:
            tally.delivered(now - piece.end_s, now - piece.first_seen_s)
        stalls, stalled_s = playback.stalls, playback.stalled_s
        if playback.append(piece, now):
            tally.joined += 1
            tally.join.add(now - self._began_s)
        self._count_stall(stalls, stalled_s)
        if playback.playing:
            tally.row.behind.add(playback.behind_s(now))

    def _count_stall(self, stalls: int, stalled_s: float) -> None:
        """Tell the tally of a stall that the playback has over ``stalls`` and ``stalled_s``."""
        if self.playback.stalls > stalls:
            self._tally.stalled(self.playback.stalled_s - stalled_s, first=stalls == 0)
