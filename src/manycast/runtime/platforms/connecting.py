"""Accounts that people are connecting just now."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from manycast.model.destinations import Platform as Name
from manycast.platforms.values import Connected, Flow, Prompt
from manycast.runtime.platforms.platform import Platform


FLOWS_MAX = 200
"""Begun and not finished; the oldest is forgotten first."""


class NoFlowError(Exception):
    """It was never begun, or took too long: begin again."""


@dataclass(slots=True)
class _Begun:
    owner: str
    platform: Name
    flow: Flow
    asked_ms: int


class Connecting:
    """``owner`` is whatever the caller wants to find again, such as a channel's id: only the same one may finish."""

    def __init__(self, platforms: Mapping[Name, Platform], now_ms: Callable[[], int]) -> None:
        self._platforms = platforms
        self._now_ms = now_ms
        self._begun: dict[str, _Begun] = {}

    async def begin(self, name: Name, owner: str, redirect_url: str = "") -> tuple[str, Prompt]:
        """The id to finish it with. Raises PlatformError."""
        flow = await self._platforms[name].begin_connect(redirect_url)
        # A platform that sends the browser back brings the state: it finds the flow by itself.
        flow_id = flow.state or secrets.token_urlsafe(24)
        while len(self._begun) >= FLOWS_MAX:
            del self._begun[next(iter(self._begun))]
        self._begun[flow_id] = _Begun(owner, name, flow, self._now_ms())
        return flow_id, flow.prompt

    async def finish(
        self, flow_id: str, owner: str, answer: Mapping[str, str] | None = None
    ) -> tuple[Name, Connected] | None:
        """None: not yet, ask again after the prompt's interval. Raises NoFlowError or PlatformError."""
        begun, now_ms = self._begun.get(flow_id), self._now_ms()
        if begun is None or begun.owner != owner or begun.flow.prompt.expires_ms <= now_ms:
            raise NoFlowError
        if answer is None:
            # A platform that is asked too often gives the code up.
            if now_ms < begun.asked_ms + 1000 * begun.flow.prompt.interval_s:
                return None
            begun.asked_ms = now_ms
        elif begun.flow.state:
            del self._begun[flow_id]  # what the browser brings is good once
        connected = await self._platforms[begun.platform].finish_connect(begun.flow, answer or {})
        if connected is None:
            return None
        self.forget(flow_id)
        return begun.platform, connected

    def forget(self, flow_id: str) -> None:
        """The person said no: who still asks how it went hears that it is over."""
        self._begun.pop(flow_id, None)
