"""Prints figures as a table and saves them as JSON with a description of the machine."""

import json
import os
import platform
import sys
import time
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

import torch
from rich.console import Console
from rich.table import Table

from pipeline.core import thread_policy

RESULTS = Path(__file__).parents[1] / "results"
PACKAGES = ("torch", "transformers", "av", "numpy")
# features of the processor that recognition or encoding use
ISA = ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "avx_vnni", "amx_tile", "amx_bf16")
LOAD_1_MIN = os.getloadavg()[0]  # before the measurement

Rows = Sequence[Mapping[str, object]]


def fast() -> bool:
    """Return whether FAST asks for a quick run, whose figures only show that all of it works."""
    return os.environ.get("FAST", "0") not in ("", "0")


def machine() -> dict[str, object]:
    """Describe the machine, without which a figure means nothing (Linux)."""
    cpu = _fields(Path("/proc/cpuinfo"))
    memory_kib = int(_fields(Path("/proc/meminfo"))["MemTotal"].split()[0])
    return {
        "cpu": cpu.get("model name", platform.processor()),
        "isa": [flag for flag in ISA if flag in cpu.get("flags", "").split()],
        "cores": thread_policy.cores(),
        "memory GiB": round(memory_kib / 2**20, 1),
        "gpu": torch.cuda.get_device_name() if torch.cuda.is_available() else None,
        "kernel": f"{platform.system()} {platform.release()}",
        "load before": round(LOAD_1_MIN, 2),
        "python": platform.python_version(),
        "packages": {name: version(name) for name in PACKAGES},
        "fast": fast(),
        "measured": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }


def _fields(path: Path) -> dict[str, str]:
    """Read "name: value" lines; of equal names the last counts."""
    pairs = (line.partition(":") for line in path.read_text().splitlines())
    return {name.strip(): value.strip() for name, _, value in pairs}


def columns_of(rows: Rows) -> list[str]:
    """Return the columns of a table; spreads and nested data are in the JSON alone."""
    nested = {key for row in rows for key, value in row.items() if isinstance(value, dict)}
    keys = dict.fromkeys(key for row in rows for key in row)
    return [key for key in keys if key not in nested and not key.endswith((" low", " high"))]


def show(title: str, rows: Rows) -> None:
    """Print rows as a table; a missing key gives an empty cell."""
    table = Table(title=f"{title} ({thread_policy.cores()} cores)")
    keys = columns_of(rows)
    for key in keys:
        table.add_column(key)
    for row in rows:
        values = (row.get(key, "") for key in keys)
        table.add_row(*(f"{v:.3g}" if isinstance(v, float) else str(v) for v in values))
    # a log has no width: leave room for every column
    Console(width=None if sys.stdout.isatty() else 180).print(table)


def keep(name: str, **tables: object) -> None:
    """Write tables and further data to bench/results/NAME.json."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    text = json.dumps({"machine": machine(), **tables}, indent=1, ensure_ascii=False)
    path.write_text(text + "\n")
    print(f"written to {path}")


def report(name: str, title: str, rows: Rows, **more: object) -> None:
    """Print rows as a table and write them, with further data, to bench/results/NAME.json."""
    show(title, rows)
    keep(name, rows=list(rows), **more)
