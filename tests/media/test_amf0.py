import math
import struct

import pytest
from hypothesis import given, strategies as st

from manycast.media import amf0
from manycast.media.amf0 import Date, EcmaArray, TypedObject, Value
from manycast.media.errors import MalformedError


names = st.text(max_size=20).filter(bool)
leaves = (
    st.none()
    | st.booleans()
    | st.floats(allow_nan=False)
    | st.text(max_size=50)
    | st.builds(Date, st.floats(allow_nan=False))
)


def _compound(inner: st.SearchStrategy[Value]) -> st.SearchStrategy[Value]:
    properties = st.dictionaries(names, inner, max_size=4)
    return (
        st.lists(inner, max_size=4)
        | properties
        | properties.map(EcmaArray)
        | st.builds(TypedObject, names, properties)
    )


values = st.recursive(leaves, _compound, max_leaves=12)


@given(st.lists(values, max_size=4))
def test_what_is_encoded_decodes_to_itself(sent: list[Value]) -> None:
    read = amf0.decode(amf0.encode(*sent))
    assert read == sent
    assert [type(value) for value in read] == [type(value) for value in sent]


@given(st.binary(max_size=200))
def test_any_bytes_decode_or_are_malformed(data: bytes) -> None:
    try:
        amf0.decode(data)
    except MalformedError:
        return


@given(st.lists(values, min_size=1, max_size=3), st.data())
def test_a_cut_never_invents_values(sent: list[Value], data: st.DataObject) -> None:
    whole = amf0.encode(*sent)
    cut = whole[: data.draw(st.integers(0, len(whole) - 1))]
    try:
        read = amf0.decode(cut)
    except MalformedError:
        return
    assert read == sent[: len(read)]


def test_the_specified_bytes_of_every_type() -> None:
    double = struct.pack(">d", 1.5)
    golden: list[tuple[bytes, Value]] = [
        (b"\x00" + double, 1.5),
        (b"\x01\x01", True),
        (b"\x02\x00\x02ab", "ab"),
        (b"\x03\x00\x01a\x05\x00\x00\x09", {"a": None}),
        (b"\x05", None),
        (b"\x06", None),
        (b"\x08\x00\x00\x00\x01\x00\x01a\x01\x00\x00\x00\x09", {"a": False}),
        (b"\x0a\x00\x00\x00\x02\x05\x01\x01", [None, True]),
        (b"\x0b" + double + b"\x00\x00", Date(1.5)),
        (b"\x0c\x00\x00\x00\x02ab", "ab"),
        (b"\x0d", None),
        (b"\x0f\x00\x00\x00\x04<a/>", "<a/>"),
    ]
    for data, value in golden:
        assert amf0.decode(data) == [value]


def test_a_typed_object_keeps_its_class() -> None:
    (read,) = amf0.decode(b"\x10\x00\x01c\x00\x01a\x05\x00\x00\x09")
    assert isinstance(read, TypedObject)
    assert (read.name, read) == ("c", {"a": None})


def test_an_associative_array_may_announce_no_items_and_have_some() -> None:
    data = b"\x08\x00\x00\x00\x00\x00\x01a\x01\x01\x00\x00\x09"
    assert amf0.decode(data) == [{"a": True}]
    assert amf0.decode(b"\x08\x00\x00\x00\x00\x00\x00\x09") == [{}]


def test_long_strings_go_both_ways() -> None:
    assert amf0.decode(amf0.encode("x" * 70_000)) == ["x" * 70_000]


def test_whole_numbers_are_numbers() -> None:
    (read,) = amf0.decode(amf0.encode(7))
    assert isinstance(read, float)
    assert math.isclose(read, 7)


def test_text_in_another_encoding_is_kept_as_far_as_it_goes() -> None:
    assert amf0.decode(b"\x02\x00\x03a\xe9b") == ["a�b"]


def test_what_follows_a_switch_to_amf3_is_left_out() -> None:
    assert amf0.decode(amf0.encode("connect", 1) + b"\x11\x0a\x0b\x01") == ["connect", 1]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\x07\x00\x01", "references"),
        (b"\x04", "unknown type 0x04"),
        (b"\x03\x00\x01a\x11", "unknown type 0x11"),
        (b"\x0c\xff\xff\xff\xffabc", "4294967295 bytes announced"),
        (b"\x0a\xff\xff\xff\xff\x05", "array of 4294967295"),
        (b"\x0a\x00\x00\x00\x01" * 40 + b"\x05", "nested deeper"),
        (b"\x03\x00\x01a" * 40, "nested deeper"),
        (b"\x03\x00\x01a\x05", "announced"),
    ],
)
def test_what_cannot_be_read_is_named(data: bytes, message: str) -> None:
    with pytest.raises(MalformedError, match=message):
        amf0.decode(data)
