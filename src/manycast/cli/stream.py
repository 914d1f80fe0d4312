"""Lists streams, makes and removes them, starts and stops recording and destinations, disconnects publishers."""

import argparse

from manycast.cli import asking


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    asking.add_verb(verbs, "list", "every channel, and what is on the air")
    asking.add_verb(verbs, "show", "how well a stream goes", "NAME")
    add = asking.add_verb(verbs, "add", "a channel with a stream key, shown this once", "NAME")
    add.add_argument("--title", default="", help="default: the name")
    add.add_argument("--record", action="store_true", default=None, help="record it")
    record = asking.add_verb(verbs, "record", "start or stop recording, also while live", "NAME")
    record.add_argument("switch", choices=("on", "off"))
    asking.add_verb(verbs, "destinations", "where it is sent on to, and how that goes", "NAME")
    for verb, about in (("start", "send it on to"), ("stop", "send it on no more to")):
        sent = asking.add_verb(verbs, verb, f"{about} one destination, or all", "NAME")
        sent.add_argument("destination", metavar="DESTINATION", nargs="?", help="default: all")
    asking.add_verb(verbs, "disconnect", "end the connection of whoever publishes", "NAME")
    asking.add_verb(verbs, "remove", "a channel with its keys and history", "NAME")


def run(arguments: argparse.Namespace) -> int:
    return asking.run("stream", arguments)
