"""Follows a parent's journal of purges, so that a purge at the top reaches the tiers below."""

import asyncio
import json
import logging
from contextlib import suppress
from dataclasses import replace

from manycast.edge.guard.bearer import follow_token
from manycast.edge.orders import from_row
from manycast.edge.purge import EVERYTHING, Purge
from manycast.runtime.edge.purging import JOURNAL, Purging
from manycast.runtime.http.client import Client, Parent, Routing
from manycast.runtime.http.response import FetchError, ResponseHead
from manycast.settings.guard import GuardSettings
from manycast.settings.parents import ParentsSettings
from manycast.std.backoff import Backoff
from manycast.std.http1 import field


_LOG = logging.getLogger(__name__)
_BODY_BYTES_MAX = 16_777_216
"""Of one page of a journal: a thousand purges of at most 8 KB each."""
_SLACK_S = 10.0
"""Beyond the parent's own hold, for a busy parent."""
_RETRY_FIRST_S = 0.2
_RETRY_MAX_S = 10.0
_PAUSE_S = 1.0
"""From question to question to a parent that has nothing to tell and does not hold them: one that is
busy, or no friend."""


class StrangerError(Exception):
    """The parent keeps no journal: it is some other server."""


class Following:
    def __init__(
        self,
        parent: Parent,
        purging: Purging,
        token: bytes,
        settings: GuardSettings,
        client: ParentsSettings,
    ) -> None:
        self._parent = parent
        self._name = parent.authority.decode()
        self._purging = purging
        self._settings = settings
        self._client = replace(client, connections_max=1, away_s=0.0, health_s=0.0)
        self._fields = b"authorization: Bearer %s\r\n" % follow_token(token)
        self._seen = purging.followed(self._name)
        self._retry = Backoff(_RETRY_FIRST_S, _RETRY_MAX_S)
        self._refused = False

    async def run(self) -> None:
        """Until cancelled."""
        async with Client([self._parent], self._client) as client:
            while True:  # noqa: ASYNC110  the parent holds the question, this is no poll
                await asyncio.sleep(await self._turn(client))

    async def _turn(self, client: Client) -> float:
        """Ask once; seconds until it makes sense to ask again."""
        loop = asyncio.get_running_loop()
        pause_until = loop.time() + _PAUSE_S
        try:
            status, body = await self._ask(client)
            if status != 200:
                self._note_refused(status)
                return _RETRY_MAX_S
            news = await self._take(body)
        except StrangerError:
            _LOG.info("%s keeps no journal of purges", self._name)
            return self._settings.follow_again_s
        except (FetchError, ValueError, RecursionError) as error:
            _LOG.debug("the journal of %s: %s", self._name, error)
            return self._retry.failed()
        self._retry.worked()
        self._refused = False
        return 0.0 if news else max(0.0, pause_until - loop.time())

    async def _ask(self, client: Client) -> tuple[int, bytes]:
        after = "" if self._seen is None else f"?after={self._seen}"
        page = _Page()
        request = ("GET", f"/_manycast/purges{after}".encode(), self._fields)
        wait_s = self._settings.follow_hold_s + _SLACK_S
        fetch = client.fetch(request, page, wait_s, routing=Routing(held=True))
        try:
            return await page.whole
        finally:
            fetch.cancel()

    async def _take(self, body: bytes) -> bool:
        """Whether it told of purges; raises ValueError and RecursionError for what is no page of a journal."""
        match json.loads(body):
            case {"sequence": int(sequence), "purges": list(rows)}:
                known = self._seen is not None
                purges = [from_row(values)[1] for values in rows] if known else [EVERYTHING]
            case {"sequence": int(sequence), "purges": None}:
                _LOG.info("the journal of %s does not reach back: all is revalidated", self._name)
                purges = [EVERYTHING]
            case other:
                raise ValueError(f"{other!r} is no page of a journal")
        if purges:
            await self._order(purges)
        if sequence != self._seen:
            self._seen = sequence
            self._purging.follow(self._name, sequence)
        return bool(purges)

    async def _order(self, purges: list[Purge]) -> None:
        done = asyncio.Event()
        self._purging.order(purges, done.set)
        await done.wait()

    def _note_refused(self, status: int) -> None:
        if not self._refused:
            self._refused = True
            _LOG.warning(
                "%s does not tell its purges (%d): give both nodes the same guard.admin_token",
                self._name,
                status,
            )


class _Page:
    """Gathers one reply."""

    def __init__(self) -> None:
        self.whole: asyncio.Future[tuple[int, bytes]] = asyncio.get_running_loop().create_future()
        self._status = 0
        self._body: list[bytes] = []
        self._size = 0

    def head(self, head: ResponseHead) -> None:
        self._status = head.status
        if field(head.headers, b"content-type") != JOURNAL[0][1]:
            self._fail(StrangerError("the reply is no page of a journal"))

    def data(self, piece: bytes) -> None:
        self._size += len(piece)
        self._body.append(piece)
        if self._size > _BODY_BYTES_MAX:
            self._body.clear()
            self._fail(ValueError("a page of the journal is too large"))

    def end(self) -> None:
        with suppress(asyncio.InvalidStateError):
            self.whole.set_result((self._status, b"".join(self._body)))

    def failed(self, error: FetchError) -> None:
        self._fail(error)

    def _fail(self, error: Exception) -> None:
        if not self.whole.done():
            self.whole.set_exception(error)
