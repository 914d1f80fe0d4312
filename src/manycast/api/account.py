"""One's own account: the password, the second factor, the address."""

from typing import Annotated

import segno
from fastapi import APIRouter, Request
from sqlalchemy.exc import IntegrityError

from manycast.api.access import By, address_of, may
from manycast.api.context import Here
from manycast.api.entrance import me
from manycast.api.problems import Problem, refusals
from manycast.api.proofs import check_code, confirm, hashed
from manycast.control.permissions import Action, Principal
from manycast.control.second_factor import link
from manycast.runtime.accounts.tokens import new_recovery_codes, new_totp_secret
from manycast.runtime.store import sessions, users
from manycast.runtime.store.tables.accounts import User
from manycast.schema.accounts import (
    EmailChange,
    Me,
    PasswordChange,
    Proof,
    RecoveryCodes,
    SecondFactorCode,
    SecondFactorOffer,
)


router = APIRouter(prefix="/account", tags=["account"])
Self = Annotated[Principal, may(Action.SELF)]
QR_QUIET_MODULES = 4
"""White around the picture, which cameras need (ISO 18004)."""


@router.put("/email", operation_id="change_email", responses=refusals(409, 429))
def change_email(given: EmailChange, request: Request, here: Here, who: Self, by: By) -> Me:
    """What one may log in with as well as the name; asks for the password, as that opens the account.

    Single sign-on does not take it for a proof: connect it with `GET /sign-on?link=true`.
    """
    confirm(here, who, given.password, address_of(request, here))
    try:
        with here.store.change(by, "account.email", who.user_id, {"email": given.email}) as db:
            user = db.get_one(User, who.user_id)
            users.enter_email(user, given.email)
            db.flush()
            return me(db, user)
    except IntegrityError as error:
        raise Problem(409, "email-taken", "Another account has this address.") from error


@router.put("/password", operation_id="change_password", status_code=204, responses=refusals(429))
def change_password(given: PasswordChange, request: Request, here: Here, who: Self, by: By) -> None:
    """Every other session of this account ends."""
    confirm(here, who, given.current, address_of(request, here))
    with here.store.read() as db:
        email = db.get_one(User, who.user_id).email
    password_hash = hashed(here, given.new, "#/new", who.name, email)
    with here.store.change(by, "account.password", who.user_id) as db:
        db.get_one(User, who.user_id).password_hash = password_hash
        sessions.end_all(db, who.user_id, but=who.credential_id)
    here.hub.dismiss(user_id=who.user_id)


@router.post("/second-factor", operation_id="offer_second_factor", responses=refusals(409, 429))
def offer_second_factor(
    given: Proof, request: Request, here: Here, who: Self, by: By
) -> SecondFactorOffer:
    """A new secret for an app. Nothing changes before a code of it has come."""
    confirm(here, who, given.password, address_of(request, here))
    secret = new_totp_secret()
    with here.store.change(by, "account.second_factor.offer", who.user_id) as db:
        user = db.get_one(User, who.user_id)
        if user.totp_on:
            raise Problem(409, "second-factor-on", "There is one already; remove it first.")
        user.totp_secret, user.totp_step = here.store.secrets.seal(secret), 0
    picture = segno.make(link(secret, who.name), error="m", micro=False)
    svg = picture.svg_inline(border=QR_QUIET_MODULES, dark="#000", light="#fff", omitsize=True)
    return SecondFactorOffer(secret=secret, link=link(secret, who.name), qr_svg=svg)


@router.post(
    "/second-factor/confirmation",
    operation_id="confirm_second_factor",
    responses=refusals(409, 429),
)
def confirm_second_factor(given: SecondFactorCode, here: Here, who: Self, by: By) -> RecoveryCodes:
    """From now on a log-in needs a code as well. Every other session of this account ends."""
    with here.store.change(by, "account.second_factor.on", who.user_id) as db:
        user = db.get_one(User, who.user_id)
        if user.totp_on or user.totp_secret is None:
            raise Problem(409, "no-offer", "Ask for a second factor first.")
        check_code(here, db, user, given.code)
        user.totp_on = True
        codes = new_recovery_codes()
        users.replace_recovery_codes(db, user, codes)
        sessions.end_all(db, who.user_id, but=who.credential_id)
    here.hub.dismiss(user_id=who.user_id)
    return RecoveryCodes(codes=codes)


@router.post(
    "/second-factor/removal",
    operation_id="remove_second_factor",
    status_code=204,
    responses=refusals(429),
)
def remove_second_factor(given: Proof, request: Request, here: Here, who: Self, by: By) -> None:
    """Done too when there is none."""
    confirm(here, who, given.password, address_of(request, here))
    with here.store.change(by, "account.second_factor.off", who.user_id) as db:
        users.forget_second_factor(db, db.get_one(User, who.user_id))


@router.post("/recovery-codes", operation_id="replace_recovery_codes", responses=refusals(409, 429))
def replace_recovery_codes(
    given: Proof, request: Request, here: Here, who: Self, by: By
) -> RecoveryCodes:
    """New ones; those of before are void."""
    confirm(here, who, given.password, address_of(request, here))
    codes = new_recovery_codes()
    with here.store.change(by, "account.recovery_codes", who.user_id) as db:
        user = db.get_one(User, who.user_id)
        if not user.totp_on:
            raise Problem(409, "no-second-factor", "Set up the second factor first.")
        users.replace_recovery_codes(db, user, codes)
    return RecoveryCodes(codes=codes)
