"""CPU time that a container or a service may use: the quota of its control group.

An affinity says which cores may be used, a quota how much of their time: a container with
`--cpus=2` on a machine with 64 cores sees all of them, but is stopped once it used two.
"""

import math
from collections.abc import Callable
from pathlib import Path


def quota_cores(
    groups: Path = Path("/sys/fs/cgroup"), membership: Path = Path("/proc/self/cgroup")
) -> float:
    """Return the smallest quota of this process's group and those above it, in cores.

    Infinity if there is none, or no control groups. Understands versions 1 and 2.
    """
    try:
        lines = membership.read_text().splitlines()
    except OSError:
        return math.inf
    least = math.inf
    for line in lines:
        _, controllers, path = (*line.split(":", 2), "", "")[:3]
        if not controllers:  # version 2
            least = min(least, _least(groups, path, _quota_of_version_2))
        elif "cpu" in controllers.split(","):
            least = min(least, _least(groups / controllers, path, _quota_of_version_1))
            least = min(least, _least(groups / "cpu", path, _quota_of_version_1))
    return least


def _least(root: Path, path: str, quota: Callable[[Path], float]) -> float:
    """Return the smallest quota of a group and those above it, up to `root`.

    In a container, the path may be that of the host, and only `root` is there.
    """
    group = root / path.lstrip("/")
    above = [folder for folder in group.parents if folder.is_relative_to(root)]
    return min(map(quota, (group, *above)), default=math.inf)


def _quota_of_version_2(group: Path) -> float:
    """Return the quota in `cpu.max`: "max 100000" or "150000 100000"."""
    return _ratio(_read(group / "cpu.max").split())


def _quota_of_version_1(group: Path) -> float:
    """Return the quota of two files; -1 microseconds mean none."""
    return _ratio([_read(group / f"cpu.cfs_{name}_us") for name in ("quota", "period")])


def _read(file: Path) -> str:
    try:
        return file.read_text().strip()
    except OSError:
        return ""


def _ratio(texts: list[str]) -> float:
    """Return quota / period, both in microseconds; infinity if one is no positive number."""
    if len(texts) != 2 or not all(text.isdecimal() and int(text) for text in texts):
        return math.inf
    return int(texts[0]) / int(texts[1])
