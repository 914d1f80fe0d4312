"""One run of wrk on the clients' core, with a browser's headers."""

import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bench.edge.rivals import CLIENT_CORE, favour


HEADERS = {
    "Host": "localhost:8000",
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0",
    "Accept": "*/*",
    "Accept-Encoding": "gzip, deflate, br, zstd",
    "Accept-Language": "en-GB,en;q=0.9",
    "Origin": "http://localhost:8000",
    "Referer": "http://localhost:8000/watch/demo",
    "Sec-Fetch-Dest": "empty",
    "Sec-Fetch-Mode": "cors",
    "Sec-Fetch-Site": "same-origin",
}
_UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0}


@dataclass(frozen=True, slots=True)
class Run:
    requests_per_s: float
    p50_s: float
    p99_s: float


class LoadError(Exception):
    """A reply was an error, or a connection broke."""


def wrk(
    port: int, path: str, seconds: int, connections: int, pause_ms: int = 0, script: str = ""
) -> Run:
    """Raises LoadError. With a pause each connection waits 0 to twice that long between requests."""
    if pause_ms:
        script += f"function delay() return math.random(0, {2 * pause_ms}) end\n"
    with tempfile.TemporaryDirectory() as folder:
        command = ["taskset", "-c", CLIENT_CORE, "wrk", "-t1", f"-c{connections}", f"-d{seconds}s"]
        command += ["--latency", "--timeout", "20s"]
        for pair in HEADERS.items():
            command += ["-H", "{}: {}".format(*pair)]
        if script:
            (Path(folder) / "wrk.lua").write_text(script)
            command += ["-s", f"{folder}/wrk.lua"]
        said = _said([*command, f"http://127.0.0.1:{port}{path}"])
    return Run(_rate(said), _quantile(said, "50"), _quantile(said, "99"))


def _said(command: list[str]) -> str:
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        favour(process.pid)
        assert process.stdout is not None
        said = process.stdout.read()
    errors = re.search(r"(Socket errors|Non-2xx).*", said)
    if process.returncode or errors is not None:
        raise LoadError(errors[0] if errors else said)
    return said


def _rate(said: str) -> float:
    found = re.search(r"Requests/sec:\s+([\d.]+)", said)
    assert found is not None, said
    return float(found[1])


def _quantile(said: str, percent: str) -> float:
    found = re.search(rf"^\s+{percent}%\s+([\d.]+)(us|ms|s|m) *$", said, re.MULTILINE)
    assert found is not None, said
    return float(found[1]) * _UNITS[found[2]]
