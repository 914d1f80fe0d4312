"""The mail server that notices leave through."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Response

from manycast.api.access import By, may
from manycast.api.context import Here
from manycast.api.problems import refusals
from manycast.api.versions import IfMatch, tag
from manycast.control.permissions import Action, Principal
from manycast.runtime.store import mail
from manycast.runtime.store.mail import MailSettings
from manycast.runtime.store.tables.settings import Setting
from manycast.schema.notices import MailServer, NewMailServer


router = APIRouter(prefix="/settings", tags=["notifications"])
READ = may(Action.SETTINGS_READ)
Writer = Annotated[Principal, may(Action.SETTINGS_WRITE)]


@router.get("/mail", operation_id="read_mail_server", dependencies=[READ])
def read_mail_server(here: Here, response: Response) -> MailServer:
    with here.store.read() as db:
        found, row = mail.read(db)
    shown = show(found, row)
    tag(response, shown.version)
    return shown


@router.put("/mail", operation_id="set_mail_server", responses=refusals(412, 428))
def set_mail_server(
    wanted: NewMailServer, here: Here, by: By, if_match: IfMatch, response: Response, _: Writer
) -> MailServer:
    """Send a test to an e-mail target to see whether it works."""
    changed = MailSettings(**wanted.model_dump(exclude={"password"}))
    with here.store.change(by, "mail.set", mail.KEY, asdict(changed)) as db:
        before, row = mail.read(db)
        if_match.check(row.version if row else 0)
        sealed = row.sealed if row else None
        if wanted.password is not None:
            sealed = here.store.secrets.seal(wanted.password) if wanted.password else None
        elif (changed.host, changed.username) != (before.host, before.username):
            sealed = None  # a password is for whom it was given
        row = mail.write(db, changed, sealed, here.now_ms())
    shown = show(changed, row)
    tag(response, shown.version)
    return shown


def show(found: MailSettings, row: Setting | None) -> MailServer:
    return MailServer(
        **asdict(found),
        password_set=bool(row and row.sealed),
        version=row.version if row else 0,
    )
