"""Accounts on the platforms, and what is told and said there."""

from manycast.client.wire import Wire
from manycast.schema.chat import Chat, LinesTaken, NewLine
from manycast.schema.listing import AppliedListing, Listing, NewListing
from manycast.schema.platforms import (
    AccountPlatform,
    Categories,
    Connecting,
    PlatformAccount,
    PlatformAccounts,
    PlatformApp,
    PlatformAppChange,
    PlatformApps,
    Prompt,
)


class Accounts:
    """Those of one channel, by the channel's name."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def all(self, channel: str) -> list[PlatformAccount]:
        found = self._wire.ask(
            "GET", "/channels/{channel}/accounts", PlatformAccounts, channel=channel
        )
        return found.items

    def connect(self, channel: str, platform: AccountPlatform) -> Prompt:
        """Begin; a person does what the prompt says, in a browser."""
        return self._wire.ask(
            "POST",
            "/channels/{channel}/accounts/{platform}/connect",
            Prompt,
            channel=channel,
            platform=platform,
        )

    def finish(self, channel: str, prompt: Prompt) -> Connecting:
        """Whether they did; ask every ``prompt.interval_s``. RefusedError ``not-found`` when it took too long."""
        return self._wire.ask(
            "POST",
            "/channels/{channel}/accounts/connect/{flow_id}",
            Connecting,
            channel=channel,
            flow_id=prompt.id,
        )

    def disconnect(self, channel: str, account_id: str) -> None:
        self._wire.send(
            "DELETE",
            "/channels/{channel}/accounts/{account_id}",
            channel=channel,
            account_id=account_id,
        )

    def categories(self, channel: str, platform: AccountPlatform, text: str) -> Categories:
        return self._wire.ask(
            "GET",
            "/channels/{channel}/categories",
            Categories,
            query={"platform": platform.value, "q": text},
            channel=channel,
        )


class Listings:
    """How a channel's stream is announced, by the channel's name."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def read(self, channel: str) -> Listing:
        return self._wire.ask("GET", "/channels/{channel}/listing", Listing, channel=channel)

    def set(self, channel: str, before: Listing, new: NewListing) -> AppliedListing:
        """RefusedError ``stale`` when somebody changed it since ``before`` was read."""
        return self._wire.ask(
            "PUT",
            "/channels/{channel}/listing",
            AppliedListing,
            body=new,
            version=before.version,
            channel=channel,
        )


class Chats:
    """Of all platforms together; new lines come as events."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def read(self, channel: str) -> Chat:
        return self._wire.ask("GET", "/channels/{channel}/chat", Chat, channel=channel)

    def say(self, channel: str, line: NewLine) -> LinesTaken:
        """In the name of the connected accounts, while the channel is on the air."""
        return self._wire.ask(
            "POST", "/channels/{channel}/chat", LinesTaken, body=line, channel=channel
        )


class Apps:
    """What the platforms know this installation by."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def all(self) -> list[PlatformApp]:
        return self._wire.ask("GET", "/settings/platforms", PlatformApps).items

    def set(self, before: PlatformApp, change: PlatformAppChange) -> PlatformApp:
        return self._wire.ask(
            "PUT",
            "/settings/platforms/{platform}",
            PlatformApp,
            body=change,
            version=before.version,
            platform=before.platform,
        )

    def remove(self, platform: AccountPlatform) -> None:
        self._wire.send("DELETE", "/settings/platforms/{platform}", platform=platform)
