"""Rendezvous hashing: everybody who knows the same nodes gives a key to the same one."""

import hashlib
import math
from collections.abc import Sequence


_DIGEST_BYTES = 8
_FRACTION_BITS = 53
_SHIFT = 8 * _DIGEST_BYTES - _FRACTION_BITS


class Rendezvous:
    """Highest random weight (Thaler & Ravishankar, IEEE/ACM Trans. Networking 6(1), 1998).

    Weights as in Schindelhauer & Schomaker, SPAA 2005: a node wins a share of the keys in proportion
    to its weight. A node that leaves gives away its own keys and no others move. The hash is BLAKE2b,
    so that processes and machines agree; cost grows with the number of nodes, which are few.
    """

    __slots__ = ("_seeds", "_weights")

    def __init__(self, names: Sequence[bytes], weights: Sequence[float] = ()) -> None:
        assert len(set(names)) == len(names), "a name is one node"
        self._weights = list(weights) or [1.0] * len(names)
        assert len(self._weights) == len(names), "a weight for each node, or none"
        assert all(weight > 0 for weight in self._weights), "a node without weight has no place"
        # The length in front keeps ("a", "bc") and ("ab", "c") apart.
        self._seeds = [
            hashlib.blake2b(b"%d:%s" % (len(name), name), digest_size=_DIGEST_BYTES)
            for name in names
        ]

    def owner(self, key: bytes) -> int:
        """Index of the node that the key belongs to."""
        distances = self._distances(key)
        return distances.index(min(distances))

    def order(self, key: bytes) -> list[int]:
        """Indexes of all nodes: the owner, then who would own the key without him, and so on."""
        distances = self._distances(key)
        return sorted(range(len(distances)), key=distances.__getitem__)

    def _distances(self, key: bytes) -> list[float]:
        """Exponential waits with the weight as rate: the shortest wins, as often as its weight says."""
        return [
            -math.log(_fraction(seed.copy(), key)) / weight
            for seed, weight in zip(self._seeds, self._weights, strict=True)
        ]


def _fraction(seed: hashlib.blake2b, key: bytes) -> float:
    """Uniform in (0, 1), both ends out."""
    seed.update(key)
    return ((int.from_bytes(seed.digest(), "big") >> _SHIFT) + 0.5) / (1 << _FRACTION_BITS)
