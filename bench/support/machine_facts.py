"""Reads what the kernel tells of the machine and of its load (Linux; elsewhere less)."""

import os
import platform
from pathlib import Path

# of the processor's features, those that recognition or encoding use
ISA = ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "avx_vnni", "amx_tile", "amx_bf16")
GOVERNOR = Path("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")
LOAD_1_MIN = os.getloadavg()[0] if hasattr(os, "getloadavg") else None  # before the measurement


def facts() -> dict[str, object]:
    """Return the processor, memory, kernel, governor, and the load when this process began."""
    cpu = _fields(Path("/proc/cpuinfo"))
    flags = cpu.get("flags", "").split()
    memory = _fields(Path("/proc/meminfo")).get("MemTotal", "")
    return {
        "cpu": cpu.get("model name", platform.processor()),
        "isa": [flag for flag in ISA if flag in flags],
        "logical cpus": os.cpu_count(),
        "memory GiB": round(int(memory.split()[0]) / 2**20, 1) if memory else None,
        "kernel": f"{platform.system()} {platform.release()}",
        "governor": _text(GOVERNOR).strip() or "unknown",
        "load before": None if LOAD_1_MIN is None else round(LOAD_1_MIN, 2),
    }


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


def _fields(path: Path) -> dict[str, str]:
    """Read "name: value" lines; of equal names the last counts."""
    pairs = (line.partition(":") for line in _text(path).splitlines())
    return {name.strip(): value.strip() for name, _, value in pairs}
