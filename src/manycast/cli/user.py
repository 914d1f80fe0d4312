"""Lists people, invites them, changes what they may do."""

import argparse

from manycast.cli import asking


ROLES = ("viewer", "broadcaster", "operator", "admin")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    asking.add_verb(verbs, "list", "everybody, and who is invited")
    invite = asking.add_verb(verbs, "invite", "make a link that lets somebody in, once")
    invite.add_argument("role", choices=ROLES)
    invite.add_argument(
        "--channel",
        action="append",
        default=[],
        metavar="NAME",
        help="a channel to work with; may be repeated",
    )
    invite.add_argument("--email", help="let in by single sign-on too, with this address")
    invite.add_argument("--note", default="", help="whom it is for")
    role = asking.add_verb(verbs, "role", "change what somebody may do", "NAME")
    role.add_argument("role", choices=ROLES)
    asking.add_verb(verbs, "disable", "let somebody in no more, for now", "NAME")
    asking.add_verb(verbs, "enable", "let somebody in again", "NAME")
    reset = asking.add_verb(verbs, "reset", "make a link that sets a new password", "NAME")
    reset.add_argument(
        "--forget-second-factor", action="store_true", help="the phone is lost as well"
    )
    asking.add_verb(verbs, "remove", "somebody for good, with sessions and API keys", "NAME")


def run(arguments: argparse.Namespace) -> int:
    return asking.run("user", arguments)
