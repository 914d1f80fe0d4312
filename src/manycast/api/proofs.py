"""Checking passwords and codes, at the pace that guessers are held to."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session

from manycast.api.context import Context
from manycast.api.problems import Problem
from manycast.control.passwords import weakness
from manycast.control.permissions import Principal
from manycast.runtime.accounts.attempts import TooManyError
from manycast.runtime.accounts.hashing import BusyError
from manycast.runtime.store import users
from manycast.runtime.store.tables.accounts import LoginSession, User
from manycast.schema.values import FieldProblem


class Wrong(Problem):
    """A guess that was wrong, and counts."""


@contextmanager
def guess(here: Context, account: str, address: str) -> Iterator[None]:
    """What is proved inside raises Wrong, or else costs nothing. Raises Problem 429."""
    now = here.now_ms()
    try:
        here.attempts.take(account, address, now)
    except TooManyError as error:
        raise _too_many(error) from error
    try:
        yield
    except Wrong:
        raise
    except BaseException:
        here.attempts.refund(account, address, now)
        raise
    here.attempts.succeeded(account, address, now)


def check_code(here: Context, db: Session, user: User, code: str) -> None:
    """Use up a code of the second factor, in a transaction that writes. Raises Wrong, Problem 429."""
    now = here.now_ms()
    try:
        here.attempts.take_code(user.id, now)
    except TooManyError as error:
        raise _too_many(error) from error
    if not users.proves(db, here.store.secrets, user, code, now):
        raise Wrong(401, "wrong-code", "That code is wrong, or has been used. Wait for the next.")
    here.attempts.refund_code(user.id, now)


def verify(here: Context, kept: str | None, password: str) -> bool:
    """Raises Problem 503 when too many people log in at once."""
    try:
        return here.hashing.verify(kept, password)
    except BusyError as error:
        raise _busy() from error


def hashed(here: Context, password: str, pointer: str, *names: str | None) -> str:
    """The hash to keep. Raises Problem 422 for one that is too easy, 503 when too many people log in at once."""
    why_not = weakness(password, *filter(None, names))
    if why_not:
        errors = [FieldProblem(pointer=pointer, detail=why_not)]
        raise Problem(422, "weak-password", why_not, errors=errors)
    return _hash(here, password)


def renewed(here: Context, kept: str, password: str) -> str:
    """The hash to keep on, after it was right: made anew when the old one took less work than is due now."""
    return _hash(here, password) if here.hashing.is_old(kept) else kept


def confirm(here: Context, who: Principal, password: str | None, address: str) -> None:
    """That the owner changes what opens the account, and not somebody at a browser left alone. Raises Problem 403."""
    with here.store.read() as db:
        user = db.get_one(User, who.user_id)
        fresh = _is_fresh(here, db, who)
    if user.password_hash is None:
        if not fresh:
            raise Problem(403, "log-in-again", "Log out and in again, then repeat this.")
        return
    if password is None:
        raise Problem(403, "password-needed", "Send your password with this.")
    with guess(here, user.folded, address):
        if not verify(here, user.password_hash, password):
            raise Wrong(403, "wrong-password", "That is not your password.")


def _hash(here: Context, password: str) -> str:
    try:
        return here.hashing.hash(password)
    except BusyError as error:
        raise _busy() from error


def _is_fresh(here: Context, db: Session, who: Principal) -> bool:
    session = db.get(LoginSession, who.credential_id)
    age_max = here.settings.accounts.confirm_s * 1000
    return session is not None and here.now_ms() - session.created_ms <= age_max


def _too_many(error: TooManyError) -> Problem:
    return Problem(
        429,
        "too-many-attempts",
        f"There were too many wrong attempts. Try again in {error.wait_s} s.",
        headers={"Retry-After": str(error.wait_s)},
    )


def _busy() -> Problem:
    detail = "Too many people log in at this moment. Try again."
    return Problem(503, "busy", detail, headers={"Retry-After": "5"})
