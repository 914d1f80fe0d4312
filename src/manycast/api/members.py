"""The people of a channel: viewers and broadcasters work with the channels they belong to."""

from typing import Annotated

from fastapi import APIRouter
from sqlalchemy import select

from manycast.api.access import By, may
from manycast.api.channel_views import find_channel
from manycast.api.context import Context, Here
from manycast.api.paging import Paging, cursor_of
from manycast.api.problems import missing, refusals
from manycast.control.permissions import Action, Principal
from manycast.runtime.store.paging import read_slice
from manycast.runtime.store.tables.accounts import User
from manycast.runtime.store.tables.channels import Channel, ChannelMember as Row
from manycast.schema.channels import ChannelName, Member
from manycast.schema.values import Id, Page, moment


router = APIRouter(prefix="/channels/{channel}/members", tags=["channels"])
Keeper = Annotated[Principal, may(Action.CHANNELS_MANAGE)]


@router.get("", operation_id="list_channel_members", responses=refusals(404))
def list_channel_members(
    channel: ChannelName, here: Here, who: Keeper, wanted: Paging
) -> Page[Member]:
    """Whoever was added first comes first. Operators and administrators work with every channel anyway."""
    with here.store.read() as db:
        owner = find_channel(db, channel, who, Action.CHANNELS_MANAGE)
        query = select(Row).where(Row.channel_id == owner.id)
        rows, following = read_slice(db, query, (Row.created_ms, Row.user_id), wanted)
        ids = [row.user_id for row in rows]
        users = {user.id: user for user in db.scalars(select(User).where(User.id.in_(ids)))}
    members = [_view(row, users[row.user_id]) for row in rows]
    return Page(items=members, next=cursor_of(following) if following else None)


@router.put(
    "/{user_id}", operation_id="add_channel_member", status_code=204, responses=refusals(404)
)
def add_channel_member(channel: ChannelName, user_id: Id, here: Here, by: By, who: Keeper) -> None:
    """Done too when they belong to it already."""
    with here.store.change(by, "channel.member.add", channel, {"user": user_id}) as db:
        owner = find_channel(db, channel, who, Action.CHANNELS_MANAGE)
        if db.get(User, user_id) is None:
            raise missing("user")
        if db.get(Row, (owner.id, user_id)) is None:
            db.add(Row(channel_id=owner.id, user_id=user_id, created_ms=here.now_ms()))
    _tell(here, owner, user_id)


@router.delete(
    "/{user_id}", operation_id="remove_channel_member", status_code=204, responses=refusals(404)
)
def remove_channel_member(
    channel: ChannelName, user_id: Id, here: Here, by: By, who: Keeper
) -> None:
    with here.store.change(by, "channel.member.remove", channel, {"user": user_id}) as db:
        owner = find_channel(db, channel, who, Action.CHANNELS_MANAGE)
        row = db.get(Row, (owner.id, user_id))
        if row is None:
            raise missing("member")
        db.delete(row)
    _tell(here, owner, user_id)


def _tell(here: Context, owner: Channel, user_id: str) -> None:
    """Whoever works with other channels now must see others."""
    here.hub.touch("channels", owner.id, owner.name)
    here.hub.dismiss(user_id=user_id)


def _view(row: Row, user: User) -> Member:
    return Member(user_id=user.id, name=user.name, role=user.role, since=moment(row.created_ms))
