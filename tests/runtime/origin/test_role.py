import pytest
from tests.runtime.origin.conftest import Origin


pytestmark = pytest.mark.e2e


async def test_a_stream_is_published_recorded_and_ended(origin: Origin) -> None:
    async with origin.publisher():
        _, headers, text = await origin.on_air()
        assert headers["cache-control"] == "max-age=1"
        assert text.count(b"#EXT-X-STREAM-INF") == 2
        status, _, playlist = await origin.get("/live/live/90p/index.m3u8")
        assert status == 200
        hint = playlist.decode().split('TYPE=PART,URI="')[1].split('"')[0]
        status, headers, part = await origin.get(f"/live/live/90p/{hint}")
        assert (status, headers["cache-control"]) == (200, "max-age=3600, immutable")
        assert part[4:8] == b"moof"
        status, _, picture = await origin.get("/live/live/snapshot.jpg")
        assert (status, picture[:2]) == (200, b"\xff\xd8")
        assert [s["stream"] for s in (await origin.json("/live/index.json"))["streams"]] == ["live"]  # type: ignore[attr-defined]
    state = "live"
    while state != "ended":
        state = str((await origin.json("/live/live/status.json"))["state"])
    assert (await origin.get("/live/live/source/index.m3u8"))[2].endswith(b"#EXT-X-ENDLIST\n")
    (folder,) = (origin.directory / "recordings" / "live").iterdir()
    while not (folder / "index.m3u8").read_text().endswith("#EXT-X-ENDLIST\n"):
        await origin.get("/healthz")
    assert (folder / "video-0.mp4").read_bytes()[4:8] == b"ftyp"


async def test_a_wrong_key_is_refused_before_any_media(origin: Origin) -> None:
    async with origin.publisher(key="x" * 24) as child:
        _, words = await child.communicate()
    assert b"unknown stream key" in words
    assert (await origin.json("/live/index.json"))["streams"] == []
