from manycast.model.fleet import ChannelGrant, KeyGrant
from manycast.origin.grants import Admission, digest, dismissed, grants_of, owner


def grant(channel: str, *keys: str, kicks: int = 0) -> ChannelGrant:
    return ChannelGrant(
        channel=channel,
        keys=tuple(KeyGrant(id=f"key_{key}", digest=digest(key)) for key in keys),
        recording=False,
        kicks=kicks,
    )


def test_each_of_several_keys_opens_its_channel_and_no_other_does() -> None:
    channels = (grant("one", "a", "b", kicks=3), grant("two", "c"))
    assert owner(channels, digest("b")) == Admission("one", "key_b", 3)
    assert owner(channels, digest("c")) == Admission("two", "key_c", 0)
    assert owner(channels, digest("d")) is None
    assert owner(channels, "") is None


def test_without_a_control_role_a_channel_has_the_key_of_its_file_for_srt_too() -> None:
    (found,) = grants_of([("live", "secret-key")], recording=True)
    assert owner([found], digest("secret-key")) == Admission("live", "", 0)
    assert (found.srt_passphrase, found.srt_slot, found.recording) == ("secret-key", 0, True)
    assert "secret-key" not in repr(found.keys)


def test_a_connection_is_good_until_it_is_kicked_or_its_channel_removed() -> None:
    before = (grant("one", kicks=1),)
    assert not dismissed(before, (grant("one", kicks=1),), "one", 1)
    assert not dismissed(before, (grant("one", kicks=1),), "one", 2)
    assert "ended" in dismissed(before, (grant("one", kicks=2),), "one", 1)
    assert "removed" in dismissed(before, (), "one", 1)


def test_a_channel_admitted_before_it_was_granted_is_not_taken_as_removed() -> None:
    assert not dismissed((grant("one"),), (grant("one"),), "two", 0)
