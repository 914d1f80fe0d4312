"""What the platforms know this installation by: an administrator registers it there once."""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from sqlalchemy import select

from manycast.api.access import By, may
from manycast.api.connecting import redirect_uri
from manycast.api.context import Context, Here
from manycast.api.problems import missing, refusals
from manycast.api.versions import IfMatch, tag
from manycast.control.permissions import Action, Principal
from manycast.model.destinations import Platform
from manycast.runtime.store.tables.destinations import PlatformApp as Row
from manycast.schema.platforms import AccountPlatform, PlatformApp, PlatformAppChange, PlatformApps


router = APIRouter(prefix="/settings/platforms", tags=["settings"])
Reader = Annotated[Principal, may(Action.SETTINGS_READ)]
Writer = Annotated[Principal, may(Action.SETTINGS_WRITE)]
WITH_ACCOUNTS = (Platform.TWITCH, Platform.YOUTUBE, Platform.KICK)
WEBHOOKS = {Platform.KICK: "/api/v1/webhooks/kick"}


@router.get("", operation_id="list_platform_apps")
def list_platform_apps(request: Request, here: Here, who: Reader) -> PlatformApps:
    """One for each platform, with what has to be entered there; secrets are never shown."""
    del who
    with here.store.read() as db:
        rows = {row.platform: row for row in db.scalars(select(Row))}
    return PlatformApps(items=[_view(request, here, one, rows.get(one)) for one in WITH_ACCOUNTS])


@router.put("/{platform}", operation_id="set_platform_app", responses=refusals(412, 428))
def set_platform_app(  # noqa: PLR0913, PLR0917  a route's parameters are what a request holds
    platform: AccountPlatform,
    wanted: PlatformAppChange,
    request: Request,
    here: Here,
    by: By,
    who: Writer,
    if_match: IfMatch,
    response: Response,
) -> PlatformApp:
    """Where there is none yet, send `If-Match: "0"` or `*`."""
    del who
    detail = wanted.model_dump(exclude={"client_secret"})
    with here.store.change(by, "platform_app.change", platform, detail) as db:
        row = db.get(Row, platform)
        if_match.check(row.version if row else 0)
        if row is None:
            row = Row(platform=platform, secret_sealed=None)
            db.add(row)
        elif row.client_id != wanted.client_id:
            row.secret_sealed = None  # one app's secret is no other's
        if wanted.client_secret is not None:
            row.secret_sealed = here.store.secrets.seal(wanted.client_secret)
        row.client_id, row.public_url = wanted.client_id, wanted.public_url
        row.changed_ms = here.now_ms()
        db.flush()
    tag(response, row.version)
    return _view(request, here, platform, row)


@router.delete(
    "/{platform}", operation_id="remove_platform_app", status_code=204, responses=refusals(404)
)
def remove_platform_app(platform: AccountPlatform, here: Here, by: By, who: Writer) -> None:
    """Accounts that are connected stay, and cannot be asked any more."""
    del who
    with here.store.change(by, "platform_app.remove", platform) as db:
        row = db.get(Row, platform)
        if row is None:
            raise missing("app of this platform")
        db.delete(row)


def _view(request: Request, here: Context, platform: Platform, row: Row | None) -> PlatformApp:
    public_url = (row.public_url if row else "") or here.settings.control.public_url
    reached = public_url.startswith("https://") and platform in WEBHOOKS
    return PlatformApp.model_validate(
        {
            "platform": platform,
            "client_id": row.client_id if row else "",
            "has_secret": row is not None and row.secret_sealed is not None,
            "public_url": row.public_url if row else "",
            "redirect_uri": redirect_uri(request, here),
            "webhook_url": public_url.rstrip("/") + WEBHOOKS[platform] if reached else None,
            "version": row.version if row else 0,
        }
    )
