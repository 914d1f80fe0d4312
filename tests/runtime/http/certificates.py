"""Real certificates from openssl."""

import shutil
import subprocess
from pathlib import Path

import pytest


needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl")


def certify(folder: Path, name: str = "localhost", *, key: str = "key.pem") -> tuple[Path, Path]:
    """A certificate for a day and its key."""
    chain, secret = folder / "chain.pem", folder / key
    command = [
        "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
        "-days", "1", "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name},IP:127.0.0.1",
        "-out", str(chain), "-keyout", str(secret),
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True)
    return chain, secret
