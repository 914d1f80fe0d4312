"""The recordings on an origin's disk: what there is, and what goes."""

import asyncio
import logging
import shutil
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from manycast.hls import vod
from manycast.model.fleet import RecordingReport
from manycast.model.names import RECORDED, TAKE, stream_name
from manycast.runtime.recorder import PLAYLIST
from manycast.runtime.vitals import free_bytes


if TYPE_CHECKING:
    from manycast.runtime.reporting import Changed


log = logging.getLogger("manycast.recording")

TAKE_FORMAT = "%Y%m%dT%H%M%S.%fZ"
DISK_LOOK_S = 5.0
"""Between looks at what is left: 6 MB at 10 Mbit/s."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A recording, or one of its files."""

    channel: str
    take: str
    file: str = ""


def wanted(*names: str) -> Wanted | None:
    """What a path names, if it can be the name of something here and of nothing elsewhere."""
    match names:
        case (channel, take, *rest) if TAKE.fullmatch(take) and len(rest) < 2:
            file = rest[0] if rest else ""
        case _:
            return None
    with suppress(ValueError):
        if not file or file == PLAYLIST or RECORDED.fullmatch(file):
            return Wanted(stream_name(channel), take, file)
    return None


class Shelf:
    """``STREAM/START/`` below ``root``; ``changed`` is called when ``reports`` has."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.free_bytes: int | None = None
        """None while nobody has looked, or could."""
        self.changed: Changed = lambda: None
        self._found: dict[tuple[str, str], RecordingReport] = {}
        self._reports: tuple[RecordingReport, ...] | None = ()

    @property
    def reports(self) -> tuple[RecordingReport, ...]:
        """All of them, the oldest first; the same object until something changes."""
        if self._reports is None:
            found = sorted(self._found.values(), key=lambda one: (one.take, one.channel))
            self._reports = tuple(found)
        return self._reports

    def load(self) -> None:
        """See what there is. Blocks."""
        for folder in self.root.glob("*/*/"):
            place = wanted(folder.parent.name, folder.name)
            report = None if place is None else examine(folder)
            if report is not None:
                self._found[report.channel, report.take] = report
        self._reports = None

    async def look(self, folder: Path) -> None:
        """One recording has begun, ended or gone."""
        name = folder.parent.name, folder.name
        report = await asyncio.to_thread(examine, folder)
        if report is None:
            self._found.pop(name, None)
        else:
            self._found[name] = report
        self._reports = None
        self.changed()

    def path(self, place: Wanted) -> Path:
        return self.root / place.channel / place.take / place.file

    def is_written(self, place: Wanted) -> bool:
        found = self._found.get((place.channel, place.take))
        return found is not None and not found.complete

    async def remove(self, place: Wanted) -> bool:
        """Delete a recording that is complete; False when there is none. Raises OSError."""
        folder = self.path(place)
        try:
            await asyncio.to_thread(shutil.rmtree, folder)
        except FileNotFoundError:
            return False
        finally:
            await self.look(folder)
        log.info("recording %s deleted", folder)
        return True

    async def watch_disk(self) -> NoReturn:
        """Keep an eye on the room that is left; a disk that does not answer holds nothing up."""
        while True:
            try:
                self.free_bytes = await asyncio.to_thread(free_bytes, self.root)
            except OSError as error:
                log.warning("the disk of %s cannot be looked at: %s", self.root, error)
                self.free_bytes = None
            await asyncio.sleep(DISK_LOOK_S)


def examine(folder: Path) -> RecordingReport | None:
    """What a folder holds; None when it is no recording that could be played. Blocks."""
    try:
        text = (folder / PLAYLIST).read_text(errors="replace")
        sizes = {name: (folder / name).stat().st_size for name in vod.listed_bytes(text)}
        found = RecordingReport(
            channel=folder.parent.name,
            take=folder.name,
            started_ms=began_ms(folder.name),
            duration_ms=vod.duration_ms(text),
            size_bytes=sum(sizes.values()),
            files=tuple(sizes),
            complete="#EXT-X-ENDLIST" in text,
        )
    except (OSError, ValueError):
        return None
    return found if sizes and all(map(RECORDED.fullmatch, sizes)) else None


def began_ms(take: str) -> int:
    """As the folder's name says."""
    began = datetime.strptime(take, TAKE_FORMAT).replace(tzinfo=UTC)
    return int(began.timestamp() * 1000)
