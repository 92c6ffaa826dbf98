"""Describes the processor, without loading what computes on it."""

import platform
from pathlib import Path

from pipeline.core import thread_policy

# features of the processor that recognition or encoding use
ISA = ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "avx_vnni", "amx_tile", "amx_bf16")


def processor() -> dict[str, object]:
    """Return its name, its instructions and the cores that this process may use."""
    cpu = fields(Path("/proc/cpuinfo"))
    return {
        "cpu": cpu.get("model name", platform.processor()),
        "isa": [flag for flag in ISA if flag in cpu.get("flags", "").split()],
        "cores": thread_policy.cores(),
    }


def fields(path: Path) -> dict[str, str]:
    """Read "name: value" lines, if there is the file; of equal names the last counts."""
    lines = path.read_text().splitlines() if path.exists() else []
    pairs = (line.partition(":") for line in lines)
    return {name.strip(): value.strip() for name, _, value in pairs}
