import pytest
from hypothesis import given, strategies as st

from manycast.cache.trace import (
    CsvParser,
    OracleParser,
    Trace,
    TraceError,
    TraceParser,
    oracle_record,
    parser_for,
)


REQUESTS = st.lists(
    st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 2**62), st.integers(1, 2**32 - 1)),
    min_size=1,
    max_size=50,
)


def parsed(parser: TraceParser, data: bytes, cut: int) -> Trace:
    parser.feed(data[:cut])
    parser.feed(data[cut:])
    return parser.finish()


def pairs(trace: Trace) -> list[tuple[int, int]]:
    return list(zip(trace.keys, trace.sizes, strict=True))


@given(REQUESTS, st.integers(0, 2_000))
def test_csv_is_read_wherever_it_is_cut(requests: list[tuple[int, int, int]], cut: int) -> None:
    text = "".join(f"{time},{key},{size}\n" for time, key, size in requests).encode()
    assert pairs(parsed(CsvParser(), text, cut)) == [(key, size) for _, key, size in requests]
    assert pairs(parsed(CsvParser(), text.rstrip(), cut)) == [(k, s) for _, k, s in requests]


@given(REQUESTS, st.integers(0, 2_000))
def test_oracle_general_is_read_wherever_it_is_cut(
    requests: list[tuple[int, int, int]], cut: int
) -> None:
    data = b"".join(oracle_record(time, key, size, -1) for time, key, size in requests)
    assert pairs(parsed(OracleParser(), data, cut)) == [(key, size) for _, key, size in requests]


def test_the_form_is_known_by_its_first_bytes() -> None:
    assert isinstance(parser_for(b"0,1,2\r\n1.5,abc,3\n"), CsvParser)
    assert isinstance(parser_for(oracle_record(0, 1, 2, -1)), OracleParser)


def test_ids_may_be_words_and_sizes_may_be_missing() -> None:
    text = b"0,/a.ts,7\r\n0.5, 12 ,0\n\n1,/a.ts\n2,18446744073709551615,\n3,/a.ts,7\n"
    keys, sizes = zip(*pairs(parsed(CsvParser(), text, 9)), strict=True)
    assert keys[0] == keys[2] == keys[4]
    assert len(set(keys)) == 3
    assert sizes == (7, 1, 1, 1, 7)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"time,id,size\n0,1,2\n", r"line 1 begins with no time in seconds; is it a header\?"),
        (b"0,1,2\n0,1,2\n0,1,big\n", "line 3 ends with no number of bytes: '0,1,big'"),
        (b"0,1,-2\n", "line 1 ends with no number of bytes"),
        (b"0,1,2\n5\n", "line 2 is not time,id,size"),
        (b"0,1,2,3\n", "line 1 is not time,id,size"),
        (b"0,,3\n", "line 1 is not time,id,size"),
        (b"0,1,2\n" + b"x" * 5_000, "line 2 is longer than 4096 bytes"),
        (b"\n\n", "there are no requests in it"),
        (b"", "there are no requests in it"),
    ],
)
@pytest.mark.parametrize("cut", [0, 8])
def test_errors_name_the_line_and_what_a_line_is(text: bytes, said: str, cut: int) -> None:
    with pytest.raises(TraceError, match=said):
        parsed(CsvParser(), text, cut)


def test_an_error_names_the_byte_where_a_record_is_cut_short() -> None:
    data = oracle_record(0, 1, 2, -1) * 2 + b"\0" * 7
    with pytest.raises(TraceError, match="byte 48: the last record has 7 of 24 bytes"):
        parsed(OracleParser(), data, 11)


def test_a_trace_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("manycast.cache.trace.REQUESTS_MAX", 1)
    with pytest.raises(TraceError, match="more than 1 requests"):
        parsed(CsvParser(), b"0,1,2\n0,1,2\n", 0)
    with pytest.raises(TraceError, match="more than 1 requests"):
        parsed(OracleParser(), oracle_record(0, 1, 2, -1) * 2, 0)
