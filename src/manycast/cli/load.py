"""Lets a swarm of viewers watch a live stream and measures what they get."""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path

import uvloop

from manycast.cli.numbers import count, seconds
from manycast.hls.viewer import Viewer
from manycast.hls.viewer_frames import FramesViewer
from manycast.hls.viewer_swarm import Swarm
from manycast.runtime.load import LoadError, watch
from manycast.runtime.load_report import figures, page, table
from manycast.settings.load import LoadSettings


VIEWERS: dict[str, type[Viewer] | type[FramesViewer]] = {"hls": Viewer, "frames": FramesViewer}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "url", help="multivariant playlist: http://HOST:8000/live/STREAM/index.m3u8"
    )
    parser.add_argument("--viewers", type=count, required=True, metavar="N", help="how many")
    parser.add_argument(
        "--seconds", type=seconds, required=True, metavar="S", help="how long they watch"
    )
    parser.add_argument(
        "--rendition", metavar="NAME", help="for example 720p; default: the highest"
    )
    parser.add_argument(
        "--mode",
        choices=sorted(VIEWERS),
        default="hls",
        help="frames: read the ultra-low mode's endless reply instead of parts",
    )
    parser.add_argument(
        "--hint",
        action="store_true",
        help="fetch hinted parts before they exist, as Apple's player does and hls.js does not",
    )
    parser.add_argument(
        "--json", action="store_true", help="print one JSON object and nothing else"
    )
    parser.add_argument("--report", type=Path, metavar="FILE.html", help="write a page of pictures")


def _progress(swarm: Swarm) -> Callable[[float], None]:
    """Say on a terminal how it goes; say nothing when piped."""
    if not sys.stderr.isatty():
        return lambda _past_s: None

    def show(past_s: float) -> None:
        tally = swarm.tally
        print(
            f"\r{past_s:5.0f} s  joined {tally.joined}  stalls {tally.stalls}"
            f"  errors {sum(tally.errors.values())}  requests {tally.requests}\033[K",
            end="",
            file=sys.stderr,
            flush=True,
        )

    return show


def run(arguments: argparse.Namespace) -> int:
    """0 when somebody could watch, 1 when nobody could, 2 when the command makes no sense."""
    swarm = Swarm(arguments.url, LoadSettings(), rendition=arguments.rendition, hint=arguments.hint)
    viewers = [VIEWERS[arguments.mode](swarm) for _ in range(arguments.viewers)]
    try:
        outcome = uvloop.run(watch(swarm, viewers, arguments.seconds, _progress(swarm)))
    except LoadError as error:
        print(f"manycast load: {error}", file=sys.stderr)
        return 2
    found = {
        "mode": arguments.mode,
        **figures(swarm.tally, outcome, arguments.viewers, swarm.rendition),
    }
    print(json.dumps(found) if arguments.json else table(found))
    if arguments.report is not None:
        try:
            arguments.report.write_text(page(arguments.url, found, swarm.tally))
        except OSError as error:
            print(f"manycast load: the report cannot be written: {error}", file=sys.stderr)
            return 1
    if not swarm.tally.joined:
        print("manycast load: no viewer could watch; see errors_by_kind", file=sys.stderr)
        return 1
    return 0
