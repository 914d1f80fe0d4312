"""The verbs of `manycast stream`."""

from argparse import Namespace
from collections.abc import Sequence

from manycast.cli.asking import Answer, table
from manycast.cli.remote import sending
from manycast.client.errors import RefusedError
from manycast.client.network import Network
from manycast.schema.channels import Channel, ChannelChange, NewChannel
from manycast.schema.destinations import Destination
from manycast.schema.streams import Stream


HEAD = "STREAM STATE VIEWERS MBIT/S HEALTH RECORDING"


def list(network: Network, _: Namespace) -> Answer:  # noqa: A001  the verb's name
    channels = [*network.channels.all()]
    live = {one.channel: one for one in network.streams.all().items}
    rows = [_row(channel, live.get(channel.name)) for channel in channels]
    said = [
        {**channel.model_dump(mode="json"), "stream": _dumped(live.get(channel.name))}
        for channel in channels
    ]
    return Answer({"items": said}, table(HEAD, rows))


def show(network: Network, arguments: Namespace) -> Answer:
    channel = network.channels.read(arguments.name)
    stream = _on_air(network, channel.name)
    addresses = network.channels.addresses(channel.name)
    lines = [table(HEAD, [_row(channel, stream)]), ""]
    if stream is not None and stream.ingest is not None:
        lines += [f"  {reason}" for reason in stream.ingest.reasons]
    lines += [f"  {one.name:8} {one.codecs}" for one in (stream.renditions if stream else ())]
    lines += [f"  publish  {addresses.rtmp}", f"  watch    {addresses.watch}"]
    said = {
        "channel": channel.model_dump(mode="json"),
        "stream": _dumped(stream),
        "addresses": addresses.model_dump(mode="json"),
    }
    return Answer(said, "\n".join(lines))


def add(network: Network, arguments: Namespace) -> Answer:
    wanted = NewChannel(name=arguments.name, title=arguments.title, recording=arguments.record)
    made = network.channels.create(wanted)
    server = network.channels.addresses(made.channel.name).rtmp
    text = f"server      {server}\nstream key  {made.key.secret}   (shown this once)"
    return Answer({**made.model_dump(mode="json"), "server": server}, text)


def record(network: Network, arguments: Namespace) -> Answer:
    channel = network.channels.read(arguments.name)
    on = arguments.switch == "on"
    changed = network.channels.change(channel, ChannelChange(recording=on))
    text = f"{channel.name} is {'recorded while it is on the air' if on else 'not recorded'}"
    return Answer(changed.model_dump(mode="json"), text)


def destinations(network: Network, arguments: Namespace) -> Answer:
    return _sent(network, arguments.name, network.destinations.all(arguments.name))


def start(network: Network, arguments: Namespace) -> Answer:
    name = arguments.name
    if arguments.destination is None:
        return _sent(network, name, network.destinations.start_all(name))
    one = sending.find(network, name, arguments.destination)
    return _sent(network, name, [network.destinations.start(name, one.id)])


def stop(network: Network, arguments: Namespace) -> Answer:
    name = arguments.name
    if arguments.destination is None:
        return _sent(network, name, network.destinations.stop_all(name))
    one = sending.find(network, name, arguments.destination)
    return _sent(network, name, [network.destinations.stop(name, one.id)])


def disconnect(network: Network, arguments: Namespace) -> Answer:
    network.streams.disconnect(arguments.name)
    return Answer({}, f"whoever published {arguments.name} is disconnected")


def remove(network: Network, arguments: Namespace) -> Answer:
    network.channels.delete(network.channels.read(arguments.name))
    return Answer({}, f"{arguments.name} is removed")


def _sent(network: Network, name: str, places: Sequence[Destination]) -> Answer:
    stream = _on_air(network, name)
    live = {one.id: one.model_dump(mode="json") for one in (stream.destinations if stream else ())}
    said = [{**one.model_dump(mode="json"), "live": live.get(one.id)} for one in places]
    return Answer({"items": said}, table(sending.HEAD, sending.rows(places, stream)))


def _on_air(network: Network, name: str) -> Stream | None:
    try:
        return network.streams.read(name)
    except RefusedError as error:
        if error.name != "not-found":
            raise
        return None


def _dumped(stream: Stream | None) -> dict[str, object] | None:
    return None if stream is None else stream.model_dump(mode="json")


def _row(channel: Channel, stream: Stream | None) -> tuple[object, ...]:
    recording = "on" if channel.recording else "off"
    if stream is None:
        return channel.name, "offline", "-", "-", "-", recording
    ingest = stream.ingest
    rate = f"{(ingest.video_bps + ingest.audio_bps) / 1e6:.1f}" if ingest else "-"
    health = ingest.condition if ingest else "-"
    return channel.name, stream.state, stream.viewers, rate, health, recording
