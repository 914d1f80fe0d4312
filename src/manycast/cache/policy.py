"""Which objects stay in a cache of so many bytes: one interface for the simulator and every layer of a node.

A policy keeps keys and sizes; the objects are the caller's. The same calls with the same seed always
lead to the same outcome.
"""

from collections.abc import Callable, Hashable, Mapping
from typing import Any, Protocol, TypeVar

from manycast.cache.policies.lru import Lru


K = TypeVar("K", bound=Hashable)


class Policy(Protocol[K]):
    capacity_bytes: int
    used_bytes: int
    """Sum of the sizes inside; never more than the capacity."""

    def __contains__(self, key: K) -> bool: ...

    def __len__(self) -> int: ...

    def record(self, key: K) -> None:
        """The object was used; raises KeyError when it is not inside."""

    def insert(self, key: K, size: int) -> list[K]:
        """Take an object in after a miss, or again with another size; the keys that left for it.

        Its own key among them says that it was not taken.
        """

    def evict(self) -> K:
        """Let the next one go; raises KeyError when empty."""

    def remove(self, key: K) -> None:
        """Forget an object, if it is inside: the caller dropped it."""


Factory = Callable[[int, int], Policy[Any]]
"""Makes a policy of a capacity in bytes and a seed for its dice, if it has any."""


POLICIES: Mapping[str, Factory] = {
    "lru": lambda capacity_bytes, _seed: Lru(capacity_bytes),
}
"""By the names that users write."""


class PolicyError(ValueError):
    """The user named a policy that does not exist."""


def build(name: str, capacity_bytes: int, seed: int = 0) -> Policy[Any]:
    """The policy of a user's word; raises PolicyError saying which there are."""
    factory = POLICIES.get(name.strip().lower())
    if factory is None:
        raise PolicyError(f"{name!r} is no cache policy; use one of {', '.join(POLICIES)}")
    return factory(capacity_bytes, seed)
