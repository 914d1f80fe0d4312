import json
from typing import Any

from manycast.platforms.wire import Reply
from manycast.platforms.youtube import streams


def resource(**more: Any) -> dict[str, Any]:
    info = {
        "streamName": "abcd-key",
        "ingestionAddress": "rtmp://a.rtmp.youtube.com/live2",
        "rtmpsIngestionAddress": "rtmps://a.rtmps.youtube.com:443/live2",
    }
    return {"id": "S1", "snippet": {"title": "manycast"}, "cdn": {"ingestionInfo": info}, **more}


def read(value: dict[str, Any]) -> streams.Stream:
    reply = Reply(200, {}, json.dumps(value).encode())
    return streams.make("https://api").read(reply)


def test_media_is_sent_encrypted_where_that_is_possible() -> None:
    stream = read(resource())
    assert stream.ingest.url == "rtmps://a.rtmps.youtube.com:443/live2"
    assert stream.ingest.key == "abcd-key"
    assert "abcd-key" not in repr(stream)
    old = resource()
    del old["cdn"]["ingestionInfo"]["rtmpsIngestionAddress"]
    assert read(old).ingest.url == "rtmp://a.rtmp.youtube.com/live2"


def test_what_youtube_complains_of_comes_worst_first() -> None:
    issues = [
        {"type": "a", "severity": "info", "description": "fine"},
        {"type": "b", "severity": "warning", "description": "low bitrate"},
        {"type": "c", "severity": "error", "reason": "no audio"},
    ]
    status = {
        "streamStatus": "active",
        "healthStatus": {"status": "bad", "configurationIssues": issues},
    }
    stream = read(resource(status=status))
    assert (stream.status, stream.health) == ("active", "bad")
    assert stream.issues == ("no audio", "low bitrate")


def test_ours_is_known_by_its_title() -> None:
    other = read(resource(snippet={"title": "OBS"}))
    assert streams.ours((other,)) is None
    assert streams.ours((other, read(resource()))) is not None


def test_pages_of_streams_are_asked_for_by_their_token() -> None:
    assert ("pageToken", "t") in streams.mine("https://api", "t").request.query
    assert "pageToken" not in dict(streams.mine("https://api").request.query)
    assert dict(streams.look("https://api", "S1").request.query)["id"] == "S1"
