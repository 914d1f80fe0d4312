"""Writing ISO base media file format boxes (ISO 14496-12 4.2)."""

import struct


U32 = struct.Struct(">I")


def box(kind: bytes, *contents: bytes) -> bytes:
    body = b"".join(contents)
    return U32.pack(8 + len(body)) + kind + body


def full_box(kind: bytes, version: int, flags: int, *contents: bytes) -> bytes:
    return box(kind, U32.pack(version << 24 | flags), *contents)
