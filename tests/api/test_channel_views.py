import pytest
from tests.api.asking import Room
from tests.runtime.store.test_channels import channel

from manycast.api.channel_views import channel_view, find_channel
from manycast.api.problems import Problem
from manycast.control.permissions import Action, Principal, Role


def test_no_secret_is_in_view(room: Room) -> None:
    row = channel("live")
    row.srt_sealed = room.context.store.secrets.seal("passphrase")
    row.version = 1
    shown = channel_view(row)
    assert shown.srt
    assert "passphrase" not in shown.model_dump_json()


@pytest.mark.parametrize(
    ("role", "member", "status"),
    [
        (Role.VIEWER, True, 403),
        (Role.VIEWER, False, 404),
        (Role.BROADCASTER, True, 0),
        (Role.BROADCASTER, False, 404),
        (Role.OPERATOR, False, 0),
    ],
)
def test_a_channel_of_others_looks_like_none(
    room: Room, role: Role, member: bool, status: int
) -> None:
    row = channel("live")
    with room.context.store.record() as db:
        db.add(row)
    mine = frozenset([row.id] if member else [])
    who = Principal(user_id="u", name="u", role=role, channels=mine)
    with room.context.store.read() as db:
        if not status:
            assert find_channel(db, "live", who, Action.CHANNELS_WRITE).id == row.id
            return
        with pytest.raises(Problem) as refused:
            find_channel(db, "live", who, Action.CHANNELS_WRITE)
    assert refused.value.details.status == status
