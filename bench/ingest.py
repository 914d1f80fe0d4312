"""CPU time of the RTMP engine per second of a stream, by bit rate and chunk size."""

import argparse
import json
import time

from manycast.media.rtmp.broadcaster import Broadcaster
from manycast.media.rtmp.events import Admitted, Deliver, Received
from manycast.media.rtmp.session import Session
from manycast.settings.rtmp import RtmpSettings


READ_BYTES = 64 * 1024  # what one read of a socket gives when we are busy
SECONDS = 10
FRAMES_PER_S = 60
AUDIO_FRAMES_PER_S = 47


def broadcast(bits_per_s: int, chunk_bytes: int) -> bytes:
    """One publisher's bytes: a frame every 1/60 s and AAC between them."""
    broadcaster = Broadcaster()
    video = b"\x27\x01\x00\x00\x00" + bytes(bits_per_s // 8 // FRAMES_PER_S)
    audio = b"\xaf\x01" + bytes(340)
    wire = [broadcaster.opening("key"), broadcaster.resize(chunk_bytes)]
    for second in range(SECONDS):
        for frame in range(FRAMES_PER_S):
            at = second * 1000 + frame * 1000 // FRAMES_PER_S
            wire.append(broadcaster.video(at, video))
            if frame < AUDIO_FRAMES_PER_S:
                wire.append(broadcaster.audio(at, audio))
    return b"".join(wire)


def measure(data: bytes) -> float:
    """CPU seconds per second of the stream."""
    session = Session(RtmpSettings(), now=0.0)
    delivered = 0
    started = time.process_time()
    for at in range(0, len(data), READ_BYTES):
        out = session.handle(Received(data[at : at + READ_BYTES]), now=0.0)
        if session.statistics().state == "asking":
            out += session.handle(Admitted(), now=0.0)
        delivered += sum(isinstance(command, Deliver) for command in out)
    assert delivered == SECONDS * (FRAMES_PER_S + AUDIO_FRAMES_PER_S)
    return (time.process_time() - started) / SECONDS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    for megabits in (6, 20, 100):
        for chunk_bytes in (128, 4096, 60_000):
            share = min(measure(broadcast(megabits * 10**6, chunk_bytes)) for _ in range(3))
            row = {"mbit_s": megabits, "chunk_bytes": chunk_bytes, "core_share": round(share, 5)}
            if arguments.json:
                print(json.dumps(row))
            else:
                print(f"{megabits:4} Mbit/s in chunks of {chunk_bytes:6}: {share:.2%} of a core")


if __name__ == "__main__":
    main()
