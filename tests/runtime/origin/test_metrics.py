from dataclasses import replace
from pathlib import Path

from tests.origin.publisher import World as Show, one_rung, pictures
from tests.runtime.origin.test_sending import ORDER, begun, sends

from manycast.hls.holds import HintedPart
from manycast.model.names import stream_name
from manycast.runtime.clock import SteadyWall
from manycast.runtime.ffmpeg.binary import Binary
from manycast.runtime.ingest import Caller
from manycast.runtime.origin import metrics
from manycast.runtime.origin.broadcast import Broadcast, World
from manycast.runtime.origin.shelf import Shelf
from manycast.settings.tree import Settings


def broadcast_of(show: Show) -> Broadcast:
    world = World(Settings(), SteadyWall(), one_rung, Binary("", ""), None, Shelf(Path()))  # type: ignore[arg-type]
    broadcast = Broadcast(stream_name("demo"), world)
    broadcast.session = show.session
    return broadcast


def test_every_family_has_its_type_once_and_its_samples() -> None:
    show = Show(plan=one_rung)
    show.connect()
    show.play(pictures(), ms=8000)
    rendition = show.session.stages["source"].rendition
    position = rendition.window.position
    assert position is not None
    rendition.ask(1, HintedPart(position.next_part), show.now_ms / 1000)
    text = metrics.text({stream_name("demo"): broadcast_of(show)})
    lines = text.splitlines()
    types = [line for line in lines if line.startswith("# TYPE")]
    assert len(types) == len(set(types)) == sum(line.startswith("# HELP") for line in lines)
    assert 'manycast_streams{state="live"} 1' in lines
    assert 'manycast_publishers{stream="demo"} 1' in lines
    assert f'manycast_parts_total{{stream="demo",rendition="source"}} {rendition.parts}' in lines
    assert rendition.parts > 10
    assert 'manycast_held_requests{stream="demo",rendition="source"} 1' in lines
    assert 'manycast_slating{stream="demo",rendition="360p"} 0' in lines


def test_what_a_publisher_sends_shows_while_there_is_one() -> None:
    show = Show(plan=one_rung)
    broadcast = broadcast_of(show)
    take = broadcast.publish(Caller("192.0.2.1:5", "rtmp"), 0)
    for frame in pictures(count=30):
        take.meter.see(frame, broadcast._world.clock.now_ms())
    lines = metrics.text({stream_name("demo"): broadcast}).splitlines()
    assert 'manycast_ingest_frames_per_second{stream="demo"} 30' in lines
    assert 'manycast_ingest_dropped_frames{stream="demo"} 0' in lines
    broadcast.dismiss("enough")
    assert "manycast_ingest_frames_per_second{" not in metrics.text(
        {stream_name("demo"): broadcast}
    )


def test_a_slate_and_a_lost_publisher_show() -> None:
    show = Show(plan=one_rung)
    show.connect()
    show.play(pictures(), ms=8000)
    show.drop()
    show.wait(3000)
    lines = metrics.text({stream_name("demo"): broadcast_of(show)}).splitlines()
    assert 'manycast_publishers{stream="demo"} 0' in lines
    assert 'manycast_streams{state="reconnecting"} 1' in lines
    assert 'manycast_slating{stream="demo",rendition="source"} 1' in lines


async def test_what_is_sent_on_shows_by_destination() -> None:
    async with begun(ORDER) as seen:
        await seen.until(sends)
        report = replace(seen.report, round_trip_ms=20.0, video_bps=4_000_000)
        seen.sending.ledger.heard(replace(report, sent_bytes=5000))
        lines = metrics.destinations([seen.sending]).splitlines()
    labels = '{stream="live",destination="dst_1"}'
    assert f"manycast_destination_sending{labels} 1" in lines
    assert f"manycast_destination_bits_per_second{labels} 4000000" in lines
    assert f"manycast_destination_sent_bytes_total{labels} 5000" in lines
    assert f"manycast_destination_round_trip_seconds{labels} 0.02" in lines
    assert "# TYPE manycast_destination_reconnects_total counter" in lines
    assert not any(line.startswith("manycast_destination_behind_seconds{") for line in lines)
