from manycast.hls.holds import HintedPart
from manycast.hls.reload import Now
from manycast.hls.rules import Rules
from manycast.origin.grid import Boundary
from manycast.origin.packager import Closed, FrameCut, Opened, PartCut
from manycast.origin.rendition import TAIL_BYTES_MAX, Framed, Released, Rendition, SegmentFinished


def rendition() -> Rendition:
    one = Rendition("source", Rules(), numbers_from_ms=5000, declared_bps=0)
    one.take([Opened(Boundary(3, 1000), 1000, b"init")], now=0.0)
    return one


def test_names_lead_to_bytes_and_segments_are_their_parts() -> None:
    one = rendition()
    one.take(
        [PartCut([b"a", b"b"], 334, independent=True), PartCut([b"c"], 300, independent=False)], 0.0
    )
    finished = [o for o in one.take([Closed()], 0.0) if isinstance(o, SegmentFinished)]
    assert one.objects["i6.mp4"] == (b"init",)
    assert one.objects["p50.m4s"] == [b"a", b"b"]
    assert one.objects["p51.m4s"] == [b"c"]
    assert one.objects["s3.m4s"] == [b"a", b"b", b"c"]
    assert [(f.duration_ms, f.program_date_ms, f.init) for f in finished] == [(634, 1000, b"init")]
    assert one.ready


def test_whoever_waits_for_the_hinted_part_gets_it() -> None:
    one = rendition()
    one.take([PartCut([b"a"], 334, independent=True), Closed()], 0.0)
    one.take([Opened(Boundary(4, 1334), 1334, None)], 0.0)
    assert one.ask(9, HintedPart(51), 0.0) == []
    released = one.take([PartCut([b"b"], 334, independent=True)], 0.1)
    assert [
        (o.settled.request, o.settled.outcome) for o in released if isinstance(o, Released)
    ] == [(9, Now())]


def test_the_text_is_rendered_once_for_each_state() -> None:
    one = rendition()
    one.take([PartCut([b"a"], 334, independent=True), Closed()], 0.0)
    first = one.text(tuple, skip=False)
    assert one.text(tuple, skip=False) is first
    one.take([Opened(Boundary(4, 1334), 1334, None), PartCut([b"b"], 334, independent=True)], 0.0)
    assert one.text(tuple, skip=False) != first


def test_the_tail_begins_at_the_last_keyframe_behind_its_mark() -> None:
    one = rendition()
    one.take([FrameCut([b"k1"], key=True), FrameCut([b"d1"], key=False)], 0.0)
    (framed,) = one.take([FrameCut([b"k2"], key=True)], 0.0)
    assert isinstance(framed, Framed)
    assert framed.chunks[0][4:8] == b"styp"
    assert one.tail == [framed.chunks[0], b"k2"]


def test_a_tail_that_grows_too_long_waits_for_the_next_keyframe() -> None:
    one = rendition()
    one.take([FrameCut([b"k"], key=True), FrameCut([bytes(TAIL_BYTES_MAX)], key=False)], 0.0)
    assert one.tail == []
    one.take([FrameCut([b"d"], key=False)], 0.0)
    assert one.tail == []
    one.take([FrameCut([b"k"], key=True)], 0.0)
    assert one.tail[-1] == b"k"


def test_the_end_is_said() -> None:
    one = rendition()
    one.take([PartCut([b"a"], 334, independent=True), Closed()], 0.0)
    one.end(0.0)
    assert one.text(tuple, skip=False).endswith(b"#EXT-X-ENDLIST\n")
