"""Rows of accounts and destinations for tests."""

from typing import Any

from manycast.model.destinations import AccountState, Platform
from manycast.runtime.store.tables.channels import Channel
from manycast.runtime.store.tables.destinations import Destination, PlatformAccount


def account(channel: Channel, **changes: Any) -> PlatformAccount:
    return PlatformAccount(
        **{
            "id": "acc_0000000000000001",
            "channel_id": channel.id,
            "platform": Platform.TWITCH,
            "external_id": "1234",
            "name": "streamer",
            "url": "https://www.twitch.tv/streamer",
            "tokens_sealed": b"",
            "scopes": [],
            "state": AccountState.CONNECTED,
            "trouble": "",
            "created_ms": 1,
            **changes,
        }
    )


def destination(channel: Channel, **changes: Any) -> Destination:
    return Destination(
        **{
            "id": "dst_0000000000000001",
            "channel_id": channel.id,
            "account_id": None,
            "name": "elsewhere",
            "platform": Platform.CUSTOM,
            "url": "rtmp://there.example/app",
            "key_sealed": None,
            "rendition": "",
            "encode": None,
            "enabled": True,
            "attempt": 0,
            "created_ms": 1,
            **changes,
        }
    )
