"""Limits of the RTMP listener: what one broadcaster, and all of them together, may take."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RtmpSettings:
    """Every wait, size and count of the RTMP listener."""

    handshake_s: float = 5.0
    """Seconds from the connection to the end of the handshake: it is 3 kB each way and takes two
    round trips, so even a poor mobile link is done in one second."""

    publish_s: float = 15.0
    """Seconds from the connection to an admitted ``publish``: a broadcaster sends it at once, and a
    connection that never does only occupies a place."""

    idle_s: float = 30.0
    """Seconds without a single byte from an admitted publisher: its link is gone although TCP has
    not noticed. As long as a dropped broadcaster has to return."""

    refusal_s: float = 1.0
    """Seconds between refusing a connection that does not publish yet and cutting it: it waits for
    our answer and only has to read it. OBS shows the failure when the cut comes."""

    linger_s: float = 5.0
    """Seconds between ending a stream and the cut: closing at once would reset the connection and
    lose the reason, and ffmpeg reads it only when it sends its next packet, which an encoder's
    lookahead holds back for up to 2 s at the start."""

    message_bytes_max: int = 8 * 1024 * 1024
    """Bytes of one audio or video message of an admitted publisher: four times the largest keyframe
    of 2160p at 100 Mbit/s."""

    command_bytes_max: int = 16 * 1024
    """Bytes of one command or control message: real ones are below 2 kB, and reading values costs
    strangers' bytes our time."""

    metadata_bytes_max: int = 64 * 1024
    """Bytes of one data message of an admitted publisher: onMetaData is below 1 kB, with a file's
    list of keyframes some ten times more."""

    opening_bytes_max: int = 64 * 1024
    """Bytes a connection may send until its key is accepted: 3 kB of handshake and 1 kB of
    commands are usual."""

    buffered_bytes_max: int = 16 * 1024 * 1024
    """Bytes announced by all unfinished messages of one admitted publisher together: one keyframe
    interleaved with other messages."""

    chunk_bytes_max: int = 0x7FFFFFFF
    """Bytes of one chunk, as the protocol bounds it. Chunks are taken piece by piece and no message
    exceeds ``message_bytes_max``, so a large chunk costs nothing and some encoders ask for the
    maximum."""

    chunk_streams_max: int = 64
    """Chunk streams one connection may use: encoders use three to six."""

    acknowledge_bytes: int = 2_500_000
    """Bytes after which we acknowledge when the broadcaster names no window, and the window we ask
    it to use: one second at 20 Mbit/s."""

    connections_max: int = 1000
    """Open connections in all: each costs one file descriptor of commonly 1,024 soft ones, and at
    most ``opening_bytes_max`` until it is admitted."""

    connections_per_address_max: int = 64
    """Open connections of one address: broadcasters behind one NAT or one container bridge share
    it, but a single host must not use up ``connections_max``."""

    send_bytes_max: int = 64 * 1024
    """Bytes of replies waiting in one connection's send buffer: the whole dialogue is below 10 kB,
    so a peer that lets this fill does not read."""
