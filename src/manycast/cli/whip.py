"""Takes one publisher over WebRTC for an origin, which starts it; not for people."""

import argparse
import asyncio
import importlib
import logging


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--output", type=int, required=True, help="number of the open file for the answer and FLV"
    )


def run(arguments: argparse.Namespace) -> int:
    logging.basicConfig(format="%(message)s", level=logging.WARNING)
    # Only this process loads aiortc, an optional part of the installation.
    process = importlib.import_module("manycast.runtime.whip.process")
    asyncio.run(process.run(arguments.output, asyncio.Event()))
    return 0
