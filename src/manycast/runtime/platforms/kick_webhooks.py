"""What Kick sends to the app's address: believed when signed, fresh and new, and passed on to whoever listens."""

import asyncio
import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from manycast.model.destinations import Platform as Name
from manycast.platforms.failures import AwayError, PlatformError
from manycast.platforms.kick import events, webhooks
from manycast.platforms.kick.webhooks import Envelope, ForgedError, Seen
from manycast.platforms.values import Heard
from manycast.platforms.wire import UNREADABLE
from manycast.runtime.platforms.calls import Calls


log = logging.getLogger("manycast.platforms")

KEY_MS = 86_400_000
"""Kick's public key is believed so long."""
KEY_AGAIN_MS = 60_000
"""A signature that it does not fit may mean that there is a new key: it is asked for so often at most, whoever forges what."""
AWAY_MS = 10_000
"""After Kick's key could not be had nobody waits for it for so long: what comes meanwhile comes again."""
WAITING_MAX = 500
"""Events that wait for one listener; the oldest goes first."""
Ears = asyncio.Queue[Heard]


class KickWebhooks:
    """On the thread of one loop."""

    def __init__(self, calls: Calls, api: str) -> None:
        self._calls = calls
        self._api = api
        self._seen = Seen()
        self._ears: dict[str, list[Ears]] = {}
        self._pem = ""
        self._pem_ms = 0
        self._away_ms = 0
        self._fetching = asyncio.Lock()
        self.told: set[str] = set()
        """Channels of which something has come."""

    async def take(self, headers: Mapping[str, str], body: bytes) -> None:
        """``headers`` have names in lower case. Raises ForgedError, or PlatformError when Kick's key cannot be had."""
        found, now_ms = webhooks.envelope(headers), self._calls.now_ms()
        webhooks.check_age(found, now_ms)
        await self._check(found, body)
        if self._seen.is_new(found.id, now_ms):
            self._pass_on(found.event, body)

    @contextmanager
    def ears(self, external_id: str) -> Iterator[Ears]:
        """What is told of one channel from now on."""
        ears = Ears(WAITING_MAX)
        self._ears.setdefault(external_id, []).append(ears)
        try:
            yield ears
        finally:
            self._ears[external_id].remove(ears)
            if not self._ears[external_id]:
                del self._ears[external_id]
                self.told.discard(external_id)

    def is_heard(self, external_id: str) -> bool:
        return external_id in self._ears

    async def _check(self, found: Envelope, body: bytes) -> None:
        pem = await self._key(KEY_MS)
        try:
            webhooks.check_signature(found, body, pem)
        except ForgedError:
            newer = await self._key(KEY_AGAIN_MS)
            if newer == pem:
                raise
            webhooks.check_signature(found, body, newer)

    async def _key(self, age_ms_max: int) -> str:
        async with self._fetching:
            now_ms = self._calls.now_ms()
            if self._pem and now_ms - self._pem_ms <= age_ms_max:
                return self._pem
            if now_ms - self._away_ms < AWAY_MS:
                raise AwayError(Name.KICK)
            try:
                self._pem = await self._calls.ask_openly(Name.KICK, webhooks.public_key(self._api))
            except PlatformError:
                self._away_ms = self._calls.now_ms()
                raise
            self._pem_ms = now_ms
            return self._pem

    def _pass_on(self, name: str, body: bytes) -> None:
        try:
            event = json.loads(body)
            channel, heard = events.broadcaster_of(event), events.heard(name, event)
        except UNREADABLE:
            # Signed all the same: there is nobody to blame it on, and sending it again mends nothing.
            log.warning("Kick sent a %.50s that is not in its documents", name)
            return
        if channel not in self._ears or heard is None:
            return
        self.told.add(channel)
        for ears in self._ears[channel]:
            if ears.full():
                ears.get_nowait()
            ears.put_nowait(heard)
