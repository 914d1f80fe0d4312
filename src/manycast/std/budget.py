"""Extra work as a share of the ordinary work."""


class Budget:
    """``ratio`` extras for each ordinary piece of work, saved up to ``burst`` of them.

    It starts full. A ratio bounds what retries add to a load that already makes things fail; a fixed
    number of retries for each request multiplies it.
    """

    __slots__ = ("_burst", "_ratio", "_saved")

    def __init__(self, ratio: float, burst: float) -> None:
        self._ratio = ratio
        self._burst = burst
        self._saved = burst

    def earn(self) -> None:
        self._saved = min(self._burst, self._saved + self._ratio)

    @property
    def left(self) -> bool:
        return self._saved >= 1

    def spend(self) -> bool:
        """Whether there was one left."""
        if not self.left:
            return False
        self._saved -= 1
        return True
