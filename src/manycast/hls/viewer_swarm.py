"""What all viewers of a measuring swarm share."""

from urllib.parse import urljoin, urlsplit

from manycast.hls.parse import PlaylistError, parse_multivariant
from manycast.hls.viewer_tally import Tally
from manycast.hls.viewer_timeline import Moment, Timeline
from manycast.settings.load import LoadSettings


FRAGMENTS_MAX = 1024
"""Fragments whose first arrival is remembered: 17 s at 60 a second, longer than any stays behind."""


class Swarm:
    """What the viewers of one stream share: where it is, how they behave, what they counted."""

    def __init__(
        self, url: str, settings: LoadSettings, *, rendition: str | None, hint: bool
    ) -> None:
        self.url = url
        self.settings = settings
        self.hint = hint
        self.tally = Tally()
        self.timeline: Timeline | None = None
        self._rendition = rendition
        self._first_seen: dict[int, float] = {}
        self._media_urls: dict[bytes, str] = {}

    @property
    def rendition(self) -> str | None:
        """Name of the rendition that is watched; None before a viewer chose."""
        chosen = next(iter(self._media_urls.values()), None)
        return None if chosen is None else urlsplit(chosen).path.split("/")[-2]

    def media_url(self, body: bytes) -> str:
        """The media playlist that a multivariant playlist offers to this swarm.

        Raises PlaylistError when it has no such rendition.
        """
        url = self._media_urls.get(body)
        if url is None:
            if b"#EXT-X-STREAM-INF" not in body and b"#EXTINF" in body:
                url = self.url
            else:
                url = urljoin(self.url, self._choose(body.decode("utf-8", "replace")))
            self._media_urls = {body: url}
        return url

    def _choose(self, text: str) -> str:
        variants = sorted(
            parse_multivariant(text).variants, key=lambda v: v.bandwidth_bps, reverse=True
        )
        if self._rendition is None:
            return variants[0].uri
        for variant in variants:
            if self._rendition in urlsplit(variant.uri).path.split("/"):
                return variant.uri
        offered = ", ".join(variant.uri for variant in variants)
        raise PlaylistError(f"no rendition {self._rendition!r}; offered are {offered}")

    def read(self, url: str, body: bytes, now: float) -> Moment:
        if self.timeline is None:
            self.timeline = Timeline(url, self.settings.moments_max)
        return self.timeline.read(url, body, now)

    def first_seen(self, fragment: int, now: float) -> float:
        """When the first viewer had this fragment of the endless stream."""
        first_s = self._first_seen.setdefault(fragment, now)
        if len(self._first_seen) > FRAGMENTS_MAX:
            del self._first_seen[next(iter(self._first_seen))]
        return first_s
