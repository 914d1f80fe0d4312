"""The settings of the site, which an administrator changes here, and those of the settings file, which are only shown."""

from dataclasses import asdict, replace
from typing import Annotated

from fastapi import APIRouter, Response

from manycast.api.access import By, may
from manycast.api.context import Context, Here
from manycast.api.problems import refusals
from manycast.api.versions import IfMatch, tag
from manycast.control.permissions import Action, Principal
from manycast.runtime.store import site
from manycast.runtime.store.site import SiteSettings
from manycast.schema.site import EffectiveSettings, Setting, SettingGroup, Site, SiteChange
from manycast.settings import words
from manycast.settings.tree import Settings


router = APIRouter(prefix="/settings", tags=["settings"])
Anyone = Annotated[Principal, may(Action.LIVE_READ)]
Reader = Annotated[Principal, may(Action.SETTINGS_READ)]
Writer = Annotated[Principal, may(Action.SETTINGS_WRITE)]


@router.get("/site", operation_id="read_site")
def read_site(here: Here, who: Anyone, response: Response) -> Site:
    del who
    with here.store.read() as db:
        found, version = site.read(db, site_default(here))
    tag(response, version)
    return Site(**asdict(found), version=version)


@router.patch("/site", operation_id="change_site", responses=refusals(412, 428))
def change_site(
    wanted: SiteChange, here: Here, by: By, who: Writer, if_match: IfMatch, response: Response
) -> Site:
    del who
    changes = wanted.model_dump(exclude_none=True)
    with here.store.change(by, "site.change", site.KEY, changes) as db:
        found, version = site.read(db, site_default(here))
        if_match.check(version)
        changed = replace(found, **changes)
        version = site.write(db, changed, here.now_ms())
    tag(response, version)
    return Site(**asdict(changed), version=version)


@router.get("/effective", operation_id="read_effective_settings")
def read_effective_settings(here: Here, who: Reader) -> EffectiveSettings:
    """They change with the file and a restart."""
    del who
    defaults = {name: said for name, _, said in words.groups(Settings())}
    return EffectiveSettings(
        groups=[
            SettingGroup(
                name=name,
                about=about,
                settings=[
                    Setting(
                        name=one.name,
                        value=words.shown(one.name, one.value),
                        default=words.toml(default.value),
                        about=one.about,
                    )
                    for one, default in zip(said, defaults[name], strict=True)
                ],
            )
            for name, about, said in words.groups(here.settings)
        ]
    )


def site_default(here: Context) -> SiteSettings:
    return SiteSettings(record_new_channels=here.settings.recording.enabled)
