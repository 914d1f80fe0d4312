"""Keeps what it serves, in memory and on disk: a caching node in front of any HTTP origin."""

import argparse
import asyncio
import os
import resource
import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from manycast.cache.policy import build as build_policy
from manycast.cli.control_arguments import add_control_arguments, with_control
from manycast.cli.files import settings_from, signing_keys
from manycast.cli.process import run_role
from manycast.runtime.edge.pages import SLOTS, slots_within
from manycast.runtime.edge.place import Place
from manycast.runtime.edge.process import EdgeOptions, run_edge
from manycast.runtime.edge.supervisor import Crew, supervise
from manycast.runtime.fleet_token import fleet_token
from manycast.runtime.http.client import Parent
from manycast.runtime.processes import role
from manycast.settings.control import ControlSettings
from manycast.settings.disk import DiskSettings
from manycast.settings.guard import GuardSettings, check as check_guard, check_token
from manycast.settings.http import HttpServerSettings
from manycast.settings.network import address, joined
from manycast.settings.tls import TlsSettings, check as check_tls
from manycast.std.sizes import parse_bytes


WORKERS_MAX = 256
"""Processes on one port: as many as the largest machines have cores."""
_OWN_FILES = 64
"""Open files beside viewers' connections and those to parents."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--parent",
        required=True,
        type=parents,
        metavar="URL[,URL]",
        help="where to fetch from; each object has its parent, and another while that one is in trouble",
    )
    parser.add_argument(
        "--fallback",
        default=[],
        type=parents,
        metavar="URL[,URL]",
        help="where to fetch from when no parent can be reached, such as the origin behind regional nodes",
    )
    parser.add_argument(
        "--listen",
        default=("", 8000),
        type=listen,
        metavar="HOST:PORT",
        help="where viewers come to (default :8000, every address of this machine)",
    )
    parser.add_argument(
        "--memory",
        type=size,
        metavar="SIZE",
        help="bytes of objects kept, such as 500MB or 2GiB (default: edge.memory_bytes, 100MB)",
    )
    parser.add_argument(
        "--disk",
        type=size,
        metavar="SIZE",
        help="bytes of objects kept on disk as well, in --dir (default: disk.bytes, 1GB)",
    )
    parser.add_argument(
        "--dir",
        metavar="DIR",
        help="where; what lies there is used again after a restart (default: disk.directory, none)",
    )
    parser.add_argument(
        "--tls-cert", metavar="FILE", help="serve https:// with this certificate chain (PEM)"
    )
    parser.add_argument("--tls-key", metavar="FILE", help="and this private key (PEM)")
    parser.add_argument(
        "--workers",
        type=workers,
        metavar="N",
        help="processes that share the port and the memory, or auto for one per core (default: this"
        " process alone); SIGHUP replaces them one by one without a failed request",
    )
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings (TOML)")
    add_control_arguments(parser)
    parser.add_argument("--follow", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--place", type=Place.parse, help=argparse.SUPPRESS)


def run(arguments: argparse.Namespace) -> int:
    try:
        settings = with_control(settings_from(arguments.config), arguments)
        fleet = own_fleet_token(settings.control)
        token = admin_token(settings.guard)
        keys = signing_keys(Path(settings.guard.key_file)) if settings.guard.key_file else ()
        disk = own_disk(settings.disk, arguments.disk, arguments.dir)
        tls = own_tls(settings.tls, arguments.tls_cert, arguments.tls_key)
    except (ValueError, OSError) as error:
        print(f"manycast edge: {error}", file=sys.stderr)
        return 2
    host, port = arguments.listen
    memory = arguments.memory or settings.edge.memory_bytes
    upstream = len(arguments.parent + arguments.fallback) * settings.parents.connections_max
    upstream += disk.open_files_max if disk.directory else 0
    options = EdgeOptions(
        parents=arguments.parent,
        host=host,
        port=port,
        edge=replace(settings.edge, memory_bytes=memory),
        rules=settings.cache,
        server=replace(settings.http, connections_max=open_files(settings.http, upstream)),
        client=settings.parents,
        fallback=arguments.fallback,
        guard=settings.guard,
        token=token,
        keys=keys,
        tls=tls,
        log=settings.log,
        compression=settings.compression,
        disk=disk,
        journal=Path(disk.directory) / "purges" if disk.directory else None,
        shared=settings.shared,
        workers=settings.workers,
        control=settings.control,
        fleet_token=fleet,
        place=arguments.place,
    )
    place: Place | None = arguments.place
    if place is not None:
        part = shared(options, place.count)
        name = f"edge worker {place.number}"
        return run_role(name, partial(_serve, part), follows=arguments.follow)
    if arguments.workers is not None:
        crew = partial(_supervise, options, arguments.workers, arguments.words)
        return run_role("edge", crew, follows=arguments.follow)
    return run_role("edge", partial(_serve, options), follows=arguments.follow)


def shared(options: EdgeOptions, count: int) -> EdgeOptions:
    """One worker's part of what is stated for the whole node."""
    held = max(1, options.edge.held_max // count)
    memory = max(1, options.edge.memory_bytes // count)
    upstream = max(2, options.client.connections_max // count)
    return replace(
        options,
        edge=replace(options.edge, memory_bytes=memory, held_max=held),
        client=replace(options.client, connections_max=upstream),
    )


def own_disk(disk: DiskSettings, size: int | None, directory: str | None) -> DiskSettings:
    """Raises ValueError."""
    made = replace(disk, bytes=size or disk.bytes, directory=directory or disk.directory)
    if size and not made.directory:
        raise ValueError("--disk needs --dir DIR, or disk.directory, to say where")
    build_policy(made.policy, 1)
    return made


def admin_token(guard: GuardSettings) -> bytes:
    """Raises ValueError for one that is too easy, and when its file cannot be read."""
    check_guard(guard)
    name = guard.admin_token_file
    if not name:
        return guard.admin_token.encode()
    try:
        text = Path(name).read_text(encoding="utf-8")
    except OSError as error:
        raise ValueError(
            f"guard.admin_token_file: {name} cannot be read: {error.strerror}"
        ) from error
    token = text.partition("\n")[0].strip()
    check_token(token, name)
    return token.encode()


def own_fleet_token(control: ControlSettings) -> str:
    """Empty without a control role; raises ValueError, or OSError naming the file."""
    if not control.url:
        return ""
    if not control.token_file:
        raise ValueError(
            "--control needs --token-file FILE, a copy of the control role's fleet.token"
        )
    return fleet_token(control.token_file, Path())


def own_tls(settings: TlsSettings, certificate: str | None, key: str | None) -> TlsSettings:
    """Raises ValueError when one of the files is missing."""
    tls = replace(
        settings, certificate=certificate or settings.certificate, key=key or settings.key
    )
    check_tls(tls)
    return tls


def open_files(http: HttpServerSettings, upstream: int) -> int:
    """Viewers' connections that the system allows, up to the setting, after asking it for more.

    ``upstream`` are those to parents, which never are all open at once and get half at most.
    """
    wanted = http.connections_max + upstream + _OWN_FILES + SLOTS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    files = min(soft, wanted)
    allowed = files - _OWN_FILES - slots_within(files)
    return max(1, allowed - min(upstream, allowed // 2))


async def _serve(options: EdgeOptions, stop: asyncio.Event) -> None:
    await run_edge(options, stop, lambda port: _announce(options, port))


async def _supervise(
    options: EdgeOptions, count: int, words: Sequence[str], stop: asyncio.Event
) -> None:
    def command(place: Place) -> Sequence[str]:
        return role(*words, "--place", str(place), "--follow")

    crew = Crew(command, count, options.host, options.port, options.server, options.workers)
    await supervise(crew, stop, lambda port: _announce(options, port, f", {count} workers"))


def _announce(options: EdgeOptions, port: int, crew: str = "") -> None:
    names = ", ".join(parent.authority.decode() for parent in options.parents)
    if options.fallback:
        names += " or else " + ", ".join(parent.name for parent in options.fallback)
    scheme = "https" if options.tls.certificate else "http"
    listens = joined(options.host or "*", port)
    print(f"edge: {scheme}://{listens} in front of {names}{crew}", flush=True)


def parents(text: str) -> list[Parent]:
    found = [_parent(url) for url in text.split(",")]
    if len(set(found)) < len(found):
        raise argparse.ArgumentTypeError(f"{text!r}: a parent is named twice")
    return found


def _parent(url: str) -> Parent:
    try:
        return Parent.of_url(url)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def workers(text: str) -> int:
    """A number of processes, or ``auto``: one for each core that this process may use."""
    if text == "auto":
        return len(os.sched_getaffinity(0))
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= WORKERS_MAX):
        raise argparse.ArgumentTypeError(f"{text!r}: use auto, or a number from 1 to {WORKERS_MAX}")
    return int(text)


def listen(text: str) -> tuple[str, int]:
    """HOST:PORT or :PORT, which is every address; an IPv6 host in brackets."""
    try:
        return address(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def size(text: str) -> int:
    """Bytes, such as 500MB or 2GiB."""
    try:
        return parse_bytes(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
