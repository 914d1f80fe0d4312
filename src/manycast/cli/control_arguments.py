"""What origin and edge are told of the control role on their command lines."""

import argparse
from dataclasses import replace
from pathlib import Path

from manycast.runtime.http.pool import Parent
from manycast.settings.tree import Settings


def add_control_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--control",
        type=_url,
        metavar="URL",
        help="the control role to report to, such as http://10.0.0.2:8080 (default: control.url, none)",
    )
    parser.add_argument(
        "--token-file",
        type=Path,
        metavar="FILE",
        help="the fleet's secret, copied from the control role's --dir (default: fleet.token in --dir)",
    )


def with_control(settings: Settings, arguments: argparse.Namespace) -> Settings:
    """What the command line says goes before the settings file."""
    control = settings.control
    url = arguments.control or control.url
    token_file = str(arguments.token_file) if arguments.token_file else control.token_file
    return replace(settings, control=replace(control, url=url, token_file=token_file))


def _url(text: str) -> str:
    try:
        return Parent.of_url(text).name
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
