"""What the kernel knows of a TCP connection, and what it is told."""

import socket
import struct
from typing import Final


_INFO_BYTES: Final = 104
_ROUND_TRIP_AT: Final = 68
"""tcpi_rtt in struct tcp_info: microseconds, smoothed."""
_TCP_NOTSENT_LOWAT: Final = 25
"""Python's socket module names it only from 3.12 on."""


def round_trip_ms(connection: socket.socket) -> float | None:
    """Smoothed round-trip time; None where the system does not tell."""
    option = getattr(socket, "TCP_INFO", None)
    if option is None:
        return None
    try:
        info = connection.getsockopt(socket.IPPROTO_TCP, option, _INFO_BYTES)
    except OSError:
        return None
    (microseconds,) = struct.unpack_from("=I", info, _ROUND_TRIP_AT)
    return float(microseconds) / 1000


def keep_little_unsent(connection: socket.socket, unsent_bytes: int) -> None:
    """Have the kernel take no more than that beyond what is under way: a queue in it cannot be shortened."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.setsockopt(
        socket.IPPROTO_TCP,
        getattr(socket, "TCP_NOTSENT_LOWAT", _TCP_NOTSENT_LOWAT),
        unsent_bytes,
    )
