import itertools

import pytest
from hypothesis import given, strategies as st
from tests.media.test_cmaf_reader import AVC

from manycast.media.errors import MalformedError
from manycast.media.rtmp import commands, messages, metadata
from manycast.media.rtmp.chunks import ChunkWriter
from manycast.media.rtmp.commands import Request
from manycast.media.rtmp.events import (
    Admit,
    Admitted,
    Command,
    Deliver,
    Ended,
    Received,
    Refused,
    Send,
)
from manycast.media.rtmp.messages import Kind, Message
from manycast.media.rtmp.publisher import Accepted, Denied, News, Publisher, Reply, Target, enhanced
from manycast.media.rtmp.session import Session
from manycast.media.silence import DEFAULT_SILENCE
from manycast.model.media import (
    AudioFrame,
    Media,
    StreamInfo,
    VideoCodec,
    VideoConfig,
    VideoFrame,
)
from manycast.model.refusals import RefusedError
from manycast.settings.rtmp import RtmpSettings


TARGET = Target("live", "rtmp://example.net/live", "a-secret-key")
HANDSHAKE = b"\x03" + bytes(2 * 1536)


class Pair:
    """A publisher joined to this project's own server side, with every byte in pieces."""

    def __init__(self, codecs: tuple[str, ...] = (), refuse: str = "", piece: int = 700) -> None:
        self.publisher = Publisher(TARGET, codecs)
        self.server = Session(RtmpSettings(), now=0)
        self.news: list[News] = []
        self.delivered: list[Media] = []
        self.ended: Ended | None = None
        self._refuse = refuse
        self._piece = piece
        self.send(self.publisher.hello())

    def send(self, data: bytes) -> None:
        for at in range(0, len(data), self._piece):
            self._perform(self.server.handle(Received(data[at : at + self._piece]), now=0))

    def _perform(self, todo: list[Command]) -> None:
        for command in todo:
            match command:
                case Send(data):
                    self._heard(self.publisher.receive(data))
                case Admit(key):
                    assert key == TARGET.key
                    refused = Refused(RefusedError(self._refuse, "NetStream.Publish.BadName"))
                    answer = refused if self._refuse else Admitted()
                    self._perform(self.server.handle(answer, now=0))
                case Deliver(item):
                    self.delivered.append(item)
                case Ended():
                    self.ended = command
                case _:
                    pass

    def _heard(self, news: list[News]) -> None:
        for one in news:
            self.news.append(one)
            if isinstance(one, Reply):
                self.send(one.data)


@pytest.mark.parametrize("piece", [1, 97, 5000])
def test_a_server_lets_it_publish_and_receives_what_was_sent(piece: int) -> None:
    pair = Pair(piece=piece)
    assert pair.news[-1] == Accepted()
    video, audio = VideoFrame(40, 33, True, b"\0\0\0\1k" * 2000), AudioFrame(55, b"sound")
    pair.send(pair.publisher.metadata(metadata.described(AVC, DEFAULT_SILENCE, 6_000_000)))
    for item, time_ms in ((AVC, 40), (DEFAULT_SILENCE, 40), (video, 40), (audio, 55)):
        pair.send(pair.publisher.media(item, time_ms))
    info, *rest = pair.delivered
    assert info == StreamInfo(True, True, AVC.frame_rate, "manycast")
    assert rest == [AVC, DEFAULT_SILENCE, video, audio]
    pair.send(pair.publisher.goodbye())
    assert pair.ended is not None
    assert pair.ended.clean


def test_a_refusal_comes_back_in_the_servers_words() -> None:
    pair = Pair(refuse="no such key")
    assert pair.news[-1] == Denied("NetStream.Publish.BadName", "no such key")
    assert pair.publisher.goodbye() == b""


def test_hevc_is_carried_where_the_server_knows_it() -> None:
    pair = Pair(codecs=("hvc1",))
    assert pair.news[-1] == Accepted()
    frame = VideoFrame(0, 5, True, b"\0\0\0\1k")
    pair.send(pair.publisher.media(frame, 0, VideoCodec.HEVC))
    assert pair.delivered == [frame]


@given(st.lists(st.integers(0, 1 << 34), min_size=1, max_size=20).map(sorted))
def test_times_go_on_over_the_end_of_32_bits(times: list[int]) -> None:
    pair = Pair()
    near = [times[0] + (time - times[0]) % (1 << 30) for time in times]
    for time in sorted(near):
        pair.send(pair.publisher.media(AudioFrame(time, b"x"), time))
    heard = [item.dts_ms for item in pair.delivered if isinstance(item, AudioFrame)]
    assert [b - a for a, b in itertools.pairwise(heard)] == [
        b - a for a, b in zip(sorted(near), sorted(near)[1:], strict=False)
    ]


# A server that says what it likes


def opened(publisher: Publisher) -> ChunkWriter:
    publisher.receive(HANDSHAKE)
    return ChunkWriter()


def said(writer: ChunkWriter, message: Message) -> bytes:
    return writer.write(message, 3)


def created() -> tuple[Publisher, ChunkWriter]:
    publisher = Publisher(TARGET)
    writer = opened(publisher)
    publisher.receive(said(writer, commands.connected(Request("connect", 1.0, []))))
    return publisher, writer


def test_a_refused_application_is_told() -> None:
    publisher = Publisher(TARGET)
    writer = opened(publisher)
    refusal = commands.error(Request("connect", 1.0, []), "NetConnection.Connect.Rejected", "")
    assert publisher.receive(said(writer, refusal)) == [
        Denied("NetConnection.Connect.Rejected", "NetConnection.Connect.Rejected")
    ]


def test_errors_about_courtesies_are_passed_over() -> None:
    publisher, writer = created()
    ignored = commands.error(Request("releaseStream", 2.0, []), "NetConnection.Call.Failed", "?")
    assert publisher.receive(said(writer, ignored)) == []


def test_a_ping_is_answered_and_windows_are_acknowledged() -> None:
    publisher, writer = created()
    ping = Message(Kind.USER_CONTROL, 0, 0, b"\0\x06\0\0\0\x2a")
    (pong,) = publisher.receive(said(writer, ping))
    assert isinstance(pong, Reply)
    assert pong.data.endswith(b"\0\x07\0\0\0\x2a")
    (acknowledged,) = publisher.receive(said(writer, messages.window_size(10)))
    assert isinstance(acknowledged, Reply)
    assert acknowledged.data[7] == Kind.ACKNOWLEDGEMENT


def test_a_server_that_lists_other_codecs_is_not_sent_them() -> None:
    publisher = Publisher(TARGET, ("av01",))
    writer = opened(publisher)
    answer = commands.command("_result", 1.0, {"fourCcList": ["hvc1"]}, None)
    (denied,) = publisher.receive(said(writer, answer))
    assert isinstance(denied, Denied)
    assert "av01" in denied.text
    anything = Publisher(TARGET, ("av01",))
    writer = opened(anything)
    answer = commands.command("_result", 1.0, {"fourCcList": ["*"]}, None)
    assert isinstance(anything.receive(said(writer, answer))[0], Reply)


def test_what_is_no_rtmp_is_said_to_be_none() -> None:
    with pytest.raises(MalformedError, match="no RTMP server"):
        Publisher(TARGET).receive(b"HTTP/1.1 400 Bad Request\r\n\r\n")


@pytest.mark.parametrize("number", [None, "one", -1.0])
def test_a_stream_without_a_number_is_refused(number: str | float | None) -> None:
    publisher, writer = created()
    with pytest.raises(MalformedError):
        publisher.receive(said(writer, commands.command("_result", 4.0, None, number)))


def test_the_end_of_a_stream_by_the_server_is_told_in_its_words() -> None:
    pair = Pair()
    status = commands.status("error", "NetStream.Publish.Denied", "banned", 1)
    assert pair.publisher.receive(said(ChunkWriter(), status)) == [
        Denied("NetStream.Publish.Denied", "banned")
    ]


@given(st.lists(st.binary(max_size=300), max_size=8))
def test_a_server_may_send_anything(pieces: list[bytes]) -> None:
    publisher = Publisher(TARGET)
    try:
        for piece in (HANDSHAKE, *pieces):
            publisher.receive(piece)
    except MalformedError:
        pass


@pytest.mark.parametrize(("codec", "wanted"), [(VideoCodec.AVC, ()), (VideoCodec.HEVC, ("hvc1",))])
def test_only_new_codecs_ask_for_enhanced_rtmp(codec: VideoCodec, wanted: tuple[str, ...]) -> None:
    assert enhanced(VideoConfig(codec, b"", 1, 1, ""), DEFAULT_SILENCE) == wanted
