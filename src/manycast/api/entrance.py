"""What follows a proof: a session of its own, and who that now is."""

from dataclasses import dataclass

from fastapi import Request, Response
from sqlalchemy.orm import Session as Db

from manycast.api.access import address_of, session_cookie
from manycast.api.context import Context
from manycast.api.cookies import set_session
from manycast.control.browsers import csrf_token
from manycast.control.events import DeviceSignedIn
from manycast.control.permissions import EVERY_CHANNEL, Action, Principal, allowed
from manycast.runtime.store import credentials, sessions, users
from manycast.runtime.store.audit import Actor, note
from manycast.runtime.store.tables.accounts import LoginSession, User
from manycast.schema.accounts import Me, Session
from manycast.schema.values import moment


@dataclass(frozen=True, slots=True)
class Entered:
    """A session that was started, to be shown once the transaction has ended well."""

    session: Session
    cookie: str
    strange: DeviceSignedIn | None
    """When this person had never come with such a browser."""

    def show(self, request: Request, response: Response, here: Context) -> Session:
        if self.strange is not None:
            here.happened(self.strange)
        set_session(request, response, here, self.cookie)
        return self.session


def enter(request: Request, here: Context, db: Db, user: User, how: str) -> Entered:
    """Start a session, in a transaction that writes.

    The one that the browser had before ends: others may know its cookie.
    """
    address, agent = address_of(request, here), request.headers.get("User-Agent", "")
    before = sessions.by_cookie(db, session_cookie(request, here) or "")
    if before is not None:
        db.delete(before)
    sessions.sweep(db, here.settings.accounts, here.now_ms())
    is_strange = sessions.is_new_device(db, user, address, agent)
    row, cookie = sessions.start(db, user, address=address, agent=agent, now_ms=here.now_ms())
    by = Actor(user_id=user.id, name=user.name, credential_id=row.id, address=address)
    note(db, by, "session.create", row.id, {"by": how, "new_device": is_strange})
    strange = DeviceSignedIn(
        at_ms=row.created_ms,
        user_id=user.id,
        user=user.name,
        session=row.id,
        address=address,
        agent=row.agent,
    )
    shown = _session(
        here, db, credentials.principal(db, user, row.id, here.settings.accounts), row, cookie
    )
    return Entered(shown, cookie, strange if is_strange else None)


def current(request: Request, here: Context, db: Db, who: Principal) -> Session:
    """Who asks, by whatever credential."""
    row = db.get(LoginSession, who.credential_id)
    return _session(here, db, who, row, session_cookie(request, here) or "")


def me(db: Db, user: User) -> Me:
    return Me.model_validate(
        {
            "id": user.id,
            "name": user.name,
            "email": user.email,
            "role": user.role,
            "has_password": user.password_hash is not None,
            "second_factor": user.totp_on,
            "recovery_codes_left": users.recovery_codes_left(db, user),
        }
    )


def _session(
    here: Context, db: Db, who: Principal, row: LoginSession | None, cookie: str
) -> Session:
    """``row`` is None for an API key."""
    assert who.role is not None
    ends_ms = row and credentials.ends_ms(row, here.settings.accounts)
    return Session.model_validate(
        {
            "user": me(db, db.get_one(User, who.user_id)),
            "actions": sorted(action for action in Action if allowed(who, action)),
            "second_factor_needed": who.unproven,
            "every_channel": who.role in EVERY_CHANNEL,
            "channels": sorted(who.channels),
            "csrf_token": csrf_token(cookie) if row else None,
            "session_id": row and row.id,
            "ends_at": ends_ms and moment(ends_ms),
        }
    )
