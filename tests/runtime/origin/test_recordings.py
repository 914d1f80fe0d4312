import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.runtime.origin.test_shelf import TAKE, tape

from manycast.runtime.http.exchange import Exchange
from manycast.runtime.http.server import serve
from manycast.runtime.origin.recordings import Recordings
from manycast.runtime.origin.shelf import Shelf
from manycast.settings.http import HttpServerSettings


TOKEN = "t" * 43


@dataclass
class Reply:
    status: int
    fields: dict[str, str]
    body: bytes


@dataclass
class Stand:
    port: int
    shelf: Shelf

    async def ask(self, path: str, method: str = "GET", token: str = TOKEN, **fields: str) -> Reply:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        lines = [f"{method} {path} HTTP/1.1", "host: a", "connection: close"]
        lines += [f"authorization: Bearer {token}"] if token else []
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in fields.items()]
        writer.write("\r\n".join([*lines, "", ""]).encode())
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
        writer.close()
        await writer.wait_closed()
        first, *rest = head.decode().split("\r\n")
        found = dict(line.split(": ", 1) for line in rest)
        return Reply(int(first.split()[1]), found, body)


@asynccontextmanager
async def stand(root: Path, token: str = TOKEN) -> AsyncIterator[Stand]:
    shelf = Shelf(root)
    shelf.load()
    async with asyncio.timeout(30), asyncio.TaskGroup() as tasks:
        recordings = Recordings(shelf, token, tasks)

        def answer(exchange: Exchange) -> None:
            recordings.answer(exchange, exchange.request.path.split("/")[2:])

        server = await serve(answer, "127.0.0.1", 0, HttpServerSettings(drain_s=1))
        yield Stand(server.port, shelf)
        await server.close()


FILE = f"/recordings/live/{TAKE}/video-0.mp4"


async def test_a_file_is_read_whole_in_part_and_not_twice(tmp_path: Path) -> None:
    recording = tape(tmp_path)
    recording.close()
    content = (recording.folder / "video-0.mp4").read_bytes()
    async with stand(tmp_path) as one:
        whole = await one.ask(FILE)
        assert (whole.status, whole.body) == (200, content)
        assert whole.fields["content-type"] == "video/mp4"
        assert whole.fields["cache-control"] == "private, no-cache"
        tag = whole.fields["etag"]
        part = await one.ask(FILE, range="bytes=4-9", if_range=tag)
        assert (part.status, part.body) == (206, content[4:10])
        assert part.fields["content-range"] == f"bytes 4-9/{len(content)}"
        assert (await one.ask(FILE, range="bytes=-3")).body == content[-3:]
        assert (await one.ask(FILE, range="bytes=4-9", if_range='"other"')).body == content
        assert (await one.ask(FILE, range="bytes=0-1,5-6")).status == 200
        beyond = await one.ask(FILE, range="bytes=9999-")
        assert (beyond.status, beyond.fields["content-range"]) == (416, f"bytes */{len(content)}")
        assert (await one.ask(FILE, if_none_match=tag)).status == 304
        head = await one.ask(FILE, "HEAD")
        assert (head.status, head.body) == (200, b"")
        assert head.fields["content-length"] == str(len(content))


async def test_a_playlist_may_grow_while_it_is_read(tmp_path: Path) -> None:
    recording = tape(tmp_path)
    path = f"/recordings/live/{TAKE}/index.m3u8"
    async with stand(tmp_path) as one:
        first = await one.ask(path)
        assert first.fields["content-type"] == "application/vnd.apple.mpegurl"
        assert b"#EXT-X-ENDLIST" not in first.body
        recording.close()
        second = await one.ask(path, if_none_match=first.fields["etag"])
        assert (second.status, second.body.endswith(b"#EXT-X-ENDLIST\n")) == (200, True)


async def test_a_large_file_comes_through_to_the_last_byte(tmp_path: Path) -> None:
    tape(tmp_path).close()
    content = os.urandom(20_000_000)
    (tmp_path / "live" / TAKE / "video-0.mp4").write_bytes(content)
    async with stand(tmp_path) as one:
        assert (await one.ask(FILE)).body == content
        assert (await one.ask(FILE, range="bytes=9000000-")).body == content[9_000_000:]


@pytest.mark.parametrize("token", ["", "x" * 43, "t" * 42])
async def test_nobody_else_reads_or_deletes_anything(tmp_path: Path, token: str) -> None:
    tape(tmp_path).close()
    async with stand(tmp_path) as one:
        for method, path in (
            ("GET", FILE),
            ("DELETE", f"/recordings/live/{TAKE}"),
            ("GET", "/recordings/x"),
        ):
            assert (await one.ask(path, method, token)).status == 401
    assert (tmp_path / "live" / TAKE).exists()


async def test_without_a_control_role_nobody_does(tmp_path: Path) -> None:
    tape(tmp_path).close()
    async with stand(tmp_path, token="") as one:
        assert (await one.ask(FILE, token="")).status == 401
        assert (await one.ask(FILE, token=" ")).status == 401


async def test_deleting_takes_all_of_it_and_is_told_once(tmp_path: Path) -> None:
    tape(tmp_path).close()
    async with stand(tmp_path) as one:
        assert (await one.ask(f"/recordings/live/{TAKE}", "DELETE")).status == 204
        assert (await one.ask(f"/recordings/live/{TAKE}", "DELETE")).status == 404
        assert (await one.ask(FILE)).status == 404
        assert one.shelf.reports == ()
    assert not (tmp_path / "live" / TAKE).exists()


async def test_what_is_being_written_stays(tmp_path: Path) -> None:
    recording = tape(tmp_path)
    async with stand(tmp_path) as one:
        assert (await one.ask(f"/recordings/live/{TAKE}", "DELETE")).status == 409
    recording.close()


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", f"/recordings/live/{TAKE}", 405),
        ("DELETE", FILE, 405),
        ("POST", FILE, 405),
        ("GET", f"/recordings/live/{TAKE}/video-7.mp4", 404),
        ("GET", f"/recordings/live/{TAKE}/..%2f..%2fchannels.json", 404),
        ("GET", "/recordings/../channels.json", 404),
        ("DELETE", "/recordings/live", 404),
        ("DELETE", "/recordings/", 404),
    ],
)
async def test_every_other_request_is_refused(
    tmp_path: Path, method: str, path: str, status: int
) -> None:
    tape(tmp_path).close()
    async with stand(tmp_path) as one:
        assert (await one.ask(path, method)).status == status


async def test_a_client_that_leaves_in_the_middle_costs_no_open_file(tmp_path: Path) -> None:
    tape(tmp_path).close()
    (tmp_path / "live" / TAKE / "video-0.mp4").write_bytes(bytes(30_000_000))
    async with stand(tmp_path) as one:
        await one.ask(FILE, "HEAD")
        before = open_files()
        for _ in range(5):
            reader, writer = await asyncio.open_connection("127.0.0.1", one.port)
            writer.write(
                f"GET {FILE} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {TOKEN}\r\n\r\n".encode()
            )
            await reader.readexactly(100_000)
            writer.transport.abort()
            await asyncio.sleep(0)
        while open_files() > before:
            await one.ask("/recordings/", "GET")


def open_files() -> int:
    return sum(1 for link in Path("/proc/self/fd").iterdir() if _leads_to_video(link))


def _leads_to_video(link: Path) -> bool:
    try:
        return link.readlink().suffix == ".mp4"
    except OSError:
        return False


async def test_a_fault_of_our_own_costs_one_reply(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tape(tmp_path).close()
    async with stand(tmp_path) as one:
        monkeypatch.setattr(one.shelf, "path", lambda _: 1 / 0)
        assert (await one.ask(FILE)).status == 500
        monkeypatch.undo()
        assert (await one.ask(FILE)).status == 200
    assert "please report it" in caplog.text
