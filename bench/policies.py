"""Cache policies beside libCacheSim: misses on every trace, and requests a second.

``--known`` writes what libCacheSim says of the made trace, for the tests of machines without it.
"""

import argparse
import json
import random
import sys
import tempfile
from collections.abc import Iterator, Sequence
from importlib import import_module
from itertools import accumulate
from pathlib import Path
from types import ModuleType

from manycast.cache.belady import upcoming
from manycast.cache.policy import POLICIES
from manycast.cache.replay import BELADY, footprint
from manycast.cache.trace import Trace, oracle_record
from manycast.runtime.replay import Result, Size, results
from manycast.runtime.traces import read_trace


ROOT = Path(__file__).parent.parent
TRACES = ROOT.parent / "shared" / "traces" / "cache"
KNOWN = ROOT / "tests" / "data" / "cache" / "oracle.json"
SIZES = (Size("1%", share=0.01), Size("10%", share=0.1))
CLASSES = {
    "lru": "LRU", "fifo": "FIFO", "clock": "Clock", "sieve": "Sieve", "s3-fifo": "S3FIFO",
    "w-tinylfu": "WTinyLFU", "arc": "ARC", "lirs": "LIRS", "2q": "TwoQ", "gdsf": "GDSF",
    "lhd": "LHD", "belady": "Belady",
}  # fmt: skip
"""Our names to libCacheSim's."""
POINT = 0.01
FILTER_BYTES_MAX = 2**31
"""libCacheSim sizes W-TinyLFU's filter by the cache's bytes, in an int: beyond this it is broken."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--traces", type=Path, default=TRACES, help="a folder of *.csv.zst")
    parser.add_argument("--only", default="", help="traces whose names hold this")
    parser.add_argument("--policy", default=",".join((*POLICIES, BELADY)))
    parser.add_argument("--alone", action="store_true", help="without libCacheSim")
    parser.add_argument("--known", action="store_true", help="write tests/data/cache/oracle.json")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    if arguments.known:
        KNOWN.write_text(json.dumps(_known(), indent=1) + "\n")
        return 0
    oracle = None if arguments.alone else import_module("libcachesim")
    rows = []
    for path in sorted(arguments.traces.glob("*.csv.zst")):
        if arguments.only in path.name:
            rows += list(_compared(oracle, path, arguments.policy.split(",")))
    if arguments.json:
        print(json.dumps(rows))
    return 0


def _compared(
    oracle: ModuleType | None, path: Path, policies: Sequence[str]
) -> Iterator[dict[str, object]]:
    trace, name = read_trace(path), path.name.removesuffix(".csv.zst")
    whole = footprint(trace)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "trace")
        for found in results(trace, whole, policies, SIZES, lambda _words: None):
            theirs = None
            if oracle is not None and _fair(found):
                theirs = oracle_ratios(oracle, found.policy, trace, found.size_bytes, file)
            print(_line(name, found, theirs), file=sys.stderr, flush=True)
            yield {"trace": name, **_fields(found), "oracle": theirs}


def _fair(found: Result) -> bool:
    return found.policy != "w-tinylfu" or found.size_bytes < FILTER_BYTES_MAX


def _fields(found: Result) -> dict[str, object]:
    return {name: getattr(found, name) for name in Result.__slots__}


def _line(trace: str, found: Result, theirs: tuple[float, float] | None) -> str:
    ours = found.object_miss_ratio, found.byte_miss_ratio
    far = ""
    if theirs is not None:
        points = [(a - b) / POINT for a, b in zip(ours, theirs, strict=True)]
        far = f"| {points[0]:+.2f} / {points[1]:+.2f} points"
    speed = f"{found.requests_per_s / 1000:,.0f} k/s"
    return f"{trace:24}| {found.policy:10}| {found.size:4}| {ours[0]:.4f} / {ours[1]:.4f} {far} | {speed}"


def oracle_ratios(
    oracle: ModuleType, name: str, trace: Trace, size_bytes: int, path: Path
) -> tuple[float, float]:
    """LibCacheSim's object and byte miss ratio; the trace is written to ``path`` once."""
    if not path.exists():
        following = [at if at < len(trace) else -1 for at in upcoming(trace.keys)]
        rows = zip(trace.keys, trace.sizes, following, strict=True)
        path.write_bytes(b"".join(oracle_record(0, *row) for row in rows))
    parameters = oracle.ReaderInitParam(ignore_obj_size=False)
    reader = oracle.TraceReader(str(path), oracle.TraceType.ORACLE_GENERAL_TRACE, parameters)
    cache = getattr(oracle, CLASSES[name])(size_bytes, hashpower=18)
    objects, missed = cache.process_trace(reader)
    return objects, missed


def made_trace() -> Trace:
    """20,000 requests: popularity as Zipf's, new favourites now and then, sizes over three decades."""
    dice = random.Random(20_261_121)  # noqa: S311  the same trace each time
    weights = list(accumulate(1 / (rank + 1) ** 0.9 for rank in range(4_000)))
    trace = Trace()
    for turn in range(20_000):
        rank = dice.choices(range(4_000), cum_weights=weights)[0]
        key = (rank + turn // 2_000 * 37) % 5_000
        trace.keys.append(key)
        trace.sizes.append(int(10 ** (2 + key * 7_919 % 1_000 / 333)))
    return trace


def _known() -> dict[str, list[tuple[float, float]]]:
    oracle, trace = import_module("libcachesim"), made_trace()
    whole = footprint(trace)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "trace")
        return {
            name: [oracle_ratios(oracle, name, trace, size.of(whole), path) for size in SIZES]
            for name in CLASSES
        }


if __name__ == "__main__":
    sys.exit(main())
