import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.origin.publisher import World as Show, only_source, pictures
from tests.runtime.origin.conftest import Origin

from manycast.model.names import stream_name
from manycast.runtime.clock import SteadyWall
from manycast.runtime.ffmpeg.binary import Binary
from manycast.runtime.grants import Grants
from manycast.runtime.http.request import Request
from manycast.runtime.origin.broadcast import Broadcast, World
from manycast.runtime.origin.live import Live
from manycast.runtime.origin.shelf import Shelf
from manycast.runtime.origin.site import Site
from manycast.runtime.pages import files
from manycast.settings.tree import Settings


@pytest.mark.parametrize(
    ("path", "status", "text"),
    [
        ("/live/nobody/index.m3u8", 404, b"'nobody' is not on the air"),
        ("/live/nobody/source/index.m3u8", 404, b"not on the air"),
        ("/nothing", 404, b"nothing here"),
        ("/healthz", 200, b"ok"),
        ("/readyz", 200, b"ok"),
        ("/metrics", 200, b'manycast_streams{state="live"} 0'),
        ("/live/index.json", 200, b'"rtmp_port"'),
        ("/live/nobody/status.json", 200, b'"state": "offline"'),
        ("/live/time", 200, b'"now_ms"'),
        ("/watch/demo", 200, b"<html"),
        ("/", 200, b"<html"),
    ],
)
async def test_every_url_has_its_answer(
    origin: Origin, path: str, status: int, text: bytes
) -> None:
    found, headers, body = await origin.get(path)
    assert (found, text in body) == (status, True)
    assert headers["cache-control"]


@dataclass
class Asked:
    """An exchange that keeps what was answered; also the body of its streamed reply."""

    request: Request
    status: int = 0
    body: bytes = b""
    fields: dict[bytes, bytes] = field(default_factory=dict)
    ended: bool = False
    leave: Callable[[], None] | None = None
    done: asyncio.Event = field(default_factory=asyncio.Event)

    def on_closed(self, callback: Callable[[], None]) -> None:
        self.leave = callback

    def send(self, status: int, fields: Sequence[tuple[bytes, bytes]], body: bytes) -> None:
        self.status, self.body, self.fields = status, bytes(body), dict(fields)
        self.done.set()

    def stream(self, status: int, fields: object) -> "Asked":
        self.status = status
        return self

    def write(self, pieces: Sequence[bytes]) -> None:
        self.body += b"".join(pieces)

    def end(self) -> None:
        self.ended = True

    __hash__ = object.__hash__


@dataclass
class Stand:
    """A site with one stream, without sockets."""

    site: Site
    broadcast: Broadcast

    def ask(self, path: str, method: str = "GET", *headers: tuple[bytes, bytes]) -> Asked:
        request = Request(
            method, path.encode(), path, "", headers, b"", http_10=False, keep_alive=True
        )
        asked = Asked(request)
        self.site(asked)  # type: ignore[arg-type]
        return asked


def stand(tmp_path: Path, tasks: asyncio.TaskGroup, *, live: bool) -> Stand:
    show = Show()
    show.connect()
    if live:
        show.play(pictures(), ms=8000)
    settings = Settings()
    clock = SteadyWall()
    world = World(settings, clock, only_source, Binary("/bin/false", ""), tasks, Shelf(tmp_path))
    streams = Live(Grants(()), world)
    broadcast = streams.broadcasts[stream_name("demo")] = Broadcast(stream_name("demo"), world)
    broadcast.session = show.session
    page = files.Page(b"", "text/html", "max-age=60")
    asset = files.Page(b"script", "text/javascript", "max-age=60", b"packed")
    return Stand(Site(streams, world, files.Pages(page, page, {"/assets/a.js": asset})), broadcast)


async def test_an_origin_is_ready_only_when_told_so(tmp_path: Path) -> None:
    async with asyncio.TaskGroup() as tasks:
        one = stand(tmp_path, tasks, live=False)
        assert one.ask("/readyz").status == 503
        assert one.ask("/healthz").status == 200
        one.site.ready = True
        assert one.ask("/readyz").status == 200


async def test_a_client_that_leaves_is_no_longer_awaited(tmp_path: Path) -> None:
    async with asyncio.TaskGroup() as tasks:
        one = stand(tmp_path, tasks, live=False)
        asked = one.ask("/live/demo/index.m3u8")
        assert (asked.status, len(one.broadcast._early)) == (0, 1)
        assert asked.leave is not None
        asked.leave()
        assert not one.broadcast._early


async def test_a_picture_that_could_not_be_made_is_never_an_empty_picture(tmp_path: Path) -> None:
    async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
        one = stand(tmp_path, tasks, live=True)
        first = one.ask("/live/demo/snapshot.jpg")
        await first.done.wait()
        remembered = one.ask("/live/demo/snapshot.jpg")
        assert [first.status, remembered.status] == [503, 503]


async def test_asking_for_the_head_of_single_frames_ends_at_once(tmp_path: Path) -> None:
    async with asyncio.TaskGroup() as tasks:
        one = stand(tmp_path, tasks, live=True)
        head = one.ask("/live/demo/source/frames.mp4", "HEAD")
        assert (head.status, head.ended, one.broadcast.readers) == (200, True, 0)
        get = one.ask("/live/demo/source/frames.mp4")
        assert (get.ended, one.broadcast.readers) == (False, 1)
        assert b"moov" in get.body


async def test_a_part_number_without_end_is_not_found(tmp_path: Path) -> None:
    async with asyncio.TaskGroup() as tasks:
        one = stand(tmp_path, tasks, live=True)
        assert one.ask(f"/live/demo/source/p{'9' * 5000}.m4s").status == 404


@pytest.mark.e2e
@pytest.mark.parametrize("path", ["index.m3u8", "source/index.m3u8"])
async def test_who_watched_before_a_restart_waits_and_is_not_sent_away(
    origin: Origin, path: str
) -> None:
    async with origin.publisher():
        while (status := (await origin.get(f"/live/live/{path}"))[0]) == 503:
            pass
        assert status == 200


async def test_assets_are_sent_packed_unless_another_coding_is_asked_for(tmp_path: Path) -> None:
    async with asyncio.TaskGroup() as tasks:
        one = stand(tmp_path, tasks, live=False)
        for headers in ((), ((b"accept-encoding", b"gzip, br"),)):
            packed = one.ask("/assets/a.js", "GET", *headers)
            assert (packed.body, packed.fields[b"content-encoding"]) == (b"packed", b"gzip")
            assert packed.fields[b"vary"] == b"accept-encoding"
        plain = one.ask("/assets/a.js", "GET", (b"accept-encoding", b"identity"))
        assert (plain.body, plain.fields[b"vary"]) == (b"script", b"accept-encoding")
        assert b"content-encoding" not in plain.fields


@pytest.mark.parametrize("name", ["p{}.m4s", "s{}.m4s", "i{}.mp4"])
async def test_what_may_exist_a_moment_later_is_never_remembered_as_missing(
    tmp_path: Path, name: str
) -> None:
    async with asyncio.TaskGroup() as tasks:
        one = stand(tmp_path, tasks, live=True)
        asked = one.ask("/live/demo/source/" + name.format(10**15))
        assert (asked.status, asked.fields[b"cache-control"]) == (404, b"no-store")
