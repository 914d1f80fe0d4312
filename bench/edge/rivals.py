"""The contenders, one after another on the same core and before the same origin.

Every one of them keeps its objects in memory (nginx in files of a memory file system, sent by sendfile),
writes no access log and takes keep-alive for as long as the client likes: each as its own
documentation tunes it for speed.
"""

import contextlib
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bench.network import children, cpu_s, free_ports


SERVER_CORE, CLIENT_CORE = "0", "1"
FIRST = -20
"""Autogroup nice of all that is measured (needs root): what else runs does not count."""
READY_S = 15.0
LOOK_S = 0.05
FILES_MAX = 65_536

NGINX = """
worker_processes 1;
worker_rlimit_nofile {files};
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log crit;
events {{ worker_connections 32768; }}
http {{
    access_log off;
    default_type video/mp4;
    sendfile on;
    aio off;
    tcp_nopush off;
    tcp_nodelay on;
    keepalive_timeout 300s;
    keepalive_requests 100000000;
    open_file_cache max=20000 inactive=300s;
    open_file_cache_valid 300s;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/temp;
    proxy_cache_path {store} levels=1:2 keys_zone=all:64m max_size=4g inactive=1d use_temp_path=off;
    upstream origin {{ server 127.0.0.1:{parent}; keepalive 64; }}
    server {{
        listen 127.0.0.1:{port} backlog=8192;
        location / {{
            proxy_pass http://origin;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_cache all;
            {extra}
        }}
    }}
}}
"""
LOCKED = """
            proxy_cache_lock on;
            proxy_cache_lock_timeout 60s;
            proxy_cache_lock_age 60s;
"""
SLICED = f"""{LOCKED}
            slice 1m;
            proxy_cache_key $uri$is_args$args$slice_range;
            proxy_set_header Range $slice_range;
            proxy_cache_valid 200 206 1d;
"""
VCL = """
vcl 4.1;
backend origin {{ .host = "127.0.0.1"; .port = "{parent}"; }}
"""


@dataclass(frozen=True, slots=True)
class Contender:
    name: str
    port: int
    pid: int
    folder: Path | None = None

    @property
    def pids(self) -> list[int]:
        """Itself and all of its descendants."""
        found = [self.pid]
        for pid in found:
            found += children(pid)
        return found

    @property
    def cpu_s(self) -> float:
        """User and system seconds of all its processes so far."""
        return sum(map(cpu_s, self.pids))

    def stored_bytes(self) -> int:
        """Blocks of the files that it keeps objects in."""
        store = None if self.folder is None else self.folder / "store"
        files = [] if store is None else [path for path in store.rglob("*") if path.is_file()]
        return sum(path.stat().st_blocks * 512 for path in files)


def favour(pid: int, nice: int = FIRST) -> None:
    with suppress(OSError):
        Path(f"/proc/{pid}/autogroup").write_text(str(nice))


def needed(*names: str) -> None:
    """End with what to install when a program is absent."""
    missing = [name for name in names if shutil.which(name) is None]
    if missing:
        packages = "apt-get install -y nginx-light varnish wrk util-linux"
        sys.exit(
            f"bench.edge: {', '.join(missing)} not found. Install with `{packages}` "
            "and stop the services that it starts (`service nginx stop; service varnish stop`)."
        )


def memory_folder() -> str | None:
    return "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108  a file system, no name in it


def nginx(folder: Path, parent: int, port: int, extra: str = "", store: str = "") -> list[str]:
    config = folder / "nginx.conf"
    config.write_text(
        NGINX.format(
            folder=folder, store=store or folder / "store", parent=parent, port=port,
            extra=extra, files=FILES_MAX,
        )
    )  # fmt: skip
    return ["nginx", "-p", str(folder), "-c", str(config)]


def varnish(folder: Path, parent: int, port: int, memory: str) -> list[str]:
    (folder / "origin.vcl").write_text(VCL.format(parent=parent))
    words = ["varnishd", "-F", "-j", "none", "-n", str(folder / "varnish")]
    words += ["-f", str(folder / "origin.vcl"), "-s", f"malloc,{memory}", "-a", f"127.0.0.1:{port}"]
    parameters = {"thread_pools": 1, "thread_pool_min": 200, "timeout_idle": 300}
    for name, value in parameters.items():
        words += ["-p", f"{name}={value}"]
    return words


def edge(parent: int, port: int, memory: str, *words: str) -> list[str]:
    command = [sys.executable, "-m", "manycast.cli", "edge", "--memory", f"{memory}B"]
    command += ["--listen", f"127.0.0.1:{port}", "--parent", f"http://127.0.0.1:{parent}"]
    return [*command, *words]


def command_of(name: str, folder: Path, parent: int, port: int, memory: str) -> list[str]:
    match name:
        case "manycast":
            return edge(parent, port, memory)
        case "nginx":
            return nginx(folder, parent, port)
        case "nginx lock":
            return nginx(folder, parent, port, LOCKED)
        case "nginx lock+slice":
            return nginx(folder, parent, port, SLICED)
        case "varnish":
            return varnish(folder, parent, port, memory)
    raise ValueError(name)


def allow_files() -> None:
    """More open files for this process, which its children inherit."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    limit = FILES_MAX if hard == resource.RLIM_INFINITY else min(FILES_MAX, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))


@contextlib.contextmanager
def child(
    core: str, command: Sequence[str], folder: Path | None = None
) -> Iterator[subprocess.Popen[str]]:
    """A pinned process before all others; ends with the block, as do its children."""
    log = subprocess.DEVNULL if folder is None else (folder / "log.txt").open("wb")
    process = subprocess.Popen(
        ["taskset", "-c", core, *command],  # noqa: S607  wherever the system has it
        stdout=subprocess.PIPE, stderr=log, stdin=subprocess.DEVNULL, text=True,
        start_new_session=True,
    )  # fmt: skip
    favour(process.pid)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(READY_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()


@contextlib.contextmanager
def scripted(role: str, core: str) -> Iterator[Contender]:
    """The origin, or the bare writer."""
    with child(core, [sys.executable, "-m", "bench.edge.origin", role]) as process:
        assert process.stdout is not None
        yield Contender(role, int(process.stdout.readline()), process.pid)


@contextlib.contextmanager
def contender(
    name: str,
    parent: int,
    memory: str = "1G",
    command: Callable[[Path, int], list[str]] | None = None,
) -> Iterator[Contender]:
    """One cache before the origin at port ``parent``; ``command`` of folder and port replaces its own."""
    with tempfile.TemporaryDirectory(dir=memory_folder()) as named:
        folder = Path(named)
        folder.chmod(0o777)  # nginx's worker is another user
        (port,) = free_ports(1)
        words = (
            command_of(name, folder, parent, port, memory)
            if command is None
            else command(folder, port)
        )
        with child(SERVER_CORE, words, folder) as process:
            wait_for(port, process, folder)
            yield Contender(name, port, process.pid, folder)


def wait_for(port: int, process: "subprocess.Popen[str]", folder: Path) -> None:
    """Until it listens; raises RuntimeError with what it said."""
    deadline = time.monotonic() + READY_S
    wanted = re.compile(rf"^ *\d+: \S+:{port:04X} \S+ 0A", re.MULTILINE)
    while True:
        tables = [Path("/proc/net/tcp").read_text(), Path("/proc/net/tcp6").read_text()]
        if any(map(wanted.search, tables)):
            return
        if process.poll() is not None or time.monotonic() > deadline:
            said = (folder / "log.txt").read_text()
            raise RuntimeError(f"{process.args} does not listen:\n{said}")
        time.sleep(LOOK_S)


@contextlib.contextmanager
def contenders(
    names: Sequence[str], memory: str = "1G"
) -> Iterator[tuple[Contender, dict[str, Contender]]]:
    """The origin and the named caches before it, all running; ``bare`` is the writer."""
    needed("taskset", *{name.split(maxsplit=1)[0] for name in names} & {"nginx"})
    if any(name == "varnish" for name in names):
        needed("varnishd")
    allow_files()
    with contextlib.ExitStack() as stack:
        parent = stack.enter_context(scripted("origin", CLIENT_CORE))
        found = {}
        for name in names:
            one = (
                scripted("bare", SERVER_CORE)
                if name == "bare"
                else contender(name, parent.port, memory)
            )
            found[name] = stack.enter_context(one)
        yield parent, found


def memory_bytes(one: Contender) -> int:
    """Proportional resident memory of all its processes, shared pages counted once."""
    total = 0
    for pid in one.pids:
        with suppress(OSError):
            text = Path(f"/proc/{pid}/smaps_rollup").read_text()
            total += sum(int(kib) for kib in re.findall(r"^Pss:\s+(\d+)", text, re.MULTILINE))
    return total * 1024
