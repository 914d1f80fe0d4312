"""A node's numbers as Prometheus text."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence

from manycast.edge.observed import Layer


_BOUNDS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Latencies:
    """A histogram of seconds."""

    def __init__(self) -> None:
        self.counts = [0] * (len(_BOUNDS_S) + 1)
        self.total_s = 0.0

    def add(self, seconds: float) -> None:
        self.counts[bisect_left(_BOUNDS_S, seconds)] += 1
        self.total_s += seconds

    def lines(self, name: str, help_text: str, at_once: int) -> list[str]:
        """``at_once`` observations took no measurable time and were only counted."""
        return [*announced(name, help_text), *self.rows(name, "", at_once)]

    def rows(self, name: str, labels: str, at_once: int) -> list[str]:
        """``labels`` as ``layer="memory"``, or empty."""
        comma, all_labels = (",", f"{{{labels}}}") if labels else ("", "")
        out: list[str] = []
        sum_so_far = at_once
        for bound, count in zip((*_BOUNDS_S, "+Inf"), self.counts, strict=True):
            sum_so_far += count
            out.append(f'{name}_bucket{{{labels}{comma}le="{bound}"}} {sum_so_far}')
        sums = f"{name}_sum{all_labels} {self.total_s:.6f}"
        return [*out, sums, f"{name}_count{all_labels} {sum_so_far}"]


_HUNDREDS = (2, 3, 4, 5)


class Replies:
    """A histogram for each layer and class of status."""

    def __init__(self) -> None:
        self._latencies = {
            (layer, hundreds): Latencies() for layer in Layer for hundreds in _HUNDREDS
        }

    def add(self, layer: Layer, status: int, seconds: float) -> None:
        self._latencies[layer, min(max(status // 100, 2), 5)].add(seconds)

    def lines(self, name: str, help_text: str, at_once: int) -> list[str]:
        """``at_once`` hits of the fast path, which are all 200 from memory."""
        out = announced(name, help_text)
        for (layer, hundreds), latencies in self._latencies.items():
            labels = f'layer="{layer}",status="{hundreds}xx"'
            fast = (layer, hundreds) == (Layer.MEMORY, 2)
            out += latencies.rows(name, labels, at_once if fast else 0)
        return out


def announced(name: str, help_text: str) -> list[str]:
    return [f"# HELP {name} {help_text}", f"# TYPE {name} histogram"]


def plain(numbers: Mapping[str, tuple[str, float]]) -> list[str]:
    """Each name with its help and value; what ends in ``_total`` is a counter, the rest gauges."""
    out: list[str] = []
    for name, (help_text, value) in numbers.items():
        kind = "counter" if name.endswith("_total") else "gauge"
        out += [f"# HELP {name} {help_text}", f"# TYPE {name} {kind}", f"{name} {value}"]
    return out


def merged(texts: Sequence[str]) -> str:
    """One text of the sums of several: whatever is measured here adds up."""
    sums: dict[str, float] = {}
    for line in "".join(texts).splitlines():
        if line.startswith("#"):
            sums.setdefault(line, 0)
        else:
            name, _, value = line.rpartition(" ")
            sums[name] = sums.get(name, 0) + _number(value)
    lines = [name if name.startswith("#") else f"{name} {value}" for name, value in sums.items()]
    return "\n".join(lines) + "\n"


def _number(text: str) -> float:
    return int(text) if text.isdigit() else float(text)
