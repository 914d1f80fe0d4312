"""The process that takes one publisher over WebRTC: an origin starts it, as ``python -m manycast.cli.whip``."""

import argparse
import asyncio
import logging
from collections.abc import Sequence

from manycast.runtime.whip import process


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="manycast.cli.whip", description=__doc__)
    parser.add_argument(
        "--output", type=int, required=True, help="number of the open file for the answer and FLV"
    )
    logging.basicConfig(format="%(message)s", level=logging.WARNING)
    asyncio.run(process.run(parser.parse_args(argv).output, asyncio.Event()))


if __name__ == "__main__":
    main()
