"""The simple RTMP handshake, as the server answers it."""

from typing import Final

from manycast.media.errors import MalformedError


VERSION: Final = 3
BLOCK_BYTES: Final = 1536
CLIENT_BYTES: Final = 1 + 2 * BLOCK_BYTES

# Time 0 and version 0 say "simple": clients that can sign their handshake then do not ask for a
# signature. The filler may be any bytes and protects nothing.
_S1 = bytes(8) + bytes(range(256)) * 5 + bytes(range(248))


class Handshake:
    """Takes C0, C1 and C2, answers S0, S1 and S2 once C1 is complete."""

    def __init__(self) -> None:
        self._received = bytearray()
        self._answered = False
        self.done = False

    def receive(self, data: bytes) -> tuple[bytes, bytes]:
        """The answer, and what follows the handshake in ``data``; raises MalformedError."""
        self._received += data
        _check_version(self._received)
        answer = b""
        if not self._answered and len(self._received) > BLOCK_BYTES:
            answer = bytes((VERSION,)) + _S1 + bytes(self._received[1 : 1 + BLOCK_BYTES])
            self._answered = True
        if len(self._received) < CLIENT_BYTES:
            return answer, b""
        self.done = True
        rest = bytes(self._received[CLIENT_BYTES:])
        self._received.clear()
        return answer, rest


def _check_version(received: bytearray) -> None:
    if received and received[0] != VERSION:
        raise MalformedError(
            f"the connection does not begin with an RTMP handshake (version byte {received[0]},"
            f" {VERSION} expected): publish with plain rtmp://"
        )
