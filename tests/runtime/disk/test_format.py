from dataclasses import replace

import pytest
from hypothesis import given, strategies as st

from manycast.edge.layers import Record, occupied
from manycast.runtime.disk.format import (
    PREFIX_BYTES,
    DamagedError,
    pack,
    unpack,
)


RECORDS = st.builds(
    Record,
    key=st.binary(min_size=1, max_size=60),
    head=st.binary(max_size=200),
    born_s=st.floats(0, 1e10),
    expires_s=st.floats(0, 1e10),
    saved_s=st.floats(0, 1e10),
)
ONE = Record(b"/a?b", b"HTTP/1.1 200 OK\r\n", 1.0, 2.0, 3.0)


@given(RECORDS, st.lists(st.binary(max_size=50), max_size=8), st.integers(1, 64))
def test_what_was_written_is_read_again(
    kept: Record, pieces: list[bytes], block_bytes: int
) -> None:
    assert unpack(pack(kept, pieces, block_bytes)) == (kept, b"".join(pieces))


@given(RECORDS, st.lists(st.binary(max_size=50), max_size=8), st.integers(1, 64))
def test_a_file_takes_no_more_of_the_disk_than_it_is_counted_for(
    kept: Record, pieces: list[bytes], block_bytes: int
) -> None:
    file = pack(kept, pieces, block_bytes)
    length = sum(map(len, pieces))
    assert len(file) <= occupied(length, len(kept.key) + len(kept.head), block_bytes)


def test_no_cut_of_a_file_is_taken_for_the_file() -> None:
    file = pack(ONE, [b"some body of a few blocks"], 8)
    for end in range(len(file)):
        with pytest.raises(DamagedError):
            unpack(file[:end])
    with pytest.raises(DamagedError):
        unpack(file + b"\0")


def test_no_changed_bit_goes_unseen() -> None:
    file = pack(ONE, [b"some body of a few blocks"], 8)
    for at in range(len(file)):
        for bit in range(8):
            changed = bytearray(file)
            changed[at] ^= 1 << bit
            with pytest.raises(DamagedError):
                unpack(bytes(changed))


def test_a_file_without_its_prefix_or_with_too_large_a_head_is_refused() -> None:
    file = pack(ONE, [b"body"], 8)
    with pytest.raises(DamagedError, match="never written"):
        unpack(bytes(PREFIX_BYTES) + file[PREFIX_BYTES:])
    with pytest.raises(DamagedError, match="no sense"):
        unpack(pack(replace(ONE, head=bytes(200_000)), [b"body"], 8))
