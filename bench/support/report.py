"""Prints figures as a table and saves them as JSON with a description of the machine."""

import json
import os
import platform
import sys
import time
from importlib.metadata import version
from pathlib import Path

import torch
from rich.console import Console
from rich.table import Table

from bench.support.markdown import Rows, columns_of
from bench.support.processor import fields, processor
from pipeline.core import thread_policy

RESULTS = Path(__file__).parents[1] / "results"
PACKAGES = ("torch", "transformers", "av", "numpy")
LOAD_1_MIN = os.getloadavg()[0]  # before the measurement


def fast() -> bool:
    """Return whether FAST asks for a quick run, whose figures only show that all of it works."""
    return os.environ.get("FAST", "0") not in ("", "0")


def machine() -> dict[str, object]:
    """Describe the machine, without which a figure means nothing (Linux)."""
    memory_kib = int(fields(Path("/proc/meminfo"))["MemTotal"].split()[0])
    return {
        **processor(),
        "memory GiB": round(memory_kib / 2**20, 1),
        "gpu": torch.cuda.get_device_name() if torch.cuda.is_available() else None,
        "kernel": f"{platform.system()} {platform.release()}",
        "load before": round(LOAD_1_MIN, 2),
        "python": platform.python_version(),
        "packages": {name: version(name) for name in PACKAGES},
        "fast": fast(),
        "measured": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }


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
