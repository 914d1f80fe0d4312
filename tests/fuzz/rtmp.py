"""Feeds the RTMP session and the AMF0 reader what a coverage-guided fuzzer makes up.

Run with ``python tests/fuzz/rtmp.py -max_total_time=600``; a crash leaves its input as a file.
"""

import sys

import atheris


with atheris.instrument_imports(include=["manycast"]):
    from manycast.media import amf0
    from manycast.media.errors import MalformedError
    from manycast.media.rtmp.broadcaster import Broadcaster
    from manycast.media.rtmp.events import Admit, Admitted, Close, Deliver, Ended, Received
    from manycast.media.rtmp.session import Session
    from manycast.settings.rtmp import RtmpSettings


SETTINGS = RtmpSettings()
OPENING = Broadcaster().opening("key")
PLACES = (0, 1, 3073, len(OPENING))
"""Where the made-up bytes take over: from the start to a publisher already admitted."""


def decode(data: bytes) -> None:
    try:
        amf0.decode(data)
    except MalformedError:
        return


def publish(data: bytes) -> None:
    """Every session must end exactly once, deliver nothing after that, and never raise."""
    session = Session(SETTINGS, now=0.0)
    place, cut = PLACES[data[0] % len(PLACES)], data[1]
    ends = 0
    for piece in (OPENING[:place], data[2 : 2 + cut], data[2 + cut :]):
        pending = session.handle(Received(piece), now=0.0)
        while pending:
            command = pending.pop(0)
            assert not (ends and isinstance(command, Deliver | Admit))
            ends += isinstance(command, Ended)
            if isinstance(command, Admit):
                pending += session.handle(Admitted(), now=0.0)
    late = session.handle_timer(now=100.0)
    ends += sum(isinstance(command, Ended) for command in late)
    assert ends == 1
    assert session.next_deadline() is None or isinstance(late[-1], Close)


def one_input(data: bytes) -> None:
    decode(data)
    if len(data) > 2:
        publish(data)


if __name__ == "__main__":
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
