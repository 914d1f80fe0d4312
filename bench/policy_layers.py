"""What reaches the parent when a memory layer stands before a disk layer: pairs of cache policies.

A made live trace stands beside the recorded ones: viewers a few seconds behind each other on popular
channels, and others who watch recordings.
"""

import argparse
import json
import random
import sys
from itertools import accumulate
from pathlib import Path

from bench.policies import TRACES

from manycast.cache.policy import build
from manycast.cache.replay import footprint
from manycast.cache.trace import Trace
from manycast.runtime.traces import read_trace


PAIRS = ("lru,lru", "clock,clock", "2q,2q", "clock,2q", "clock,arc", "clock,s3-fifo", "clock,gdsf",
         "sieve,sieve", "gdsf,gdsf")  # fmt: skip
LIVE_BYTES = (100_000_000, 1_000_000_000)
"""The node's defaults; recorded traces get 1 % and 10 % of their objects' bytes."""
RENDITIONS_BYTES = (250_000, 750_000, 750_000, 1_500_000)
SEGMENT_S = 2
SECONDS = 240


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--traces", type=Path, default=TRACES)
    parser.add_argument("--only", default="", help="recorded traces whose names hold this")
    parser.add_argument("--pairs", nargs="*", default=PAIRS)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    rows = [*_rows("live, many channels", live_trace(60, 800, 0.2), arguments.pairs, LIVE_BYTES)]
    rows += _rows("live, many viewers", live_trace(30, 1500, 0.4), arguments.pairs, LIVE_BYTES)
    for path in sorted(arguments.traces.glob("*.csv.zst")):
        if arguments.only in path.name:
            trace = read_trace(path)
            whole = footprint(trace).objects_bytes
            rows += _rows(path.name, trace, arguments.pairs, (whole // 100, whole // 10))
    if arguments.json:
        print(json.dumps(rows))
    return 0


def _rows(
    name: str, trace: Trace, pairs: list[str], sizes: tuple[int, int]
) -> list[dict[str, object]]:
    rows = []
    for pair in pairs:
        memory, parent = _played(pair, trace, sizes)
        shown = " / ".join(f"{ratio:.3f}" for ratio in memory + parent)
        print(f"{name:34}| {pair:16}| {shown}", file=sys.stderr, flush=True)
        rows.append({"trace": name, "pair": pair, "memory_miss": memory, "parent_miss": parent})
    return rows


def _played(
    pair: str, trace: Trace, sizes: tuple[int, int]
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Object and byte miss ratio of the memory layer, and of both together."""
    memory, disk = (build(name, size) for name, size in zip(pair.split(","), sizes, strict=True))
    missed = [0, 0, 0, 0]
    for key, size in zip(trace.keys, trace.sizes, strict=True):
        if key in memory:
            memory.record(key)
            continue
        missed[0] += 1
        missed[1] += size
        if key in disk:
            disk.record(key)
        else:
            missed[2] += 1
            missed[3] += size
            disk.insert(key, size)
        memory.insert(key, size)
    total = sum(trace.sizes)
    return (
        (missed[0] / len(trace), missed[1] / total),
        (missed[2] / len(trace), missed[3] / total),
    )


def live_trace(channels: int, viewers: int, recordings: float) -> Trace:
    """Popularity as Zipf's; ``recordings`` is how many requests are for them, of those for live."""
    dice = random.Random(5)  # noqa: S311  the same trace each time
    requests = _live(dice, channels, viewers)
    requests += _recordings(dice, int(len(requests) * recordings))
    trace, sizes = Trace(), dict[int, int]()
    for _, key, size in sorted(requests):
        trace.keys.append(key)
        trace.sizes.append(sizes.setdefault(key, size))
    return trace


def _live(dice: random.Random, channels: int, viewers: int) -> list[tuple[float, int, int]]:
    weights = list(accumulate(1 / (rank + 1) for rank in range(channels)))
    requests = []
    for _ in range(viewers):
        channel = dice.choices(range(channels), cum_weights=weights)[0]
        rendition = dice.randrange(len(RENDITIONS_BYTES))
        behind, begin = dice.expovariate(1 / 2.5), dice.uniform(0, SECONDS / 2)
        end = min(SECONDS, begin + dice.expovariate(1 / 60))
        for turn in range(int((end - begin) / SEGMENT_S) + 1):
            at = begin + turn * SEGMENT_S
            key = 1 << 40 | channel << 24 | rendition << 20 | int(at) // SEGMENT_S
            requests.append((at + behind, key, RENDITIONS_BYTES[rendition]))
    return requests


def _recordings(dice: random.Random, count: int) -> list[tuple[float, int, int]]:
    weights = list(accumulate(1 / (rank + 1) ** 0.9 for rank in range(3_000)))
    requests: list[tuple[float, int, int]] = []
    while len(requests) < count:
        video, begin = dice.choices(range(3_000), cum_weights=weights)[0], dice.uniform(0, SECONDS)
        for segment in range(min(60, int(dice.expovariate(1 / 8)) + 1)):
            size = int(dice.uniform(0.7, 1.3) * 1_000_000)
            requests.append((begin + 4 * segment, 2 << 40 | video << 16 | segment, size))
    return requests


if __name__ == "__main__":
    sys.exit(main())
