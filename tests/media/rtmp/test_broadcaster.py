from manycast.media.rtmp import commands
from manycast.media.rtmp.broadcaster import Broadcaster
from manycast.media.rtmp.chunks import ChunkReader
from manycast.media.rtmp.handshake import CLIENT_BYTES, Handshake
from manycast.media.rtmp.metadata import stream_info
from manycast.model.media import StreamInfo
from manycast.settings.rtmp import RtmpSettings


def test_a_dialogue_is_a_handshake_and_then_readable_messages() -> None:
    broadcaster = Broadcaster()
    _, rest = Handshake().receive(broadcaster.opening("key"))
    assert len(broadcaster.handshake()) == CLIENT_BYTES
    reader = ChunkReader(RtmpSettings())
    reader.admit_media()
    reader.feed(rest + broadcaster.metadata({"framerate": 25.0}) + broadcaster.goodbye("key"))
    names, infos = [], []
    while (message := reader.next_message()) is not None:
        infos.append(stream_info(message.values()))
        if infos[-1] is None:
            names.append(commands.parse(message).name)
    assert names[:5] == ["connect", "releaseStream", "FCPublish", "createStream", "publish"]
    assert names[5:] == ["FCUnpublish", "deleteStream"]
    assert StreamInfo(frame_rate=25.0) in infos


def test_a_chunk_size_holds_for_what_follows() -> None:
    broadcaster = Broadcaster()
    assert len(broadcaster.resize(1000)) == 12 + 4
    assert len(broadcaster.video(0, bytes(1000))) == 12 + 1000
    assert len(broadcaster.audio(0, bytes(1001))) == 12 + 1001 + 1
