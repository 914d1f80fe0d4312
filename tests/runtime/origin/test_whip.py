import asyncio
import http.client
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.async_api import Page, async_playwright
from tests.runtime.control_peer import TOKEN, listening
from tests.runtime.origin.conftest import FFMPEG, SETTINGS, Origin, running
from tests.runtime.origin.test_report import Mind, reporting_to

from manycast.model.media import Media
from manycast.runtime.http.server import serve
from manycast.runtime.ingest import Admitted, Caller, GiveUp, Publisher, nothing
from manycast.runtime.origin import whip
from manycast.runtime.origin.whip import Whip, WhipMeans
from manycast.settings.whip import WhipSettings


pytestmark = pytest.mark.e2e

CHROMIUM = "/usr/bin/chromium"
WORDS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]
PUBLISH = """async ([url, key]) => {
  const media = await navigator.mediaDevices.getUserMedia({ audio: true, video: { width: 640, height: 360, frameRate: 30 } });
  const peer = (window.peer = new RTCPeerConnection());
  for (const track of media.getTracks()) peer.addTransceiver(track, { direction: "sendonly" });
  await peer.setLocalDescription();
  await new Promise((done) => (peer.iceGatheringState === "complete" ? done() : peer.addEventListener("icegatheringstatechange", () => peer.iceGatheringState === "complete" && done())));
  const reply = await fetch(url, { method: "POST", headers: { "content-type": "application/sdp", authorization: `Bearer ${key}` }, body: peer.localDescription.sdp });
  const text = await reply.text();
  if (!reply.ok) throw new Error(`${reply.status} ${text}`);
  window.session = new URL(reply.headers.get("location"), url).href;
  await peer.setRemoteDescription({ type: "answer", sdp: text });
}"""
VP8 = "\r\n".join(
    [
        "v=0",
        "o=- 1 1 IN IP4 0.0.0.0",
        "s=-",
        "t=0 0",
        "a=group:BUNDLE 0",
        "m=video 9 UDP/TLS/RTP/SAVPF 96",
        "c=IN IP4 0.0.0.0",
        "a=mid:0",
        "a=ice-ufrag:abcd",
        "a=ice-pwd:abcdefghijklmnopqrstuv",
        "a=fingerprint:sha-256 " + ":".join(["AB"] * 32),
        "a=setup:actpass",
        "a=sendonly",
        "a=rtcp-mux",
        "a=rtpmap:96 VP8/90000",
        "",
    ]
)
LEAVE = "async () => { await fetch(window.session, { method: 'DELETE' }); window.peer.close(); }"


@pytest.fixture
def place(tmp_path: Path, costs: Path) -> Path:
    shutil.copy(costs, tmp_path)
    (tmp_path / "fleet.token").write_text(TOKEN)
    return tmp_path


@asynccontextmanager
async def browser() -> AsyncIterator[Page]:
    """One with a camera and a microphone of its own, which it shows to every page."""
    found = shutil.which(CHROMIUM)
    if found is None:
        pytest.skip("no Chromium on this machine")
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=found, args=WORDS)
        page = await chromium.new_page()
        yield page
        await chromium.close()


def _ask(
    origin: Origin, method: str, path: str, body: str = "", **fields: str
) -> tuple[int, dict[str, str], str]:
    connection = http.client.HTTPConnection("127.0.0.1", origin.http, timeout=20)
    names = {name.replace("_", "-"): value for name, value in fields.items()}
    connection.request(method, path, body, names)
    reply = connection.getresponse()
    text = reply.read().decode()
    connection.close()
    return reply.status, {name.lower(): value for name, value in reply.getheaders()}, text


async def ask(
    origin: Origin, method: str, path: str, body: str = "", **fields: str
) -> tuple[int, dict[str, str], str]:
    return await asyncio.to_thread(_ask, origin, method, path, body, **fields)


async def offer(origin: Origin, key: str, body: str = "v=0", **fields: str) -> tuple[int, str]:
    named = {"Content_Type": "application/sdp", "Authorization": f"Bearer {key}", **fields}
    status, _, text = await ask(origin, "POST", "/whip", body, **named)
    return status, text


async def test_a_browsers_camera_is_on_the_air_and_leaves(origin: Origin) -> None:
    async with browser() as page:
        await page.goto(f"http://127.0.0.1:{origin.http}/")
        await page.evaluate(PUBLISH, [f"http://127.0.0.1:{origin.http}/whip", origin.key])
        _, _, text = await origin.on_air()
        assert b'CODECS="avc1.' in text
        assert b'opus"' in text
        status = await origin.json("/live/live/status.json")
        assert status["state"] == "live"
        await page.evaluate(LEAVE)
        while status["state"] == "live":
            status = await origin.json("/live/live/status.json")


async def test_ffmpeg_publishes_by_whip(origin: Origin) -> None:
    async with whip_publisher(origin):
        _, _, text = await origin.on_air()
        assert text.count(b"#EXT-X-STREAM-INF") == 2


@asynccontextmanager
async def whip_publisher(origin: Origin) -> AsyncIterator[None]:
    argv = [FFMPEG, "-v", "error", "-re", "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=30"]
    argv += ["-f", "lavfi", "-i", "sine=sample_rate=48000", "-c:v", "libx264", "-bf", "0"]
    argv += ["-profile:v", "baseline", "-preset", "ultrafast", "-tune", "zerolatency", "-g", "30"]
    argv += ["-pix_fmt", "yuv420p", "-c:a", "libopus", "-ac", "2", "-f", "whip"]
    argv += ["-authorization", origin.key, f"http://127.0.0.1:{origin.http}/whip"]
    child = await asyncio.create_subprocess_exec(*argv)
    try:
        yield
    finally:
        child.kill()
        await child.wait()


@pytest.mark.parametrize(
    ("key", "body", "fields", "status", "why"),
    [
        ("x" * 24, "v=0", {}, 401, "unknown stream key"),
        ("k", "v=0", {"Authorization": "Basic abc"}, 401, "bearer"),
        ("k", "v=0", {"Content_Type": "text/plain"}, 415, "application/sdp"),
        ("k", "v" * (whip.OFFER_BYTES_MAX + 1), {}, 413, "at most"),
        ("own", "this is no offer", {}, 406, "no video"),
        ("own", VP8, {}, 406, "cannot be answered"),
        ("own", "v=0\r\n", {}, 406, "H.264"),
    ],
)
async def test_who_cannot_publish_is_told_why(
    origin: Origin, key: str, body: str, fields: dict[str, str], status: int, why: str
) -> None:
    told = await offer(origin, origin.key if key == "own" else key, body, **fields)
    assert told[0] == status
    assert why in told[1]


async def test_other_requests_are_told_what_to_do(origin: Origin) -> None:
    status, fields, _ = await ask(origin, "OPTIONS", "/whip")
    assert status == 204
    assert fields["access-control-allow-origin"] == "*"
    assert "authorization" in fields["access-control-allow-headers"]
    assert (await ask(origin, "GET", "/whip"))[0] == 405
    status, fields, _ = await ask(origin, "PATCH", "/whip/sessions/x")
    assert (status, fields["allow"]) == (405, "DELETE")
    assert (await ask(origin, "DELETE", "/whip/sessions/x"))[0] == 404
    assert (await ask(origin, "GET", "/whipped"))[0] == 404


async def test_without_the_extra_it_says_what_to_install(
    origin: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whip, "find_spec", lambda _: None)
    assert (await offer(origin, origin.key)) == (
        501,
        "Nothing here speaks WebRTC: install manycast with its extra, manycast[whip].\n",
    )


class Shut:
    """Takes its time to let somebody in."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.left: list[str] = []
        self._then: Admitted = lambda _: None

    def admit(self, key: str, caller: Caller, then: Admitted) -> GiveUp:
        del key, caller
        self._then = then
        self.asked.set()
        return nothing

    def enter(self, channel: str, caller: Caller) -> Publisher:
        raise NotImplementedError

    def open(self) -> None:
        self._then(self)

    def media(self, item: Media) -> None:
        raise NotImplementedError

    def lost(self, reason: str, *, clean: bool) -> None:
        del clean
        self.left.append(reason)


async def test_who_comes_back_while_the_origin_stops_is_not_taken_any_more(place: Path) -> None:
    """Nobody would end that publisher: the origin would wait for it for ever."""
    async with asyncio.timeout(60), asyncio.TaskGroup() as tasks:
        door = Shut()
        one = Whip(WhipMeans(SETTINGS.whip, whip.COMMAND, door, "", tasks))
        web = await serve(lambda exchange: one.answer(exchange, []), "127.0.0.1", 0)
        there = Origin(place, 0, web.port)
        coming = tasks.create_task(offer(there, "key"))
        await door.asked.wait()
        await one.stop()
        door.open()
        assert await coming == (503, "This origin is stopping.\n")
        assert await offer(there, "key") == (503, "This origin is stopping.\n")
        assert door.left == ["This origin is stopping."]
        await web.close()


async def test_places_are_limited_and_zero_turns_it_off(place: Path) -> None:
    for limit, status in ((0, 404), (1, 503)):
        settings = replace(SETTINGS, whip=WhipSettings(sessions_max=limit))
        async with running(place, settings) as origin:
            if limit:
                async with whip_publisher(origin):
                    await origin.on_air()
                    assert (await offer(origin, origin.key))[0] == status
            else:
                assert (await offer(origin, origin.key))[0] == status


async def test_the_control_role_lets_people_in_by_channel(place: Path) -> None:
    mind = Mind()
    async with listening(mind), running(place, reporting_to(mind)) as origin:
        await mind.until(lambda: mind.last.get("revision", "") != "")
        named = {"Content_Type": "application/sdp", "Authorization": f"Bearer {TOKEN}"}
        status, _, text = await ask(origin, "POST", "/whip/live", "v=0", **named)
        assert (status, "H.264" in text) == (406, True), "it came as far as its offer"
        status, _, text = await ask(origin, "POST", "/whip/gone", "v=0", **named)
        assert (status, text) == (409, "this channel has been removed.\n")


async def test_a_stuck_process_is_given_up(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whip, "COMMAND", ["/bin/sh", "-c", "exec sleep 60", "x"])
    settings = replace(SETTINGS, whip=WhipSettings(start_ms=100))
    async with running(place, settings) as origin:
        status, text = await offer(origin, origin.key)
        assert (status, "overloaded" in text) == (503, True)


async def test_a_process_that_dies_is_told_with_its_last_words(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whip, "COMMAND", ["/bin/sh", "-c", "echo no memory >&2", "x"])
    async with running(place, SETTINGS) as origin:
        assert await offer(origin, origin.key) == (503, "no memory.\n")
