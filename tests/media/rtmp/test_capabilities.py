from manycast.media.rtmp import capabilities


def test_an_older_client_is_told_nothing() -> None:
    assert capabilities.answer({"app": "live"}) == {}


def test_each_capability_asked_for_is_answered() -> None:
    answer = capabilities.answer({"capsEx": 15.0, "videoFourCcInfoMap": {"*": 7.0}})
    assert answer.keys() == {"capsEx", "videoFourCcInfoMap"}
    assert answer["videoFourCcInfoMap"] == {"avc1": 5, "hvc1": 5, "av01": 5}


def test_multitrack_is_promised_and_no_request_to_reconnect() -> None:
    assert capabilities.answer({"capsEx": 15.0}) == {"capsEx": 14}
