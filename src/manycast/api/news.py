"""Tells dashboards to ask again who is told what, once a change of that is in the books."""

from collections.abc import Callable

from manycast.runtime.control.hub import Hub


_NOTICES = {"target", "rule", "delivery"}
"""First words of audited actions. Handlers of channels, broadcasts and recordings say themselves which one
changed: who works with it may know."""


def spread(hub: Hub) -> Callable[[str], None]:
    """For ``Store.on_change``."""

    def told(action: str) -> None:
        if action.partition(".")[0] in _NOTICES:
            hub.touch("notices")

    return told
