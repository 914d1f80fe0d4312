import itertools
from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given, strategies as st

from manycast.media import amf0
from manycast.media.rtmp import messages
from manycast.media.rtmp.broadcaster import STREAM_ID, Broadcaster
from manycast.media.rtmp.chunks import ChunkReader, ChunkWriter
from manycast.media.rtmp.events import (
    Admit,
    Admitted,
    Close,
    Command,
    Deliver,
    Disconnected,
    Ended,
    Received,
    Refused,
    Send,
)
from manycast.media.rtmp.handshake import CLIENT_BYTES
from manycast.media.rtmp.messages import Kind, Message
from manycast.media.rtmp.session import Session
from manycast.model.media import Media, StreamInfo, VideoFrame
from manycast.model.refusals import RefusedError
from manycast.settings.rtmp import RtmpSettings


SETTINGS = RtmpSettings()
KEY = "secret-stream-key"


def frame(payload: bytes = b"picture", *, key: bool = True) -> bytes:
    """An AVC access unit as an RTMP video message holds it."""
    unit = len(payload).to_bytes(4, "big") + payload
    return bytes((0x17 if key else 0x27, 1, 0, 0, 0)) + unit


class Wire:
    """A session, the broadcaster it talks to, and what came of it."""

    def __init__(self, settings: RtmpSettings = SETTINGS, keys: Iterable[str] = (KEY,)) -> None:
        self.session = Session(settings, now=0.0)
        self.broadcaster = Broadcaster()
        self.keys = set(keys)
        self.asked: list[str] = []
        self.items: list[Media] = []
        self.ended: list[Ended] = []
        self.closed = False
        self.now = 0.0
        self._replies = bytearray()

    def send(self, data: bytes) -> None:
        self._perform(self.session.handle(Received(data), now=self.now))

    def drop(self) -> None:
        self._perform(self.session.handle(Disconnected("gone"), now=self.now))

    def refuse(self, text: str) -> None:
        self._perform(self.session.handle(Refused(RefusedError(text)), now=self.now))

    def wait(self, seconds: float) -> None:
        self.now += seconds
        self._perform(self.session.handle_timer(now=self.now))

    def replies(self) -> list[Message]:
        reader = ChunkReader(SETTINGS)
        reader.feed(bytes(self._replies[CLIENT_BYTES:]))
        return list(iter(reader.next_message, None))

    def errors(self) -> list[tuple[amf0.Value, amf0.Value]]:
        values = [r.values()[-1] for r in self.replies() if r.kind is Kind.COMMAND]
        found = [v for v in values if isinstance(v, dict) and v.get("level") == "error"]
        return [(error["code"], error["description"]) for error in found]

    def _perform(self, commands: list[Command]) -> None:
        for command in commands:
            assert not self.closed
            match command:
                case Send(data):
                    self._replies += data
                case Admit(key):
                    self.asked.append(key)
                    self._answer(key)
                case Deliver(item):
                    assert not self.ended
                    self.items.append(item)
                case Ended():
                    self.ended.append(command)
                case Close():
                    self.closed = True

    def _answer(self, key: str) -> None:
        bad = RefusedError("unknown stream key", "NetStream.Publish.BadName")
        event = Admitted() if key in self.keys else Refused(bad)
        self._perform(self.session.handle(event, now=self.now))


def publishing(settings: RtmpSettings = SETTINGS) -> Wire:
    wire = Wire(settings)
    wire.send(wire.broadcaster.opening(KEY))
    assert wire.session.statistics().state == "publishing"
    return wire


def test_a_broadcast_from_handshake_to_goodbye() -> None:
    wire = publishing()
    wire.send(wire.broadcaster.metadata({"framerate": 25.0}))
    wire.send(wire.broadcaster.video(40, frame()))
    wire.send(wire.broadcaster.goodbye(KEY))
    expected: list[Media] = [
        StreamInfo(frame_rate=25.0),
        VideoFrame(40, 0, key=True, data=frame()[5:]),
    ]
    assert wire.items == expected
    assert wire.ended == [Ended("the broadcaster stopped the stream", clean=True)]
    assert not wire.closed
    wire.wait(SETTINGS.linger_s)
    assert wire.closed
    assert wire.session.statistics().delivered == 2


@given(st.lists(st.integers(0, 6000), max_size=12))
def test_any_split_of_a_broadcast_is_the_same_broadcast(cuts: list[int]) -> None:
    wire, b = Wire(), Broadcaster()
    data = b.opening(KEY) + b.resize(4096)
    data += b"".join(b.video(at * 40, frame(bytes(at * 30))) for at in range(12)) + b.goodbye(KEY)
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    for start, end in itertools.pairwise(edges):
        wire.send(data[start:end])
    assert [i.dts_ms for i in wire.items if isinstance(i, VideoFrame)] == list(range(0, 480, 40))
    assert wire.ended == [Ended("the broadcaster stopped the stream", clean=True)]


@given(st.booleans(), st.lists(st.binary(max_size=200), max_size=5), st.booleans())
def test_whatever_is_sent_every_session_ends_once(
    admitted: bool, noise: list[bytes], drops: bool
) -> None:
    wire = Wire()
    wire.send(wire.broadcaster.opening(KEY if admitted else "wrong"))
    for piece in noise:
        if not wire.closed:
            wire.send(piece)
    if drops:
        wire.drop()
    wire.wait(SETTINGS.idle_s)
    wire.wait(SETTINGS.idle_s)
    assert len(wire.ended) == 1
    assert wire.closed
    assert wire.session.next_deadline() is None


@given(st.binary(min_size=1, max_size=3000))
def test_noise_instead_of_a_handshake_ends_or_waits(noise: bytes) -> None:
    wire = Wire()
    wire.send(noise)
    wire.wait(SETTINGS.handshake_s)
    assert len(wire.ended) == 1
    assert wire.closed


def test_the_answers_a_publisher_waits_for() -> None:
    wire = publishing()
    kinds = [reply.kind for reply in wire.replies()]
    control = [Kind.WINDOW_SIZE, Kind.PEER_BANDWIDTH]  # the chunk size is taken by the reader
    assert kinds == [*control, *[Kind.COMMAND] * 4, Kind.USER_CONTROL, Kind.COMMAND]
    values = [reply.values() for reply in wire.replies() if reply.kind is Kind.COMMAND]
    assert [answer[:2] for answer in values] == [
        ["_result", 1],
        ["_result", 2],
        ["_result", 3],
        ["_result", 4],
        ["onStatus", 0],
    ]
    assert values[3][3] == STREAM_ID
    start = values[4][3]
    assert isinstance(start, dict)
    assert start["code"] == "NetStream.Publish.Start"


def test_the_key_is_asked_about_without_its_query() -> None:
    wire = Wire()
    wire.send(wire.broadcaster.opening(KEY + "?bandwidth=1"))
    assert wire.asked == [KEY]


def test_nothing_is_read_until_the_key_is_accepted() -> None:
    session, b = Session(SETTINGS, now=0.0), Broadcaster()
    out = session.handle(Received(b.opening(KEY) + b.video(0, frame())), now=0.0)
    assert out[-1] == Admit(KEY)
    assert session.statistics().state == "asking"
    out = session.handle(Admitted(), now=0.0)
    assert isinstance(out[-1], Deliver)


def test_a_flood_before_the_answer_is_refused() -> None:
    settings = RtmpSettings(buffered_bytes_max=1000)
    session = Session(settings, now=0.0)
    session.handle(Received(Broadcaster().opening(KEY)), now=0.0)
    out = session.handle(Received(bytes(2000)), now=0.0)
    assert Ended("too much was sent while the stream key was being checked", clean=False) in out


def test_what_comes_before_the_key_is_bounded() -> None:
    wire, b = Wire(), Broadcaster()
    wire.send(b.handshake() + b.connect())
    for _ in range(100):
        wire.send(b.command("_checkbw", 0, "x" * 1000))
    assert len(wire.ended) == 1
    assert "bytes were sent before a stream key" in wire.ended[0].reason


def test_media_that_comes_with_the_key_is_not_counted_against_it() -> None:
    wire, b = Wire(), Broadcaster()
    wire.send(b.opening(KEY) + b.video(0, frame(bytes(SETTINGS.opening_bytes_max))))
    assert len(wire.items) == 1


def test_a_probe_that_only_connects_is_no_failure() -> None:
    wire = Wire()
    wire.drop()
    assert wire.ended == [Ended("gone", clean=True)]


def test_a_refused_broadcaster_is_cut_soon_and_a_publisher_gets_time_to_notice() -> None:
    early, late = Wire(), publishing()
    early.send(early.broadcaster.opening("wrong"))
    late.refuse("send at most 2160p")
    early.wait(SETTINGS.refusal_s)
    late.wait(SETTINGS.linger_s - 0.01)
    assert (early.closed, late.closed) == (True, False)
    late.wait(0.01)
    assert late.closed


def test_a_wrong_key_is_refused_before_any_media() -> None:
    wire = Wire()
    wire.send(wire.broadcaster.opening("wrong") + wire.broadcaster.video(0, frame()))
    assert wire.errors() == [("NetStream.Publish.BadName", "unknown stream key")]
    assert wire.items == []
    assert wire.ended == [Ended("unknown stream key", clean=False)]


def test_media_without_a_key_is_refused() -> None:
    wire = Wire()
    wire.send(wire.broadcaster.handshake() + wire.broadcaster.connect())
    wire.send(wire.broadcaster.video(0, frame()))
    assert "before a stream key" in wire.ended[0].reason


def test_metadata_without_a_key_is_refused() -> None:
    wire = Wire()
    wire.send(wire.broadcaster.handshake() + wire.broadcaster.metadata({}))
    assert "before a stream key" in wire.ended[0].reason


@pytest.mark.parametrize(
    ("application", "key", "said"),
    [("game", KEY, "rtmp://HOST/live"), (KEY, "", "rtmp://HOST/live"), ("live", "", "no stream key")],
)  # fmt: skip
def test_a_wrong_address_is_explained(application: str, key: str, said: str) -> None:
    wire, b = Wire(), Broadcaster()
    wire.send(b.handshake() + b.connect(application) + b.publish(key))
    assert wire.errors()
    assert said in wire.ended[0].reason
    assert KEY not in wire.ended[0].reason
    assert wire.asked == []


def test_publish_needs_connect() -> None:
    wire, b = Wire(), Broadcaster()
    wire.send(b.handshake() + b.publish(KEY))
    assert wire.ended == [Ended("publish before connect", clean=False)]


def test_one_connection_publishes_one_stream() -> None:
    wire = publishing()
    wire.send(wire.broadcaster.publish("another"))
    assert wire.asked == [KEY]
    assert "already publishes" in wire.ended[0].reason


def test_a_goodbye_to_a_stream_that_never_began_is_ignored() -> None:
    wire, b = Wire(), Broadcaster()
    wire.send(b.handshake() + b.connect() + b.goodbye(KEY))
    assert not wire.ended


def test_playing_is_refused_with_the_way_to_watch() -> None:
    wire, b = Wire(), Broadcaster()
    wire.send(b.handshake() + b.connect() + b.command("play", 5, None, KEY))
    ((code, text),) = wire.errors()
    assert code == "NetStream.Play.Failed"
    assert "watch page" in str(text)


@pytest.mark.parametrize(
    ("body", "named"), [(b"\x12rest", "Sorenson"), (b"\x1cxxxx", "HEVC"), (b"\x17\x01", "")]
)
def test_media_that_cannot_be_carried_is_refused_by_name(body: bytes, named: str) -> None:
    wire = publishing()
    wire.send(wire.broadcaster.video(0, frame()) + wire.broadcaster.video(40, body))
    assert len(wire.items) == 1
    ((code, text),) = wire.errors()
    assert code == "NetStream.Publish.Failed"
    assert named in str(text)


def test_an_item_the_origin_refuses_ends_the_stream() -> None:
    wire = publishing()
    wire.refuse("8K is too large: send at most 2160p")
    assert wire.errors() == [("NetStream.Publish.Failed", "8K is too large: send at most 2160p")]
    wire.send(wire.broadcaster.video(0, frame()))
    assert wire.items == []


def test_a_refusal_after_the_end_says_nothing_more() -> None:
    wire = publishing()
    wire.send(wire.broadcaster.goodbye(KEY))
    wire.refuse("too late")
    assert len(wire.ended) == 1
    assert wire.errors() == []


def test_a_lost_connection_is_no_goodbye() -> None:
    wire = publishing()
    wire.drop()
    assert wire.ended == [Ended("gone", clean=False)]
    wire.drop()
    assert len(wire.ended) == 1


@pytest.mark.parametrize("kind", [Kind.COMMAND_AMF3, Kind.DATA_AMF3])
def test_amf3_messages_are_tolerated(kind: Kind) -> None:
    wire = publishing()
    amf = amf0.encode("onMetaData") if kind is Kind.DATA_AMF3 else amf0.encode("FCPublish", 9)
    body = b"\x00" + amf + b"\x11\x0a\x0b\x01"
    wire.send(ChunkWriter().write(Message(kind, 0, 1, body), 7))
    assert not wire.ended


def test_unknown_commands_that_want_an_answer_get_one() -> None:
    wire = publishing()
    wire.send(wire.broadcaster.command("_checkbw", 9, None))
    assert wire.errors() == [("NetConnection.Call.Failed", "Unknown command.")]
    wire.send(wire.broadcaster.command("whatever", 0, None))
    wire.send(wire.broadcaster.command("_result", 9, None))
    assert len(wire.errors()) == 1
    assert not wire.ended


def test_pings_are_answered() -> None:
    wire = publishing()
    wire.send(ChunkWriter().write(Message(Kind.USER_CONTROL, 0, 0, b"\x00\x06ping"), 2))
    assert wire.replies()[-1].body == b"\x00\x07ping"


def test_received_bytes_are_acknowledged_once_per_window() -> None:
    wire = publishing()
    wire.send(ChunkWriter().write(messages.window_size(5000), 2))
    sent = [wire.broadcaster.video(at, frame(bytes(990))) for at in range(100)]
    for data in sent:
        wire.send(data)
    acknowledged = [r.u32() for r in wire.replies() if r.kind is Kind.ACKNOWLEDGEMENT]
    total = wire.session.statistics().received_bytes
    assert total - 6500 < acknowledged[-1] <= total
    assert len(acknowledged) == pytest.approx(total / 5500, rel=0.2)
    steps = [b - a for a, b in itertools.pairwise(acknowledged)]
    assert all(5000 <= step < 6500 for step in steps)


def test_acknowledgements_of_the_broadcaster_are_read() -> None:
    wire = publishing()
    wire.send(ChunkWriter().write(messages.acknowledgement(3000), 2))
    assert not wire.ended


def test_aggregates_are_taken_apart() -> None:
    wire = publishing()
    body = frame()
    tag = b"\x09" + len(body).to_bytes(3, "big") + bytes(7) + body + bytes(4)
    wire.send(ChunkWriter().write(Message(Kind.AGGREGATE, 500, 1, tag), 8))
    assert wire.items == [VideoFrame(500, 0, key=True, data=body[5:])]


def test_repeated_metadata_is_told_once() -> None:
    wire = publishing()
    for rate in (25.0, 25.0, 50.0):
        wire.send(wire.broadcaster.metadata({"framerate": rate}))
    assert wire.items == [StreamInfo(frame_rate=25.0), StreamInfo(frame_rate=50.0)]


@pytest.mark.parametrize(
    ("sent", "limit"),
    [("", SETTINGS.handshake_s), ("handshake", SETTINGS.publish_s), ("opening", SETTINGS.idle_s)],
)
def test_every_wait_ends(sent: str, limit: float) -> None:
    wire, b = Wire(), Broadcaster()
    wire.send({"": b"\x03", "handshake": b.handshake(), "opening": b.opening(KEY)}[sent])
    wire.wait(limit - 0.01)
    assert not wire.ended
    wire.wait(0.01)
    assert wire.closed
    assert f"{limit:g} s" in wire.ended[0].reason


def test_a_handshake_that_trickles_does_not_buy_time() -> None:
    wire = Wire()
    for byte in Broadcaster().handshake()[:100]:
        if not wire.closed:
            wire.send(bytes((byte,)))
            wire.wait(0.1)
    assert wire.closed


def test_every_byte_of_a_publisher_buys_time() -> None:
    wire = publishing()
    for at in range(10):
        wire.wait(SETTINGS.idle_s - 1)
        wire.send(wire.broadcaster.video(at, frame()))
    assert not wire.ended


@pytest.mark.parametrize("bits", [31, 32])
@pytest.mark.parametrize("start", [0, 0xFFFFFF - 200, 0x7FFFFFFF - 200, 0xFFFFFFFF - 200])
def test_timestamps_grow_across_every_boundary(start: int, bits: int) -> None:
    """So ffmpeg wraps after 31 bits, and others after 32."""
    wire, times = publishing(), range(start, start + 2000, 40)
    for at in times:
        wire.send(wire.broadcaster.video(at % (1 << bits), frame(b"x", key=False)))
    read = [item.dts_ms for item in wire.items if isinstance(item, VideoFrame)]
    assert [at - read[0] for at in read] == list(range(0, 2000, 40))
    assert read[0] % (1 << bits) == start % (1 << bits)


def test_a_step_back_is_a_step_back() -> None:
    wire = publishing()
    for at in (5000, 4000, 0):
        wire.send(wire.broadcaster.video(at, frame()))
    assert [i.dts_ms for i in wire.items if isinstance(i, VideoFrame)] == [5000, 4000, 0]


def test_six_hours_of_video_and_audio_keep_their_times() -> None:
    """30 frames and 47 audio frames per second would take too long: one of each a second."""
    wire = publishing()
    send = wire.send
    send(wire.broadcaster.resize(4096))
    audio = b"\xaf\x01tone"
    for second in range(6 * 3600):
        wire.now += 1
        send(
            wire.broadcaster.video(second * 1000, frame(b"x", key=False))
            + wire.broadcaster.audio(second * 1000 + 7, audio)
        )
    times = [item.dts_ms for item in wire.items if not isinstance(item, StreamInfo)]
    assert times == [ms for s in range(6 * 3600) for ms in (s * 1000, s * 1000 + 7)]


def test_a_track_that_starts_after_the_wrap_is_in_the_same_lap() -> None:
    wire = publishing()
    wire.send(wire.broadcaster.video(0xFFFFFFF0, frame()))
    wire.send(wire.broadcaster.audio(10, b"\xaf\x01tone"))
    times = [item.dts_ms for item in wire.items if not isinstance(item, StreamInfo)]
    assert times == [0xFFFFFFF0, 2**32 + 10]


def test_an_answer_about_a_key_that_comes_too_late_changes_nothing() -> None:
    session = Session(replace(SETTINGS, publish_s=1.0), now=0.0)
    session.handle(Received(Broadcaster().opening(KEY)), now=0.0)
    assert any(isinstance(one, Ended) for one in session.handle_timer(now=1.0))
    assert session.handle(Admitted(), now=1.1) == []
    assert session.handle(Refused(RefusedError("unknown")), now=1.1) == []
