"""Access lines: noted by the event loop, written by a thread."""

import asyncio
import json
import logging
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from manycast.settings.log import LogSettings


_LOG = logging.getLogger(__name__)


class AccessLog:
    def __init__(self, settings: LogSettings) -> None:
        """Raises OSError when the file cannot be written."""
        self._settings = settings
        self._path = Path(settings.file)
        self._lines: list[dict[str, Any]] = []
        self._loop = asyncio.get_running_loop()
        self._writer = ThreadPoolExecutor(1, "access-log")
        self._writing: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._well = True
        self.dropped = 0
        try:
            self._path.open("a").close()
        except OSError as error:
            raise OSError(f"log.file cannot be written: {error}") from error

    def note(self, line: dict[str, Any]) -> None:
        if len(self._lines) >= self._settings.lines_max:
            self.dropped += 1
            return
        self._lines.append(line)
        if self._timer is None:
            self._timer = self._loop.call_later(self._settings.flush_s, self._flush)

    async def close(self) -> None:
        """Write what waits."""
        if self._timer is not None:
            self._timer.cancel()
        if self._writing is not None:
            await self._writing
        self._write(self._take())
        self._writer.shutdown()

    def _flush(self) -> None:
        self._timer = None
        if self._writing is not None and not self._writing.done():  # a slow disk
            self._timer = self._loop.call_later(self._settings.flush_s, self._flush)
            return
        self._writing = self._loop.run_in_executor(self._writer, self._write, self._take())

    def _take(self) -> list[dict[str, Any]]:
        lines, self._lines = self._lines, []
        return lines

    def _write(self, lines: list[dict[str, Any]]) -> None:
        try:
            text = "".join([json.dumps(line) + "\n" for line in lines])
            with self._path.open("ab", buffering=0) as file:
                file.write(text.encode())  # at once, since other workers append to it too
            self._well = True
        except OSError as error:
            self.dropped += len(lines)
            if self._well:
                _LOG.warning("access lines are lost: %s: %s", self._path, error)
            self._well = False
