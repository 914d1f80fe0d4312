"""What an administrator sets for the whole site."""

from dataclasses import asdict, dataclass

from sqlalchemy.orm import Session

from manycast.runtime.store.tables.settings import Setting


KEY = "site"


@dataclass(frozen=True, slots=True)
class SiteSettings:
    name: str = "manycast"
    about: str = ""
    record_new_channels: bool = False


def read(db: Session, default: SiteSettings) -> tuple[SiteSettings, int]:
    """With its version; 0 before anybody changed it."""
    row = db.get(Setting, KEY)
    return (SiteSettings(**row.value), row.version) if row else (default, 0)


def write(db: Session, site: SiteSettings, now_ms: int) -> int:
    """The new version."""
    row = db.get(Setting, KEY)
    if row is None:
        row = Setting(key=KEY, sealed=None)
        db.add(row)
    row.value = asdict(site)
    row.changed_ms = now_ms
    db.flush()
    return row.version
