import contextlib
import socket

from manycast.runtime.destination import tcp


def test_the_kernel_tells_the_round_trip_of_a_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        with socket.create_connection(server.getsockname()) as one, server.accept()[0] as other:
            tcp.keep_little_unsent(one, 4096)
            one.sendall(b"x")
            assert other.recv(1) == b"x"
            round_trip_ms = tcp.round_trip_ms(one)
        assert round_trip_ms is None or 0 < round_trip_ms < 1000


def test_what_is_no_tcp_has_no_round_trip() -> None:
    one, other = socket.socketpair()
    with one, other:
        assert tcp.round_trip_ms(one) is None


def test_little_waits_in_the_kernel_for_who_does_not_read() -> None:
    taken = 0
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()) as one,
        server.accept()[0] as other,
    ):
        other.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        tcp.keep_little_unsent(one, 16_384)
        one.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while taken < 64_000_000:
                taken += one.send(bytes(16_384))
    assert taken < 8_000_000
