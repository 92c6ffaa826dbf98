"""One way to print and keep figures: a table, and JSON that says which machine made it."""

import json
import platform
import sys
import time
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

import torch
from rich.console import Console
from rich.table import Table

from pipeline import threads

RESULTS = Path(__file__).parent / "results"
PACKAGES = ("torch", "transformers", "av", "numpy")


def machine() -> dict[str, object]:
    """What a figure is worth nothing without."""
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else None
    return {
        "cores": threads.cores(),
        "gpu": gpu,
        "bf16": bool(torch.cpu.get_capabilities().get("avx512_bf16")),
        "python": platform.python_version(),
        "packages": {name: version(name) for name in PACKAGES},
        "measured": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }


def report(name: str, title: str, rows: Sequence[Mapping[str, object]]) -> None:
    """Print rows of equal keys as a table and write them to bench/results/NAME.json."""
    table = Table(title=f"{title} ({threads.cores()} cores)")
    for key in rows[0]:
        table.add_column(key)
    for row in rows:
        table.add_row(*(f"{v:.3g}" if isinstance(v, float) else str(v) for v in row.values()))
    # a log has no width of its own: leave room for every column
    Console(width=None if sys.stdout.isatty() else 180).print(table)
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps({"machine": machine(), "rows": list(rows)}, indent=1) + "\n")
    print(f"written to {path}")
