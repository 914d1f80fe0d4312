"""Plays a request trace through cache policies: what each would have missed, at every size."""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path

from manycast.cache.policy import POLICIES, PolicyError, build
from manycast.cache.replay import BELADY, footprint
from manycast.cache.trace import TraceError
from manycast.runtime.replay import Size, curves, results
from manycast.runtime.replay_report import figures, page, table
from manycast.runtime.traces import read_trace
from manycast.std.sizes import parse_bytes


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "trace",
        type=Path,
        metavar="TRACE",
        help="csv lines time,id,size without a header, or oracleGeneral; plain or .zst",
    )
    parser.add_argument(
        "--size",
        type=sizes,
        default="1%,10%",
        metavar="SIZE[,SIZE]",
        help="cache sizes: of the bytes of all objects, such as 1%%, or absolute, such as 100MB (default 1%%,10%%)",
    )
    parser.add_argument(
        "--policy",
        type=policies,
        default=",".join(POLICIES),
        metavar="NAME[,NAME]",
        help=f"default: all of {', '.join(POLICIES)}; +size:1MB or +uses:2 may follow a name",
    )
    parser.add_argument(
        "--curve", action="store_true", help="estimate the misses at other sizes too"
    )
    parser.add_argument(
        "--json", action="store_true", help="print one JSON object and nothing else"
    )
    parser.add_argument("--report", type=Path, metavar="FILE.html", help="write a page of pictures")


def sizes(text: str) -> list[Size]:
    """Shares of the working set, or bytes."""
    return [_size(part.strip()) for part in text.split(",")]


def _size(text: str) -> Size:
    try:
        if not text.endswith("%"):
            return Size(text, absolute_bytes=parse_bytes(text))
        share = float(text[:-1]) / 100
    except ValueError:
        share = 0.0
    if not 0 < share <= 1:
        raise argparse.ArgumentTypeError(
            f"{text!r}: use more than 0% and at most 100%, or bytes such as 100MB"
        )
    return Size(text, share=share)


def policies(text: str) -> list[str]:
    """Names that exist, each once, Belady's bound behind them."""
    names = list(dict.fromkeys(name.strip().lower() for name in text.split(",")))
    for name in names:
        if name != BELADY:
            try:
                build(name, 0)
            except PolicyError as error:
                raise argparse.ArgumentTypeError(str(error)) from None
    return [*(name for name in names if name != BELADY), BELADY]


def _progress() -> Callable[[str], None]:
    """Say on a terminal how it goes; say nothing when piped."""
    if not sys.stderr.isatty():
        return lambda _words: None
    return lambda words: print(f"\r{words}\033[K", end="", file=sys.stderr, flush=True)


def run(arguments: argparse.Namespace) -> int:
    """0 done, 1 when the trace is damaged or the report cannot be written, 2 when there is no such file."""
    progress = _progress()
    try:
        trace = read_trace(arguments.trace, lambda count: progress(f"reading: {count:,} requests"))
    except TraceError as error:
        print(f"manycast replay: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(
            f"manycast replay: {arguments.trace} cannot be read: {error.strerror}", file=sys.stderr
        )
        return 2
    whole = footprint(trace)
    found = list(results(trace, whole, arguments.policy, arguments.size, progress))
    wanted = arguments.curve or arguments.report is not None
    points = curves(trace, whole, arguments.policy, progress) if wanted else []
    progress("")
    if arguments.json:
        print(json.dumps(figures(whole, found, points)))
    else:
        print(table(whole, found, points if arguments.curve else []))
    if arguments.report is not None:
        try:
            arguments.report.write_text(page(arguments.trace.name, whole, found, points))
        except OSError as error:
            print(f"manycast replay: the report cannot be written: {error}", file=sys.stderr)
            return 1
    return 0
