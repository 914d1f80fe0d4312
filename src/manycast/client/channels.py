"""Channels and their stream keys."""

from collections.abc import Iterator

from manycast.client.wire import Wire
from manycast.schema.channels import (
    Addresses,
    Channel,
    ChannelChange,
    MadeChannel,
    MadeSrt,
    MadeStreamKey,
    Member,
    NewChannel,
    NewStreamKey,
    Rotation,
    StreamKey,
)
from manycast.schema.obs import ObsOverride


class Channels:
    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def all(self) -> Iterator[Channel]:
        return self._wire.pages("/channels", Channel)

    def read(self, name: str) -> Channel:
        return self._wire.ask("GET", "/channels/{channel}", Channel, channel=name)

    def create(self, new: NewChannel) -> MadeChannel:
        """With a first stream key, whose secret is never told again."""
        return self._wire.ask("POST", "/channels", MadeChannel, body=new, once=True)

    def change(self, channel: Channel, change: ChannelChange) -> Channel:
        """RefusedError ``stale`` when somebody changed it since ``channel`` was read."""
        return self._wire.ask(
            "PATCH",
            "/channels/{channel}",
            Channel,
            body=change,
            version=channel.version,
            channel=channel.name,
        )

    def delete(self, channel: Channel) -> None:
        self._wire.send(
            "DELETE", "/channels/{channel}", version=channel.version, channel=channel.name
        )

    def addresses(self, name: str) -> Addresses:
        return self._wire.ask("GET", "/channels/{channel}/addresses", Addresses, channel=name)

    def obs_multitrack(self, name: str, tracks: int = 3) -> ObsOverride:
        """What OBS needs to send it in several sizes at once."""
        return self._wire.ask(
            "GET",
            "/channels/{channel}/obs-multitrack",
            ObsOverride,
            query={"tracks": tracks},
            channel=name,
        )

    def members(self, name: str) -> Iterator[Member]:
        """Viewers and broadcasters who work with it; operators work with every channel."""
        return self._wire.pages("/channels/{channel}/members", Member, channel=name)

    def add_member(self, name: str, user_id: str) -> None:
        self._wire.send(
            "PUT", "/channels/{channel}/members/{user_id}", channel=name, user_id=user_id
        )

    def remove_member(self, name: str, user_id: str) -> None:
        self._wire.send(
            "DELETE", "/channels/{channel}/members/{user_id}", channel=name, user_id=user_id
        )


class StreamKeys:
    """Those of one channel, by the channel's name."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def all(self, channel: str) -> Iterator[StreamKey]:
        return self._wire.pages("/channels/{channel}/keys", StreamKey, channel=channel)

    def create(self, channel: str, new: NewStreamKey) -> MadeStreamKey:
        return self._wire.ask(
            "POST",
            "/channels/{channel}/keys",
            MadeStreamKey,
            body=new,
            once=True,
            channel=channel,
        )

    def rotate(self, channel: str, key_id: str, *, disconnect: bool = False) -> MadeStreamKey:
        """Another secret for the same key; ``disconnect`` also ends what is on the air with the old one."""
        return self._wire.ask(
            "POST",
            "/channels/{channel}/keys/{key_id}/rotate",
            MadeStreamKey,
            body=Rotation(disconnect=disconnect),
            once=True,
            channel=channel,
            key_id=key_id,
        )

    def delete(self, channel: str, key: StreamKey, *, disconnect: bool = False) -> None:
        self._wire.send(
            "DELETE",
            "/channels/{channel}/keys/{key_id}",
            query={"disconnect": disconnect},
            version=key.version,
            channel=channel,
            key_id=key.id,
        )

    def rotate_srt(self, channel: str, *, disconnect: bool = False) -> MadeSrt:
        """Take SRT publishers from now on, with this passphrase and no other."""
        return self._wire.ask(
            "POST",
            "/channels/{channel}/srt",
            MadeSrt,
            body=Rotation(disconnect=disconnect),
            once=True,
            channel=channel,
        )

    def delete_srt(self, channel: str) -> None:
        self._wire.send("DELETE", "/channels/{channel}/srt", channel=channel)
