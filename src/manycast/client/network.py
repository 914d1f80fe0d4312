"""A manycast network, as a program sees it through the control API."""

from collections.abc import Callable
from time import sleep
from typing import Self

import httpx2

from manycast.client.broadcasts import Broadcasts, Recordings
from manycast.client.channels import Channels, StreamKeys
from manycast.client.destinations import Destinations
from manycast.client.notices import Deliveries, Rules, Targets
from manycast.client.people import Audit, Invitations, Users
from manycast.client.platforms import Accounts, Apps, Chats, Listings
from manycast.client.site import Sites
from manycast.client.streams import LiveStreams
from manycast.client.wire import Wire


class Network:
    """``token`` is an API key. Safe requests are repeated while the control role restarts; see ``wire``."""

    def __init__(
        self,
        url: str,
        token: str = "",
        *,
        transport: httpx2.BaseTransport | None = None,
        pause: Callable[[float], None] = sleep,
    ) -> None:
        self._wire = wire = Wire(url, token, transport=transport, pause=pause)
        self.channels = Channels(wire)
        self.keys = StreamKeys(wire)
        self.destinations = Destinations(wire)
        self.accounts = Accounts(wire)
        self.listings = Listings(wire)
        self.chats = Chats(wire)
        self.apps = Apps(wire)
        self.streams = LiveStreams(wire)
        self.broadcasts = Broadcasts(wire)
        self.recordings = Recordings(wire)
        self.targets = Targets(wire)
        self.rules = Rules(wire)
        self.deliveries = Deliveries(wire)
        self.users = Users(wire)
        self.invitations = Invitations(wire)
        self.audit = Audit(wire)
        self.site = Sites(wire)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._wire.close()
