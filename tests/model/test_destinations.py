from manycast.model.destinations import DestinationGrant


def test_a_key_is_never_shown() -> None:
    grant = DestinationGrant(id="dst_1", name="mine", url="rtmp://there/app", key="live_secret")
    assert "live_secret" not in repr(grant)
