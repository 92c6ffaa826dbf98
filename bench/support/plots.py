"""Draws bench/results/NAME.svg from NAME.json: equal results, equal file.

As a program it runs in the peers' environment, the only one with matplotlib.
"""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from bench.support.recordings import ROOT

RESULTS = ROOT / "bench/results"
PYTHON = ROOT / ".venv-bench/bin/python"
OURS, PEERS = "#e4572e", "#8d99ae"
STAGES = (OURS, "#f4b9a7", PEERS, "#d9dde5", "#5b6579", "#c0702f", "#b5838d", "#3d405b")
Rows = Sequence[Mapping[str, Any]]


def draw(name: str) -> None:
    """Draw a plot, if the peers' environment is there."""
    if PYTHON.exists():
        subprocess.run([PYTHON, "-m", "bench.support.plots", name], cwd=ROOT, check=False)


def asr(rows: Rows, pyplot: Any) -> Any:
    """Draw how fast each engine hears the talk that most of them heard."""
    rows = [row for row in rows if "× real time" in row]
    heard = Counter(row["file"] for row in rows)
    file = max(heard, key=lambda name: heard[name])
    rows = [row for row in rows if row["file"] == file]
    figure, axes = pyplot.subplots(figsize=(9, 0.5 * len(rows)))
    for place, row in enumerate(rows):
        color = OURS if row["engine"] == "KlipFast" else PEERS
        axes.barh(place, row["× real time"], height=0.7, color=color)
        axes.text(row["× real time"], place, f" {row['× real time']:.3g}", va="center", fontsize=8)
    _clear(axes, [row["engine"] for row in rows])
    axes.set_title(f"{file}: times as fast as the talk is long", fontsize=9, loc="left")
    return figure


def job(rows: Rows, pyplot: Any) -> Any:
    """Draw a bar per side and talk, divided into its stages."""
    rows = [row for row in rows if "stages" in row]
    shares = {stage for row in rows for stage, s in row["stages"].items() if s > 0.01 * row["s"]}
    stages = [s for s in dict.fromkeys(k for row in rows for k in row["stages"]) if s in shares]
    figure, axes = pyplot.subplots(figsize=(9, 1.2 + 0.6 * len(rows)))
    left = [0.0] * len(rows)
    for stage, color in zip(stages, STAGES, strict=False):
        spent = [row["stages"].get(stage, 0.0) for row in rows]
        axes.barh(range(len(rows)), spent, left=left, color=color, label=stage)
        left = [a + b for a, b in zip(left, spent, strict=True)]
    for place, row in enumerate(rows):
        axes.text(left[place], place, f" {row['s']:.0f} s, {row['clip s']:.0f} s of clips")
    axes.legend(ncols=4, fontsize=8, loc="upper center", bbox_to_anchor=(0.4, -0.2))
    _clear(axes, [f"{row['side']}\n{row['file']}" for row in rows])
    axes.set_xlabel("seconds")
    return figure


def growth(rows: Rows, pyplot: Any) -> Any:
    """Draw time, memory and disk over the length of the talk."""
    figure, panels = pyplot.subplots(1, 3, figsize=(12, 3.4))
    kinds = dict.fromkeys(row["number of clips"] for row in rows)
    for axes, key in zip(panels, ("s", "peak MiB", "disk MiB"), strict=True):
        for kind, color in zip(kinds, (OURS, PEERS), strict=True):
            some = [row for row in rows if row["number of clips"] == kind]
            minutes, values = [r["minutes"] for r in some], [r[key] for r in some]
            axes.plot(minutes, values, "o-", color=color, label=f"clips: {kind}")
        axes.set(xlabel="minutes of talk", xlim=(0, None), ylim=(0, None))
        axes.set_title(key, fontsize=10, loc="left")
        axes.spines[["top", "right"]].set_visible(False)
    panels[0].legend(fontsize=8, loc="lower right")
    return figure


def _clear(axes: Any, labels: Sequence[str]) -> None:
    """Name horizontal bars, the first on top, and take away what says nothing."""
    axes.set_yticks(range(len(labels)), labels)
    axes.tick_params(axis="y", labelsize=8, length=0)
    axes.invert_yaxis()
    axes.margins(x=0.3)
    axes.spines[["top", "right", "left"]].set_visible(False)


DRAWN = {"asr": asr, "job": job, "growth": growth}


def main(name: str) -> None:
    """Draw one plot."""
    import matplotlib as mpl  # noqa: PLC0415 - the peers' environment alone has it
    from matplotlib import pyplot  # noqa: PLC0415

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "klipfast"  # identifiers would otherwise be random
    rows = json.loads((RESULTS / f"{name}.json").read_text())["rows"]
    figure = DRAWN[name](rows, pyplot)
    figure.tight_layout()
    figure.savefig(RESULTS / f"{name}.svg", bbox_inches="tight", metadata={"Date": None})


if __name__ == "__main__":
    main(*sys.argv[1:])
