import gzip
import io
import json
from typing import Any

import pytest
from hypothesis import given, strategies as st

from manycast.runtime.store.dump import FORMAT, Batch, DumpError, Header, read, write


HEADER = Header(revision="0001", program="0.1.0", made_ms=1)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@st.composite
def batches(draw: st.DrawFn) -> Batch:
    columns = draw(st.lists(st.text(), max_size=4))
    row = st.lists(JSON, min_size=len(columns), max_size=len(columns))
    return Batch(draw(st.text()), columns, draw(st.lists(row, max_size=4)))


def packed(*lines: Any) -> io.BytesIO:
    return io.BytesIO(gzip.compress("".join(json.dumps(line) + "\n" for line in lines).encode()))


def header(**changes: Any) -> dict[str, Any]:
    return {"format": FORMAT, "revision": "0001", "program": "0", "made_ms": 1} | changes


@given(st.lists(batches(), max_size=4))
def test_what_was_written_is_read(given_batches: list[Batch]) -> None:
    file = io.BytesIO()
    count = write(file, HEADER, given_batches)
    file.seek(0)
    head, found = read(file)
    assert head == HEADER
    assert list(found) == given_batches
    assert count == sum(len(batch.rows) for batch in given_batches)


@given(st.data())
def test_a_cut_or_changed_byte_is_never_taken_for_a_backup(data: st.DataObject) -> None:
    file = io.BytesIO()
    rows = [[n, "x" * n] for n in range(20)]
    write(file, HEADER, [Batch("users", ["id", "name"], rows)])
    whole = bytearray(file.getvalue())
    # The first ten bytes are gzip's own header: its time and system say nothing about the content.
    place = data.draw(st.integers(10, len(whole) - 1))
    whole[place] ^= data.draw(st.integers(1, 255))
    for bytes_ in (whole, file.getvalue()[:place]):
        with pytest.raises(DumpError):
            list(read(io.BytesIO(bytes_))[1])


BATCH = {"table": "users", "columns": ["id"], "rows": [["a"], ["b"]]}


@pytest.mark.parametrize(
    "lines",
    [
        [],
        [[]],
        [{}],
        [{"format": "something else"}],
        [header(revision=None, more=1)],
        [header()],
        [header(), BATCH],
        [header(), BATCH, {"rows": 1}],
        [header(), BATCH, {"rows": 3}],
        [header(), BATCH, {}],
        [header(), {"table": "users"}, {"rows": 0}],
        [header(), BATCH | {"columns": ["id", "name"]}, {"rows": 2}],
        [header(), BATCH | {"rows": 5}, {"rows": 5}],
        [header(), "users", {"rows": 0}],
        [header(), 7],
    ],
)
def test_whatever_is_no_backup_is_refused(lines: list[Any]) -> None:
    with pytest.raises(DumpError):
        list(read(packed(*lines))[1])


def test_plain_text_is_refused() -> None:
    with pytest.raises(DumpError):
        read(io.BytesIO(b"SQLite format 3"))
