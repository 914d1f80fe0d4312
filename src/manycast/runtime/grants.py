"""Who may publish: as the control role says, or as it said last when it does not answer."""

import json
import logging
import os
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from manycast.model.assignments import read_channels
from manycast.model.fleet import Assignment, ChannelGrant
from manycast.model.names import stream_name
from manycast.origin.grants import Admission, digest, owner
from manycast.runtime.ingest import GiveUp, nothing
from manycast.runtime.link import Link, Told


log = logging.getLogger("manycast.grants")

FILE = "grants.json"
PATH = "/api/v1/ingest/admissions"
PATIENCE_S = 1.0
"""With the control role, before the grants at hand decide: encoders wait for several seconds."""

Decided = Callable[[Admission | None], None]
"""None: the key is unknown."""


class Grants:
    """The channels, and the check of a key.

    ``file`` keeps what the control role said over a restart; it holds passphrases, so only its owner
    may read it. Without a link ``channels`` is all there is.
    """

    def __init__(
        self, channels: tuple[ChannelGrant, ...], file: Path | None = None, link: Link | None = None
    ) -> None:
        self.channels = channels
        self.revision = ""
        """Of what the control role said; empty while it has said nothing."""
        self.refused = 0
        self.changed: Callable[[tuple[ChannelGrant, ...]], None] = lambda _: None
        """Told what the channels were before."""
        self._file = file
        self._link = link
        if file is not None and file.exists():
            self._load(file)

    def admit(self, key: str, decided: Decided) -> GiveUp:
        """Whether a key opens a channel; ``decided`` is called once, now or later, unless given up."""
        wanted = digest(key)
        if self._link is None:
            self._decide(owner(self.channels, wanted), decided)
            return nothing

        def heard(told: Told) -> None:
            try:
                admission = _admission(told)
            except ValueError as error:
                log.warning("the control role did not say who may publish: %s", error)
                admission = owner(self.channels, wanted)
            self._decide(admission, decided)

        return self._link.ask(PATH, {"digest": wanted}, PATIENCE_S, heard)

    def of(self, channel: str) -> ChannelGrant | None:
        return next((one for one in self.channels if one.channel == channel), None)

    def assign(self, assignment: Assignment) -> None:
        """Take what the control role says now; raises ValueError when a name is none."""
        if assignment.channels is None:
            return
        for grant in assignment.channels:
            stream_name(grant.channel)
        before, self.channels = self.channels, assignment.channels
        self.revision = assignment.revision
        self.changed(before)
        self._save()

    def _save(self) -> None:
        """Keep what is known; a disk that refuses costs only what a restart without control would need."""
        if self._file is None:
            return
        value = {
            "revision": self.revision,
            "channels": [asdict(grant) for grant in self.channels],
        }
        try:
            _write(self._file, value)
        except OSError as error:
            log.warning("what the control role said cannot be kept: %s: %s", self._file, error)

    def _decide(self, admission: Admission | None, decided: Decided) -> None:
        self.refused += admission is None
        decided(admission)

    def _load(self, file: Path) -> None:
        """The revision is not believed: what the control role knows may have been put back."""
        try:
            self.channels = read_channels(json.loads(file.read_text())["channels"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            log.warning("%s is no use (%s): only channels.json is known", file, error)


def _admission(told: Told) -> Admission | None:
    """Raises ValueError when this is no decision."""
    match told.status, told.value:
        case 200, {"channel": str(channel), "key_id": str(key_id), "kicks": int(kicks)}:
            return Admission(stream_name(channel), key_id, kicks)
        case 404, _:
            return None
        case 0, _:
            raise ValueError(told.why)
        case status, _:
            raise ValueError(f"it answered {status}")


def _write(path: Path, value: object) -> None:
    """Whole or not at all. Not forced to the disk: that would hold up what is live, for little."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, fresh = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}.")
    try:
        with os.fdopen(descriptor, "w") as file:
            json.dump(value, file)
        Path(fresh).replace(path)
    finally:
        Path(fresh).unlink(missing_ok=True)
