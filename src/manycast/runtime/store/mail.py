"""Through which server e-mail leaves: set by an administrator."""

from dataclasses import asdict, dataclass

from sqlalchemy.orm import Session

from manycast.runtime.store.sealing import Secrets
from manycast.runtime.store.tables.settings import Setting


KEY = "mail"


@dataclass(frozen=True, slots=True)
class MailSettings:
    host: str = ""
    """Empty: no e-mail is sent."""
    port: int = 587
    security: str = "starttls"
    username: str = ""
    sender: str = ""


def read(db: Session) -> tuple[MailSettings, Setting | None]:
    row = db.get(Setting, KEY)
    return (MailSettings(**row.value) if row else MailSettings()), row


def password(row: Setting | None, sealing: Secrets) -> str:
    return sealing.open(row.sealed) if row and row.sealed else ""


def write(db: Session, mail: MailSettings, sealed: bytes | None, now_ms: int) -> Setting:
    row = db.get(Setting, KEY)
    if row is None:
        row = Setting(key=KEY)
        db.add(row)
    row.value, row.sealed, row.changed_ms = asdict(mail), sealed, now_ms
    db.flush()
    return row
