"""Every platform that can be spoken with."""

from collections.abc import Mapping

from manycast.model.destinations import Platform as Name
from manycast.runtime.platforms.calls import Calls
from manycast.runtime.platforms.platform import Platform


def drivers(calls: Calls) -> Mapping[Name, Platform]:
    del calls
    return {}
