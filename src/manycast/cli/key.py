"""Lists, makes, rotates and removes stream keys."""

import argparse

from manycast.cli import asking


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    asking.add_verb(verbs, "list", "a channel's keys, without their secrets", "STREAM")
    asking.add_verb(verbs, "add", "another key, shown this once", "STREAM", "NAME")
    rotate = asking.add_verb(
        verbs, "rotate", "another secret for a key; the old one is refused at once", "STREAM", "KEY"
    )
    remove = asking.add_verb(verbs, "remove", "a key for good", "STREAM", "KEY")
    for verb in (rotate, remove):
        verb.add_argument(
            "--disconnect", action="store_true", help="also end what is on the air with it"
        )


def run(arguments: argparse.Namespace) -> int:
    return asking.run("key", arguments)
