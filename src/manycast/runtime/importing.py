"""Takes the channels that `manycast up` made into the books, and out of its file once their keys are no longer good."""

from collections.abc import Collection
from pathlib import Path

from sqlalchemy.orm import Session

from manycast.runtime.channels import FILE, Channels
from manycast.runtime.store import channels, stream_keys
from manycast.runtime.store.ids import new_id
from manycast.runtime.store.sealing import Secrets
from manycast.runtime.store.store import Store
from manycast.runtime.store.tables.channels import Channel
from manycast.settings.tree import Settings


KEY_NAME = "manycast up"


def import_channels(store: Store, settings: Settings, directory: Path, now_ms: int) -> None:
    """Make the keys of ``channels.json`` good, and their channels if need be. Raises ValueError for a file that cannot be understood."""
    path = directory / FILE
    if not path.exists():
        return
    entries = Channels(path).items()
    with store.record() as db:
        for name, key in entries:
            if channels.by_digest(db, channels.digest_of(key)) is None:
                row = channels.by_name(db, name) or _new(db, name, settings, now_ms)
                _take_srt(db, row, key, settings, store.secrets)
                stream_keys.issue(db, row.id, KEY_NAME, now_ms, key)


def forget_keys(directory: Path, digests: Collection[str]) -> None:
    """Call before the transaction that makes these keys bad ends: after a crash between the two, a key that is
    good and not in the file does no harm; the reverse would come back to life. Raises OSError."""
    path = directory / FILE
    if path.exists():
        Channels(path).forget(digests)


def _new(db: Session, name: str, settings: Settings, now_ms: int) -> Channel:
    row = Channel(
        id=new_id("chn"),
        name=name,
        title=name,
        description="",
        recording=settings.recording.enabled,
        kicks=0,
        srt_sealed=None,
        srt_slot=None,
        created_ms=now_ms,
    )
    db.add(row)
    db.flush()
    return row


def _take_srt(db: Session, row: Channel, key: str, settings: Settings, secrets: Secrets) -> None:
    """The key is the passphrase too: that is what `manycast up` printed."""
    slot = channels.free_srt_slot(db)
    if row.srt_slot is None and slot < settings.network.srt_channels_max:
        row.srt_slot = slot
        row.srt_sealed = secrets.seal(key)
        db.flush()
