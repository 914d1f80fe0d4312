"""The caches that the rules run against, each as its documentation configures a shared cache."""

import asyncio
import shutil
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path


READY_S = 20.0
LOOK_S = 0.05
PACKAGES = {"nginx": "nginx-light", "varnishd": "varnish"}

NGINX = """
worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log crit;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/temp;
    proxy_cache_path {folder}/store keys_zone=all:16m max_size=256m inactive=1h;
    server {{
        listen 127.0.0.1:{port} backlog=1024;
        location / {{
            proxy_pass http://127.0.0.1:{parent};
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_cache all;
            proxy_cache_revalidate on;
            proxy_cache_background_update on;
        }}
    }}
}}
"""
VCL = 'vcl 4.1;\nbackend origin {{ .host = "127.0.0.1"; .port = "{parent}"; }}\n'


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def manycast(folder: Path, parent: int, port: int) -> list[str]:
    words = ["edge", "--parent", f"http://127.0.0.1:{parent}", "--listen", f"127.0.0.1:{port}"]
    config = folder / "edge.toml"
    if config.exists():
        words += ["--config", str(config)]
    return [sys.executable, "-m", "manycast.cli", *words]


def nginx(folder: Path, parent: int, port: int) -> list[str]:
    config = folder / "nginx.conf"
    config.write_text(NGINX.format(folder=folder, parent=parent, port=port))
    return ["nginx", "-p", str(folder), "-c", str(config)]


def varnish(folder: Path, parent: int, port: int) -> list[str]:
    """No lifetime without a word, and stale replies only as long as one needs to renew them."""
    (folder / "origin.vcl").write_text(VCL.format(parent=parent))
    words = ["varnishd", "-F", "-j", "none", "-n", str(folder / "varnish"), "-s", "malloc,64M"]
    words += ["-f", str(folder / "origin.vcl"), "-a", f"127.0.0.1:{port}"]
    for parameter in ("default_ttl=0", "default_grace=0", "default_keep=3600"):
        words += ["-p", parameter]
    return words


CACHES = {"manycast": manycast, "nginx": nginx, "varnish": varnish}


def missing(names: list[str]) -> str:
    """What to install before these can run; empty when nothing is."""
    programs = {"nginx": "nginx", "varnish": "varnishd"}
    absent = [programs[name] for name in names if name in programs]
    packages = [PACKAGES[program] for program in absent if shutil.which(program) is None]
    if not packages:
        return ""
    return (
        f"not installed: {', '.join(packages)}. `apt-get install -y {' '.join(packages)}`, "
        "then stop the services that it starts."
    )


@contextmanager
def _folder(config: str) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as named:
        folder = Path(named)
        folder.chmod(0o777)  # nginx's worker is another user
        if config:
            (folder / "edge.toml").write_text(config)
        yield folder


@asynccontextmanager
async def cache(name: str, parent: int, config: str = "", *words: str) -> AsyncIterator[int]:
    """A running cache before the origin at port ``parent``; its port. ``config`` and ``words`` are
    manycast's."""
    with _folder(config) as folder:
        port = free_port()
        quiet = asyncio.subprocess.DEVNULL
        process = await asyncio.create_subprocess_exec(
            *CACHES[name](folder, parent, port), *words, stdout=quiet, stderr=quiet, stdin=quiet
        )
        try:
            await _listening(port, process)
            yield port
        finally:
            with suppress(ProcessLookupError):
                process.terminate()
            await process.wait()


async def _listening(port: int, process: asyncio.subprocess.Process) -> None:
    async with asyncio.timeout(READY_S):
        while process.returncode is None:
            with suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                return
            await asyncio.sleep(LOOK_S)
    raise RuntimeError(f"the cache ended with {process.returncode} before it listened")
