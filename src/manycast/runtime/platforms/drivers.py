"""Every platform that can be spoken with."""

from manycast.model.destinations import Platform as Name
from manycast.runtime.platforms.calls import Calls
from manycast.runtime.platforms.kick import Kick
from manycast.runtime.platforms.platform import Platform
from manycast.runtime.platforms.twitch import Twitch
from manycast.runtime.platforms.youtube import YouTube


def drivers(calls: Calls) -> dict[Name, Platform]:
    spoken_with: tuple[Platform, ...] = (Twitch(calls), YouTube(calls), Kick(calls))
    return {one.name: one for one in spoken_with}
