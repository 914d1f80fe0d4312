"""The browsers one is logged in with."""

from typing import Annotated

from fastapi import APIRouter

from manycast.api.access import By, may
from manycast.api.context import Context, Here
from manycast.api.problems import missing, refusals
from manycast.control.permissions import Action, Principal
from manycast.runtime.store import sessions
from manycast.runtime.store.credentials import ends_ms
from manycast.runtime.store.tables.accounts import LoginSession as Row
from manycast.schema.accounts import LoginSession
from manycast.schema.values import Id, Page, moment


router = APIRouter(prefix="/sessions", tags=["account"])
Self = Annotated[Principal, may(Action.SELF)]


@router.get("", operation_id="list_sessions")
def list_sessions(here: Here, who: Self) -> Page[LoginSession]:
    """One's own, the last used first; they are few, so this is always the whole list."""
    with here.store.read() as db:
        rows = sessions.of_user(db, who.user_id, here.settings.accounts, here.now_ms())
    return Page(items=[_view(here, row, who) for row in rows])


@router.delete(
    "/{session_id}", operation_id="end_session", status_code=204, responses=refusals(404)
)
def end_session(session_id: Id, here: Here, who: Self, by: By) -> None:
    with here.store.change(by, "session.delete", session_id) as db:
        row = db.get(Row, session_id)
        if row is None or row.user_id != who.user_id:
            raise missing("session")
        db.delete(row)
    here.hub.dismiss(credential_id=session_id)


@router.delete("", operation_id="end_other_sessions", status_code=204)
def end_other_sessions(here: Here, who: Self, by: By) -> None:
    """All but the one that asks."""
    with here.store.change(by, "session.delete_others", who.user_id) as db:
        sessions.end_all(db, who.user_id, but=who.credential_id)
    here.hub.dismiss(user_id=who.user_id)


def _view(here: Context, row: Row, who: Principal) -> LoginSession:
    return LoginSession(
        id=row.id,
        current=row.id == who.credential_id,
        created_at=moment(row.created_ms),
        used_at=moment(row.used_ms),
        address=row.address,
        agent=row.agent,
        ends_at=moment(ends_ms(row, here.settings.accounts)),
    )
