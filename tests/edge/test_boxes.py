import pytest
from hypothesis import given, strategies as st

from manycast.edge.boxes import BoxError, BoxReader


def box(kind: bytes, payload: bytes, *, large: bool = False) -> bytes:
    if large:
        return b"\0\0\0\1" + kind + (16 + len(payload)).to_bytes(8, "big") + payload
    return (8 + len(payload)).to_bytes(4, "big") + kind + payload


KINDS = st.sampled_from([b"moof", b"mdat"])
BOXES = st.lists(
    st.builds(box, KINDS, st.binary(max_size=40), large=st.booleans()), min_size=1, max_size=6
)


@given(BOXES, st.data())
def test_boxes_come_out_whole_however_the_stream_is_cut(
    boxes: list[bytes], data: st.DataObject
) -> None:
    stream = b"".join(boxes)
    cuts = sorted(data.draw(st.sets(st.integers(0, len(stream)))))
    reader = BoxReader(1_000)
    got = [
        b"".join(one.pieces)
        for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)
        for one in reader.feed(stream[a:b])
    ]
    assert got == boxes


@pytest.mark.parametrize(
    "head", [b"\0\0\0\0mdat", b"\0\0\0\7mdat", b"\0\1\0\0mdat", b"\0\0\0\1mdat" + b"\xff" * 8]
)
def test_sizes_that_are_no_media_are_refused(head: bytes) -> None:
    with pytest.raises(BoxError):
        BoxReader(1_000).feed(head)
