"""The origin's URLs: playlists, parts, frames, status, snapshots, pages."""

import asyncio
import json
import logging
from typing import TYPE_CHECKING

from manycast.hls.holds import HintedPart
from manycast.hls.multivariant import Variant
from manycast.hls.names import parse_name
from manycast.hls.reload import Now, Reject, parse_reload
from manycast.origin.session import State
from manycast.origin.stage import Stage
from manycast.runtime.ffmpeg.binary import FfmpegError
from manycast.runtime.ffmpeg.snapshot import Snapshots
from manycast.runtime.http.exchange import Exchange
from manycast.runtime.http.request import Request
from manycast.runtime.origin import metrics, whip
from manycast.runtime.origin.broadcast import Broadcast, Outcome, World
from manycast.runtime.origin.live import Live
from manycast.runtime.origin.recordings import Recordings
from manycast.runtime.origin.whip import Whip, WhipMeans
from manycast.runtime.pages.files import Pages
from manycast.settings.network import address
from manycast.std.http1 import field


if TYPE_CHECKING:
    from collections.abc import Iterable

    from manycast.runtime.origin.sending import Sending


log = logging.getLogger("manycast.origin")

PLAYLIST = b"application/vnd.apple.mpegurl"
MEDIA = b"video/mp4"
TEXT = b"text/plain; charset=utf-8"
JSON = b"application/json"

IMMUTABLE = b"max-age=3600, immutable"
ANSWERED = b"max-age=12"
"""A blocking reload's reply never changes: kept six target durations."""
PLAIN = b"max-age=1"
"""A playlist without directives: half a target duration."""
NEVER = b"no-store"

START_WAIT_S = 5.0
"""How long the multivariant playlist is held while a stream starts: two keyframe intervals and a half."""
RETURN_LOOK_S = 0.1
"""Between looks for a stream that may return: a fraction of a part. Edges ask once for each playlist."""
SNAPSHOT_MAX_AGE_MS = 5000

Fields = list[tuple[bytes, bytes]]


class Site:
    """An HTTP application over the live streams."""

    def __init__(self, live: Live, world: World, pages: Pages, token: str = "") -> None:
        """``token``: what the control role proves itself with."""
        self._live = live
        self._world = world
        self._pages = pages
        self._recordings = Recordings(world.recordings, token, world.tasks)
        settings = world.settings.whip
        self.whip = Whip(WhipMeans(settings, whip.COMMAND, live, token, world.tasks))
        self.destinations: Iterable[Sending] = ()
        """What streams are sent on to."""
        self.ready = False
        """Whether publishers and viewers may come: not before every port is open, not while draining."""
        self._camera = Snapshots(world.binary)
        self._snapshots: dict[str, tuple[int, bytes]] = {}
        self._pictured: dict[str, list[Exchange]] = {}

    def __call__(self, exchange: Exchange) -> None:
        self._answer(exchange, asyncio.get_running_loop().time() + START_WAIT_S)

    def _answer(self, exchange: Exchange, until: float) -> None:
        """``until``, in the loop's time, a playlist may wait for its stream to be there."""
        request = exchange.request
        if self._taken(exchange):
            return
        if request.method not in {"GET", "HEAD"}:
            _refuse(exchange, 405, "This server only answers GET and HEAD.")
            return
        match request.path.split("/")[1:]:
            case ["live", "index.json"]:
                port = address(self._world.settings.network.rtmp)[1]
                _json(exchange, {"streams": self._listing(), "rtmp_port": port}, PLAIN)
            case ["live", "time"]:
                _json(exchange, {"now_ms": self._world.clock.now_ms()}, NEVER)
            case ["live", stream, *rest] if self._awaited(stream, rest):
                self._answer_later(exchange, until)
            case ["live", stream, *rest]:
                self._stream(exchange, stream, rest)
            case ["healthz"]:
                exchange.send(200, _fields(TEXT, NEVER), b"ok\n")
            case ["readyz"]:
                self._readiness(exchange)
            case ["metrics"]:
                text = metrics.text(self._live.broadcasts) + metrics.destinations(self.destinations)
                exchange.send(200, _fields(metrics.TYPE, NEVER), text.encode())
            case _:
                self._page(exchange)

    def _taken(self, exchange: Exchange) -> bool:
        """What takes more than reading; whether it was that."""
        match exchange.request.path.split("/")[1:]:
            case ["recordings", *names]:
                self._recordings.answer(exchange, names)
            case [whip.PATH, *names]:
                self.whip.answer(exchange, names)
            case _:
                return False
        return True

    # Streams

    def _awaited(self, stream: str, rest: list[str]) -> bool:
        """Whether this is a playlist that viewers may know from before this process was started."""
        if rest[-1:] != ["index.m3u8"]:
            return False
        broadcast = self._live.find(stream)
        if broadcast is None:
            return self._live.may_return(stream)
        return len(rest) > 1 and broadcast.session.state is State.STARTING

    def _answer_later(self, exchange: Exchange, until: float) -> None:
        loop = asyncio.get_running_loop()
        if loop.time() >= until:
            _unavailable(exchange, "The stream is not here yet.")
        elif not exchange.closed:
            loop.call_later(RETURN_LOOK_S, self._answer, exchange, until)

    def _stream(self, exchange: Exchange, stream: str, rest: list[str]) -> None:
        broadcast = self._live.find(stream)
        match rest:
            case ["status.json"]:
                _json(exchange, _status(stream, broadcast), PLAIN)
            case _ if broadcast is None:
                _refuse(exchange, 404, f"The stream {stream[:80]!r} is not on the air.")
            case ["index.m3u8"]:
                self._multivariant(exchange, broadcast)
            case ["snapshot.jpg"]:
                self._snapshot(exchange, broadcast)
            case [rendition, name] if rendition in broadcast.session.stages:
                self._rendition(exchange, broadcast, broadcast.session.stages[rendition], name)
            case _:
                _refuse(exchange, 404, "There is no such rendition of this stream.")

    def _rendition(self, exchange: Exchange, broadcast: Broadcast, stage: Stage, name: str) -> None:
        rendition = stage.rendition
        if name == "index.m3u8":
            self._playlist(exchange, broadcast, stage)
        elif name == "frames.mp4":
            self._frames(exchange, broadcast, stage)
        elif name in rendition.objects:
            exchange.send(200, _fields(MEDIA, IMMUTABLE), rendition.objects[name])
        else:
            self._hinted(exchange, broadcast, stage, name)

    def _multivariant(self, exchange: Exchange, broadcast: Broadcast) -> None:
        def answer(text: bytes | None) -> None:
            timer.cancel()
            if text is None:
                _unavailable(exchange, "The stream has no picture yet.")
            else:
                exchange.send(200, _fields(PLAYLIST, PLAIN), text)

        def late() -> None:
            if broadcast.forget_early(answer):
                _unavailable(exchange, "The stream is starting.")

        def leave() -> None:
            timer.cancel()
            broadcast.forget_early(answer)

        timer = asyncio.get_running_loop().call_later(START_WAIT_S, late)
        exchange.on_closed(leave)
        broadcast.when_offered(answer)

    def _playlist(self, exchange: Exchange, broadcast: Broadcast, stage: Stage) -> None:
        wanted = parse_reload(exchange.request.query)
        if isinstance(wanted, Reject):
            _refuse(exchange, 400, wanted.reason)
            return
        name = stage.rendition.name
        freshness = PLAIN if wanted.msn is None else ANSWERED

        def answer(outcome: Outcome) -> None:
            if isinstance(outcome, Now):
                text = stage.rendition.text(
                    lambda: broadcast.session.reports(name), skip=wanted.skip
                )
                exchange.send(200, _fields(PLAYLIST, freshness), text)
            else:
                _decline(exchange, outcome)

        request = broadcast.ask(name, wanted, answer)
        exchange.on_closed(lambda: broadcast.leave(name, request))

    def _hinted(self, exchange: Exchange, broadcast: Broadcast, stage: Stage, name: str) -> None:
        parsed = parse_name(name)
        if parsed is None or parsed[0] != "part":
            _refuse(exchange, 404, "There is no such part or segment; it may have left the window.")
            return

        def answer(outcome: Outcome) -> None:
            chunks = stage.rendition.objects.get(name)
            if isinstance(outcome, Now) and chunks is not None:
                exchange.send(200, _fields(MEDIA, IMMUTABLE), chunks)
            elif isinstance(outcome, Now):
                _refuse(exchange, 404, "This part has left the window.")
            else:
                _decline(exchange, outcome)

        request = broadcast.ask(stage.rendition.name, HintedPart(parsed[1]), answer)
        exchange.on_closed(lambda: broadcast.leave(stage.rendition.name, request))

    def _frames(self, exchange: Exchange, broadcast: Broadcast, stage: Stage) -> None:
        if not stage.rendition.tail or broadcast.session.state is State.ENDED:
            _unavailable(exchange, "The stream has no picture yet.")
            return
        fields = [*_fields(MEDIA, NEVER), (b"manycast-stream", b"cmaf")]
        stream = exchange.stream(200, fields)
        if exchange.request.method == "HEAD":
            stream.end()
        else:
            broadcast.read_frames(stage.rendition.name, stream)

    # Pictures

    def _snapshot(self, exchange: Exchange, broadcast: Broadcast) -> None:
        made_ms, picture = self._snapshots.get(broadcast.name, (0, b""))
        over = broadcast.session.state is State.ENDED and bool(picture)
        if over or self._world.clock.now_ms() - made_ms < SNAPSHOT_MAX_AGE_MS:
            _show(exchange, picture)
            return
        waiting = self._pictured.setdefault(broadcast.name, [])
        waiting.append(exchange)
        if len(waiting) == 1:
            self._world.tasks.create_task(self._take_picture(broadcast))

    async def _take_picture(self, broadcast: Broadcast) -> None:
        lead = broadcast.session.lead
        found = lead.packager.keyframe if lead is not None else None
        picture = b""
        if found is not None:
            try:
                picture = await self._camera.take(*found)
            except FfmpegError as error:
                broadcast.note(f"no snapshot: {error}")
            except Exception:
                log.exception("%s: no snapshot, by a fault in manycast itself", broadcast.name)
        now_ms = self._world.clock.now_ms()
        self._snapshots[broadcast.name] = (now_ms, picture)
        for exchange in self._pictured.pop(broadcast.name):
            _show(exchange, picture)

    # Everything else

    def _listing(self) -> list[dict[str, object]]:
        listed = []
        for name, broadcast in self._live.broadcasts.items():
            session, lead = broadcast.session, broadcast.session.lead
            if session.state in {State.LIVE, State.RECONNECTING} and lead is not None:
                video = lead.video
                listed.append(
                    {
                        "stream": name,
                        "state": session.state.value,
                        "since_ms": session.since_ms,
                        "width": video.width if video else None,
                        "height": video.height if video else None,
                    }
                )
        return listed

    def _page(self, exchange: Exchange) -> None:
        page = self._pages.find(exchange.request.path)
        if page is None:
            _refuse(exchange, 404, "There is nothing here.")
            return
        fields = _fields(page.content_type.encode(), page.cache_control.encode())
        if page.gzip is None:
            exchange.send(200, fields, page.body)
            return
        fields.append((b"vary", b"accept-encoding"))
        if _takes_gzip(exchange.request):
            exchange.send(200, [*fields, (b"content-encoding", b"gzip")], page.gzip)
        else:
            exchange.send(200, fields, page.body)

    def _readiness(self, exchange: Exchange) -> None:
        if self.ready:
            exchange.send(200, _fields(TEXT, NEVER), b"ok\n")
        else:
            _unavailable(exchange, "This origin is starting or stopping.")


def _status(stream: str, broadcast: Broadcast | None) -> dict[str, object]:
    if broadcast is None:
        return {
            "stream": stream,
            "state": "offline",
            "since_ms": None,
            "part_ms": None,
            "renditions": [],
            "apart": [],
        }
    session = broadcast.session
    return {
        "stream": stream,
        "state": session.state.value,
        "since_ms": session.since_ms,
        "part_ms": session.rules.part_target_ms if session.rules else None,
        "renditions": _renditions(broadcast.variants()),
        "apart": _renditions(broadcast.apart()),
    }


def _renditions(variants: list[Variant]) -> list[dict[str, object]]:
    return [
        {
            "name": variant.uri.partition("/")[0],
            "width": variant.width,
            "height": variant.height,
            "frame_rate": variant.frame_rate,
            "bandwidth_bps": variant.bandwidth_bps,
            "average_bps": variant.average_bandwidth_bps,
            "codecs": ",".join(variant.codecs),
        }
        for variant in variants
    ]


def _takes_gzip(request: Request) -> bool:
    """An edge asks for all its viewers and names no coding, which leaves the choice to us (RFC 9110 section 12.5.3)."""
    wanted = field(request.headers, b"accept-encoding")
    return wanted is None or b"gzip" in wanted


def _fields(content_type: bytes, cache_control: bytes) -> Fields:
    return [(b"content-type", content_type), (b"cache-control", cache_control)]


def _json(exchange: Exchange, value: object, cache_control: bytes) -> None:
    exchange.send(200, _fields(JSON, cache_control), json.dumps(value).encode())


def _refuse(exchange: Exchange, status: int, text: str) -> None:
    comes_true = exchange.request.path.endswith((".m4s", ".mp4"))  # perhaps a moment later
    cache_control = PLAIN if status == 404 and not comes_true else NEVER
    exchange.send(status, _fields(TEXT, cache_control), f"{text}\n".encode())


def _show(exchange: Exchange, picture: bytes) -> None:
    """A JPEG; empty when there was none to make, which is remembered like a picture."""
    if picture:
        exchange.send(200, _fields(b"image/jpeg", b"max-age=5"), picture)
    else:
        _unavailable(exchange, "There is no picture yet.")


def _unavailable(exchange: Exchange, text: str) -> None:
    exchange.send(503, [*_fields(TEXT, NEVER), (b"retry-after", b"1")], f"{text}\n".encode())


def _decline(exchange: Exchange, outcome: Outcome) -> None:
    if isinstance(outcome, Reject):
        _refuse(exchange, 404 if outcome.missing else 400, outcome.reason)
    else:
        _unavailable(exchange, "The publisher has stalled; ask again.")
