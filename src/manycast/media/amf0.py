"""AMF0, the value format of RTMP commands and metadata, by Adobe's ``amf0-file-format-spec``."""

import struct
from dataclasses import dataclass
from typing import Final

from manycast.media.errors import MalformedError


DEPTH_MAX: Final = 16
"""Nested objects; connect and onMetaData need three, and Python's stack must not decide."""

_NUMBER, _BOOLEAN, _STRING, _OBJECT, _MOVIECLIP, _NULL, _UNDEFINED, _REFERENCE = range(8)
_ECMA_ARRAY, _OBJECT_END, _STRICT_ARRAY, _DATE, _LONG_STRING, _UNSUPPORTED = range(8, 14)
_RECORDSET, _XML, _TYPED_OBJECT, _AMF3 = range(14, 18)

_DOUBLE = struct.Struct(">d")
_U16 = struct.Struct(">H")
_U32 = struct.Struct(">I")
_DATE_BODY = struct.Struct(">dh")
_END = b"\x00\x00\x09"


@dataclass(frozen=True, slots=True)
class Date:
    """Milliseconds since 1970 UTC; the zone field is reserved and always 0."""

    ms: float


class EcmaArray(dict[str, "Value"]):
    """An associative array: an object that announces its count."""


class TypedObject(dict[str, "Value"]):
    """An object with a class name."""

    def __init__(self, name: str, properties: "dict[str, Value] | None" = None) -> None:
        super().__init__(properties or {})
        self.name = name


Value = float | bool | str | Date | list["Value"] | dict[str, "Value"] | None


def decode(data: bytes) -> list[Value]:
    """Read all values; raises MalformedError.

    Where a sender switches to AMF3 the rest is left out: we announce object encoding 0, and what
    RTMP itself needs comes before it.
    """
    reader = _Reader(data)
    values: list[Value] = []
    while reader.at < len(data) and data[reader.at] != _AMF3:
        values.append(reader.value(0))
    return values


def encode(*values: Value) -> bytes:
    out = bytearray()
    for value in values:
        _write(out, value)
    return bytes(out)


class _Reader:
    __slots__ = ("at", "data")

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, count: int) -> bytes:
        piece = self.data[self.at : self.at + count]
        if len(piece) != count:
            raise MalformedError(
                f"AMF0: {count} bytes announced at {self.at} of {len(self.data)}, {len(piece)} there"
            )
        self.at += count
        return piece

    def u16(self) -> int:
        return int(_U16.unpack(self.take(2))[0])

    def u32(self) -> int:
        return int(_U32.unpack(self.take(4))[0])

    def text(self, length: int) -> str:
        # Encoders put names of scenes and devices here in whatever encoding their system has.
        return self.take(length).decode(errors="replace")

    def value(self, depth: int) -> Value:
        if depth > DEPTH_MAX:
            raise MalformedError(f"AMF0: values nested deeper than {DEPTH_MAX}")
        marker = self.take(1)[0]
        match marker:
            case 0x00:
                return float(_DOUBLE.unpack(self.take(8))[0])
            case 0x01:
                return self.take(1) != b"\x00"
            case 0x05 | 0x06 | 0x0D:
                return None
            case 0x0B:
                return Date(_DATE_BODY.unpack(self.take(10))[0])
            case 0x02 | 0x0C | 0x0F:
                return self.text(self.u16() if marker == _STRING else self.u32())
            case _:
                return self.compound(marker, depth + 1)

    def compound(self, marker: int, depth: int) -> Value:
        match marker:
            case 0x03:
                return self.properties(depth)
            case 0x08:
                self.u32()  # the count is advisory: encoders send 0 for "some"
                return EcmaArray(self.properties(depth))
            case 0x0A:
                return self.array(depth)
            case 0x10:
                return TypedObject(self.text(self.u16()), self.properties(depth))
            case 0x07:
                raise MalformedError("AMF0: references are not accepted")
            case _:
                raise MalformedError(f"AMF0: unknown type 0x{marker:02x} at {self.at - 1}")

    def properties(self, depth: int) -> dict[str, Value]:
        found: dict[str, Value] = {}
        while True:
            name = self.text(self.u16())
            if not name and self.data[self.at : self.at + 1] == b"\x09":
                self.at += 1
                return found
            found[name] = self.value(depth)

    def array(self, depth: int) -> list[Value]:
        count = self.u32()
        if count > len(self.data) - self.at:
            raise MalformedError(f"AMF0: an array of {count} values in {len(self.data)} bytes")
        return [self.value(depth) for _ in range(count)]


def _write(out: bytearray, value: Value) -> None:
    match value:
        case None:
            out.append(_NULL)
        case bool():
            out += bytes((_BOOLEAN, value))
        case int() | float():
            out.append(_NUMBER)
            out += _DOUBLE.pack(value)
        case str():
            _write_string(out, value.encode())
        case Date():
            out.append(_DATE)
            out += _DATE_BODY.pack(value.ms, 0)
        case list():
            out.append(_STRICT_ARRAY)
            out += _U32.pack(len(value))
            for item in value:
                _write(out, item)
        case dict():
            _write_object(out, value)


def _write_string(out: bytearray, text: bytes) -> None:
    if len(text) > 0xFFFF:
        out.append(_LONG_STRING)
        out += _U32.pack(len(text))
    else:
        out.append(_STRING)
        out += _U16.pack(len(text))
    out += text


def _write_object(out: bytearray, value: dict[str, Value]) -> None:
    match value:
        case EcmaArray():
            out.append(_ECMA_ARRAY)
            out += _U32.pack(len(value))
        case TypedObject():
            out.append(_TYPED_OBJECT)
            _write_name(out, value.name)
        case _:
            out.append(_OBJECT)
    for name, item in value.items():
        _write_name(out, name)
        _write(out, item)
    out += _END


def _write_name(out: bytearray, name: str) -> None:
    raw = name.encode()
    out += _U16.pack(len(raw))
    out += raw
