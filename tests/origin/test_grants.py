from hypothesis import given, strategies as st

from manycast.model.fleet import ChannelGrant, KeyGrant
from manycast.origin.grants import Admission, Slots, digest, dismissed, grants_of, owner


def grant(channel: str, *keys: str, kicks: int = 0, srt: str = "passphrase") -> ChannelGrant:
    return ChannelGrant(
        channel=channel,
        keys=tuple(KeyGrant(id=f"key_{key}", digest=digest(key)) for key in keys),
        recording=False,
        kicks=kicks,
        srt_passphrase=srt,
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
    assert (found.srt_passphrase, found.recording) == ("secret-key", True)
    assert "secret-key" not in repr(found.keys)


def test_a_connection_is_good_until_it_is_kicked_or_its_channel_removed() -> None:
    before = (grant("one", kicks=1),)
    assert not dismissed(before, (grant("one", kicks=1),), "one", 1)
    assert not dismissed(before, (grant("one", kicks=1),), "one", 2)
    assert "ended" in dismissed(before, (grant("one", kicks=2),), "one", 1)
    assert "removed" in dismissed(before, (), "one", 1)


def test_a_channel_admitted_before_it_was_granted_is_not_taken_as_removed() -> None:
    assert not dismissed((grant("one"),), (grant("one"),), "two", 0)


NAMES = st.lists(st.sampled_from("abcdefgh"), unique=True)


@given(st.lists(NAMES, max_size=8), st.integers(0, 6))
def test_whoever_stays_keeps_its_place_and_no_two_share_one(
    turns: list[list[str]], places_max: int
) -> None:
    slots = Slots({})
    for names in turns:
        before, slots = slots, slots.follow([grant(name) for name in names], places_max)
        places = slots.places
        assert len(set(places.values())) == len(places) == min(len(names), places_max)
        assert all(0 <= at < places_max for at in places.values())
        stayed = before.places.keys() & set(names)
        assert all(places[name] == before.places[name] for name in stayed)


def test_places_are_given_in_order_and_only_to_those_that_take_srt() -> None:
    slots = Slots({}).follow([grant("a"), grant("b", srt=""), grant("c")], 8)
    assert slots.places == {"a": 0, "c": 1}
