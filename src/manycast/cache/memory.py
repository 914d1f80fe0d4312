"""Which objects stay in a cache of so many bytes."""

from collections import OrderedDict


class Lru:
    """The least recently used leave first. Keeps keys and sizes only; the objects are the caller's."""

    def __init__(self, capacity_bytes: int) -> None:
        self.capacity_bytes = capacity_bytes
        self.used_bytes = 0
        self._sizes: OrderedDict[bytes, int] = OrderedDict()

    def __contains__(self, key: bytes) -> bool:
        return key in self._sizes

    def __len__(self) -> int:
        return len(self._sizes)

    def record(self, key: bytes) -> None:
        """The object was used; raises KeyError when it is not here."""
        self._sizes.move_to_end(key)

    def insert(self, key: bytes, size: int) -> list[bytes]:
        """Take an object in, or again with another size; the keys that left for it.

        An object larger than the whole cache is not taken: its own key is the one that left.
        """
        self.remove(key)
        if size > self.capacity_bytes:
            return [key]
        left = []
        while self.used_bytes + size > self.capacity_bytes:
            left.append(self.evict())
        self._sizes[key] = size
        self.used_bytes += size
        return left

    def evict(self) -> bytes:
        """Let the next one go; raises KeyError when empty."""
        key, size = self._sizes.popitem(last=False)
        self.used_bytes -= size
        return key

    def remove(self, key: bytes) -> None:
        """Forget an object, if it is here."""
        self.used_bytes -= self._sizes.pop(key, 0)
