"""Where a channel's stream is sent on to: adding, changing, starting and stopping."""

from typing import Annotated

from fastapi import APIRouter, Response
from sqlalchemy.orm import Session
from starlette.convertors import Convertor, register_url_convertor

from manycast.api.access import By, may
from manycast.api.channel_views import find_channel
from manycast.api.context import Context, Here
from manycast.api.destination_views import destination_view as view
from manycast.api.idempotency import OnlyOnce
from manycast.api.problems import Problem, missing, refusals
from manycast.api.versions import IfMatch, tag
from manycast.control.destinations import same_server
from manycast.control.permissions import Action, Principal
from manycast.model.destinations import Platform
from manycast.platforms.limits import SERVERS
from manycast.runtime.store import destinations
from manycast.runtime.store.ids import new_id
from manycast.runtime.store.tables.channels import Channel
from manycast.runtime.store.tables.destinations import Destination as Row, PlatformAccount
from manycast.schema.channels import ChannelName
from manycast.schema.destinations import (
    Destination,
    DestinationChange,
    Destinations,
    NewDestination,
)
from manycast.schema.values import FieldProblem, Id


DESTINATIONS_MAX = 32
"""Of one channel: as many as one origin sends to."""


class _Named(Convertor[str]):
    """So that ``/destinations/start`` is no destination."""

    regex = "dst_[a-z0-9]{16}"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("destination", _Named())
router = APIRouter(prefix="/channels/{channel}/destinations", tags=["destinations"])
Reader = Annotated[Principal, may(Action.DESTINATIONS_READ)]
Writer = Annotated[Principal, may(Action.DESTINATIONS_WRITE)]


@router.get("", operation_id="list_destinations", responses=refusals(404))
def list_destinations(channel: ChannelName, here: Here, who: Reader) -> Destinations:
    """The oldest first, without their keys; they are few, so this is always the whole list."""
    with here.store.read() as db:
        owner = find_channel(db, channel, who, Action.DESTINATIONS_READ)
        return _all(db, owner)


@router.post("", operation_id="create_destination", status_code=201, responses=refusals(404, 409))
def create_destination(  # noqa: PLR0913, PLR0917  a route's parameters are what a request holds
    channel: ChannelName,
    wanted: NewDestination,
    here: Here,
    by: By,
    who: Writer,
    once: OnlyOnce,
    response: Response,
) -> Destination:
    detail = {"name": wanted.name, "platform": wanted.platform}
    with here.store.change(by, "destination.create", channel, detail) as db:
        once.look(db)
        owner = find_channel(db, channel, who, Action.DESTINATIONS_WRITE)
        _room_for_one_more(db, owner)
        row = _new(here, owner, wanted)
        _refuse_nowhere(db, row)
        db.add(row)
        db.flush()
        made = view(row)
        once.keep(db, made, version=row.version)
    here.hub.touch("destinations", row.id, channel)
    tag(response, row.version)
    return made


@router.post("/start", operation_id="start_destinations", responses=refusals(404))
def start_destinations(channel: ChannelName, here: Here, by: By, who: Writer) -> Destinations:
    """All of them, at once if the channel is on the air; those that gave up are tried again."""
    with here.store.change(by, "destination.start", channel) as db:
        owner = find_channel(db, channel, who, Action.DESTINATIONS_WRITE)
        destinations.start(destinations.of_channel(db, owner.id))
        db.flush()
        said = _all(db, owner)
    here.hub.touch("destinations", channel=channel)
    return said


@router.post("/stop", operation_id="stop_destinations", responses=refusals(404))
def stop_destinations(channel: ChannelName, here: Here, by: By, who: Writer) -> Destinations:
    """All of them; each platform hears that the stream is over."""
    with here.store.change(by, "destination.stop", channel) as db:
        owner = find_channel(db, channel, who, Action.DESTINATIONS_WRITE)
        destinations.stop(destinations.of_channel(db, owner.id))
        db.flush()
        said = _all(db, owner)
    here.hub.touch("destinations", channel=channel)
    return said


@router.get(
    "/{destination_id:destination}", operation_id="read_destination", responses=refusals(404)
)
def read_destination(
    channel: ChannelName, destination_id: Id, here: Here, who: Reader, response: Response
) -> Destination:
    with here.store.read() as db:
        row = _find(db, channel, destination_id, who, Action.DESTINATIONS_READ)
    tag(response, row.version)
    return view(row)


@router.patch(
    "/{destination_id:destination}",
    operation_id="change_destination",
    responses=refusals(404, 412, 428),
)
def change_destination(  # noqa: PLR0913, PLR0917  a route's parameters are what a request holds
    channel: ChannelName,
    destination_id: Id,
    wanted: DestinationChange,
    here: Here,
    by: By,
    who: Writer,
    if_match: IfMatch,
    response: Response,
) -> Destination:
    """While on the air too: it is sent on as wanted within seconds."""
    detail = {"destination": destination_id, "fields": sorted(wanted.model_fields_set)}
    with here.store.change(by, "destination.change", channel, detail) as db:
        row = _find(db, channel, destination_id, who, Action.DESTINATIONS_WRITE)
        if_match.check(row.version)
        _refuse_key_elsewhere(row, wanted)
        _apply(here, row, wanted)
        _refuse_nowhere(db, row)
        db.flush()
    here.hub.touch("destinations", row.id, channel)
    tag(response, row.version)
    return view(row)


@router.delete(
    "/{destination_id:destination}",
    operation_id="delete_destination",
    status_code=204,
    responses=refusals(404, 412, 428),
)
def delete_destination(
    channel: ChannelName, destination_id: Id, here: Here, by: By, who: Writer, if_match: IfMatch
) -> None:
    """What is sent there ends."""
    detail = {"destination": destination_id}
    with here.store.change(by, "destination.delete", channel, detail) as db:
        row = _find(db, channel, destination_id, who, Action.DESTINATIONS_WRITE)
        if_match.check(row.version)
        db.delete(row)
    here.hub.touch("destinations", row.id, channel)


@router.post(
    "/{destination_id:destination}/start", operation_id="start_destination", responses=refusals(404)
)
def start_destination(
    channel: ChannelName, destination_id: Id, here: Here, by: By, who: Writer
) -> Destination:
    """At once if the channel is on the air, else as soon as it is; one that gave up is tried again."""
    detail = {"destination": destination_id}
    with here.store.change(by, "destination.start", channel, detail) as db:
        row = _find(db, channel, destination_id, who, Action.DESTINATIONS_WRITE)
        destinations.start([row])
        db.flush()
    here.hub.touch("destinations", row.id, channel)
    return view(row)


@router.post(
    "/{destination_id:destination}/stop", operation_id="stop_destination", responses=refusals(404)
)
def stop_destination(
    channel: ChannelName, destination_id: Id, here: Here, by: By, who: Writer
) -> Destination:
    """The platform hears that the stream is over; the other destinations go on."""
    detail = {"destination": destination_id}
    with here.store.change(by, "destination.stop", channel, detail) as db:
        row = _find(db, channel, destination_id, who, Action.DESTINATIONS_WRITE)
        destinations.stop([row])
        db.flush()
    here.hub.touch("destinations", row.id, channel)
    return view(row)


def _all(db: Session, owner: Channel) -> Destinations:
    return Destinations(items=[view(row) for row in destinations.of_channel(db, owner.id)])


def _find(db: Session, channel: str, destination_id: str, who: Principal, action: Action) -> Row:
    owner = find_channel(db, channel, who, action)
    row = db.get(Row, destination_id)
    if row is None or row.channel_id != owner.id:
        raise missing("destination")
    return row


def _new(here: Context, owner: Channel, wanted: NewDestination) -> Row:
    return Row(
        id=new_id("dst"),
        channel_id=owner.id,
        account_id=wanted.account_id,
        name=wanted.name,
        platform=wanted.platform,
        url=wanted.url or _server(wanted),
        key_sealed=here.store.secrets.seal(wanted.key) if wanted.key else None,
        rendition=wanted.rendition,
        encode=wanted.encode.model_dump() if wanted.encode else None,
        enabled=wanted.enabled,
        attempt=0,
        created_ms=here.now_ms(),
    )


def _server(wanted: NewDestination) -> str:
    """Where its platform takes streams with a key; with an account it says so itself."""
    return "" if wanted.account_id else SERVERS[wanted.platform]


def _apply(here: Context, row: Row, wanted: DestinationChange) -> None:
    changes = wanted.model_dump(exclude_unset=True)
    if row.account_id and wanted.account_id not in {None, row.account_id}:
        # They are the account's before: nothing more goes to its channel, even if the new one cannot be asked.
        row.url, row.key_sealed = "", None
    if (key := changes.pop("key", None)) is not None:
        row.key_sealed = here.store.secrets.seal(key) if key else None
    for name, value in changes.items():
        if value is not None or name in {"encode", "account_id"}:
            setattr(row, name, value)
    if wanted.model_fields_set - {"name"}:
        row.attempt += 1  # what was refused with the old key may be taken with the new one


def _refuse_key_elsewhere(row: Row, wanted: DestinationChange) -> None:
    """A key is never shown, and so never sent to a server that whoever changes the address chose.

    Raises Problem 422 unless the key is entered again.
    """
    if not wanted.url or row.key_sealed is None or wanted.key is not None:
        return
    if not same_server(row.url, wanted.url):
        detail = "Enter the key again: it is only sent to the server that it was entered for."
        raise _unfit("key", detail)


def _refuse_nowhere(db: Session, row: Row) -> None:
    """Raise Problem 422 where nobody could say where to send."""
    if row.account_id is not None:
        account = db.get(PlatformAccount, row.account_id)
        if account is None or account.channel_id != row.channel_id:
            raise _unfit("account_id", "No such account is connected to this channel.")
        if account.platform != row.platform:
            raise _unfit("account_id", f"This account is one of {account.platform}.")
    elif not row.url:
        raise _unfit("url", "Enter the server, or connect an account that knows it.")
    elif row.platform != Platform.CUSTOM and row.key_sealed is None:
        raise _unfit("key", "Enter the stream key that the platform shows, or connect an account.")


def _unfit(field: str, detail: str) -> Problem:
    errors = [FieldProblem(pointer=f"#/{field}", detail=detail)]
    return Problem(422, "not-possible", detail, errors=errors)


def _room_for_one_more(db: Session, owner: Channel) -> None:
    if destinations.count(db, owner.id) >= DESTINATIONS_MAX:
        detail = f"A channel has {DESTINATIONS_MAX} destinations at most; delete one first."
        raise Problem(409, "too-many-destinations", detail)
