"""What this process takes of the machine."""

import os
import resource
import shutil
from contextlib import suppress
from pathlib import Path


def vitals() -> dict[str, float]:
    """By the names of reports; memory is 0 where the system has no /proc."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {"cpu_seconds_total": used.ru_utime + used.ru_stime, "memory_bytes": float(_memory())}


def free_bytes(folder: Path) -> int:
    """What is left on the disk of a folder, or of the first one above it that exists; raises OSError."""
    there = next(one for one in (folder, *folder.absolute().parents) if one.exists())
    return shutil.disk_usage(there).free


def _memory() -> int:
    with suppress(FileNotFoundError):
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")
    return 0
