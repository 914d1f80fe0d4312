"""What the machine has to encode with."""

import os
import platform
from pathlib import Path


CGROUP_CPU = Path("/sys/fs/cgroup/cpu.max")


def cores(quota: Path = CGROUP_CPU) -> float:
    """Cores this process may use at once: its affinity, and a container's quota when that is less."""
    allowed = float(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else _all())
    if not quota.exists():
        return allowed
    limit, period = quota.read_text().split()
    return allowed if limit == "max" else min(allowed, int(limit) / int(period))


def _all() -> int:
    return os.cpu_count() or 1


def processor(cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    """The processor's name, as far as the system tells it."""
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
