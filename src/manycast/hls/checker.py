"""Holds what viewers were served against Apple's rules for Low-Latency HLS.

Feed it every playlist of a run in the order of arrival; it knows nothing of how they were made.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from manycast.hls.checker_history import History
from manycast.hls.checker_playlist import Finding, check_playlist
from manycast.hls.checker_renditions import Renditions
from manycast.hls.parse import MediaPlaylist, PlaylistError, parse_media, parse_multivariant
from manycast.hls.reload import Reject, Reload, parse_reload


@dataclass(frozen=True, slots=True)
class Observation:
    """One playlist as a viewer got it."""

    now_ms: int
    """When the answer arrived, on any clock that all observations share."""
    url: str
    """As it was asked for, directives included."""
    text: str


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken rule."""

    rule: str
    message: str
    where: str


def check(observations: Iterable[Observation]) -> list[Violation]:
    """Judge one stream's multivariant and media playlists, of any number of renditions."""
    checker = Checker()
    return [violation for seen in observations for violation in checker.add(seen)]


class Checker:
    """Judges each playlist when it arrives, against all that arrived before."""

    def __init__(self) -> None:
        self._histories: dict[str, History] = {}
        self._renditions = Renditions()

    def add(self, seen: Observation) -> list[Violation]:
        where = f"{seen.url} at {seen.now_ms} ms"
        return [Violation(rule, message, where) for rule, message in self._findings(seen)]

    def _findings(self, seen: Observation) -> Iterator[Finding]:
        parts = urlsplit(seen.url)
        url = parts._replace(query="").geturl()
        try:
            if "#EXT-X-STREAM-INF:" in seen.text:
                yield from self._renditions.announce(url, parse_multivariant(seen.text))
                return
            playlist = parse_media(seen.text)
        except PlaylistError as error:
            yield "syntax", str(error)
            return
        yield from check_playlist(playlist)
        yield from _check_answer(parse_reload(parts.query), playlist)
        history = self._histories.setdefault(url, History())
        yield from history.add(playlist)
        yield from self._renditions.add(url, playlist, history)


def _check_answer(asked: Reload | Reject, playlist: MediaPlaylist) -> Iterator[Finding]:
    """Compare an answer with the directives of its request."""
    if isinstance(asked, Reject):
        yield "reload", f"answered although {asked.reason}"
        return
    if playlist.skipped and not asked.skip:
        yield "delta", "a delta update that nobody asked for"
    if asked.skip and not playlist.skipped and _could_skip(playlist):
        yield "delta", "a whole playlist although _HLS_skip asked for a delta update"
    if asked.msn is None or playlist.ended:
        return
    first_missing = (playlist.next_msn, playlist.next_part)
    wanted = (asked.msn + 1, 0) if asked.part is None else (asked.msn, asked.part + 1)
    if first_missing < wanted:
        yield "reload", f"asked for {asked.msn}/{asked.part}, but it ends before {first_missing}"


def _could_skip(playlist: MediaPlaylist) -> bool:
    if playlist.skip_until_ms is None or playlist.ended or not playlist.segments:
        return False
    return sum(s.duration_ms for s in playlist.segments[1:]) >= playlist.skip_until_ms
