"""Draws the plots of docs/benchmarks.md that show a whole job, growth and many machines.

Runs in the bench environment, the only one with matplotlib.
"""

import json
from collections.abc import Mapping
from typing import Any

import matplotlib as mpl
from matplotlib import pyplot
from matplotlib.patches import Patch

from bench.support import plot, plot_render
from bench.support.plot import OURS, PEERS
from bench.support.plot_file import SALT, save
from bench.support.report import RESULTS

STAGES = ("#e4572e", "#f4b9a7", "#8d99ae", "#d9dde5", "#5b6579", "#c0702f", "#b5838d", "#3d405b")
FIXED = "as many at each length"


def job(found: Mapping[str, Any]) -> Any:
    """Draw a bar per side and talk, divided into its stages."""
    rows = found["rows"]
    shares = {stage for row in rows for stage, s in row["stages"].items() if s > 0.01 * row["s"]}
    stages = [s for s in dict.fromkeys(k for row in rows for k in row["stages"]) if s in shares]
    colors = dict(zip(stages, STAGES, strict=False))
    figure, axes = pyplot.subplots(figsize=(9, 1.2 + 0.6 * len(rows)))
    for place, row in enumerate(rows):
        left = 0.0
        for stage, spent_s in row["stages"].items():
            if stage in stages:
                axes.barh(place, spent_s, left=left, color=colors.get(stage, PEERS))
                left += spent_s
        axes.text(left, place, f" {row['s']:.0f} s, {row['clip s']:.0f} s of clips", va="center")
    handles = [Patch(color=colors.get(s, PEERS)) for s in stages]
    axes.legend(
        handles, stages, ncols=4, fontsize=8, loc="upper center", bbox_to_anchor=(0.4, -0.2)
    )
    axes.set_yticks(range(len(rows)), [f"{row['side']}\n{row['file']}" for row in rows], fontsize=8)
    axes.invert_yaxis()
    axes.margins(x=0.3)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.set_xlabel("seconds")
    return figure


def growth(found: Mapping[str, Any]) -> Any:
    """Draw time, memory and disk over the length of the talk."""
    figure, panels = pyplot.subplots(1, 3, figsize=(12, 3.4))
    keys = {"s": "seconds", "peak MiB": "MiB of memory", "disk MiB": "MiB of disk"}
    for kind in dict.fromkeys(row["number of clips"] for row in found["rows"]):
        rows = [row for row in found["rows"] if row["number of clips"] == kind]
        color = OURS if kind == FIXED else PEERS
        minutes = [row["minutes"] for row in rows]
        for axes, key in zip(panels, keys, strict=True):
            values = [row[key] for row in rows]
            axes.plot(minutes, values, "o-", color=color, label=f"clips: {kind}")
    for axes, (key, title) in zip(panels, keys.items(), strict=True):
        axes.set_xlabel("minutes of talk")
        axes.set_title(title, fontsize=10, loc="left")
        axes.set_xlim(left=0)
        axes.set_ylim(0, 1.15 * max(row[key] for row in found["rows"]))
        axes.spines[["top", "right"]].set_visible(False)
    panels[0].legend(fontsize=8, loc="lower right")
    figure.tight_layout()
    return figure


def capacity(found: Mapping[str, Any]) -> Any:
    """Draw waiting time and cost over load, by number of machines, and what is busy."""
    figure, (waits, costs, busy) = pyplot.subplots(1, 3, figsize=(12, 3.6))
    fleets = list(dict.fromkeys(row["machines"] for row in found["loads"]))
    for number, machines in enumerate(fleets):
        rows = [row for row in found["loads"] if row["machines"] == machines]
        load = [row["load"] for row in rows]
        color = STAGES[number % len(STAGES)]
        waits.plot(
            load, [row["wait p95 s"] for row in rows], "o-", color=color, label=str(machines)
        )
        costs.plot(load, [row["cost a source hour"] for row in rows], "o-", color=color)
    machines_at = [row["machines"] for row in found["fleets"]]
    for number, name in enumerate(found["shared"]):
        shares = [100 * row[f"{name} busy"] for row in found["fleets"]]
        busy.plot(machines_at, shares, "o-", color=STAGES[number], label=name)
    waits.set_title("95 % of jobs wait at most, s", fontsize=10, loc="left")
    costs.set_title(f"{found['currency']} an hour of talk", fontsize=10, loc="left")
    busy.set_title("% busy", fontsize=10, loc="left")
    waits.set_yscale("symlog")
    busy.set_xscale("log")
    waits.set_xlabel("load: jobs offered ÷ jobs possible")
    costs.set_xlabel("load")
    busy.set_xlabel("machines, at the greatest load")
    costs.set_ylim(bottom=0)
    waits.legend(title="machines", fontsize=8)
    busy.legend(fontsize=8)
    for axes in (waits, costs, busy):
        axes.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    return figure


def main() -> None:
    """Draw what there are results of."""
    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = SALT
    for name, draw in (("job", job), ("growth", growth), ("capacity", capacity)):
        path = RESULTS / f"{name}.json"
        if path.exists():
            save(draw(json.loads(path.read_text())), name)
    for name, whole in (("asr", plot.main), ("render", plot_render.main)):
        if (RESULTS / f"{name}.json").exists():
            whole()


if __name__ == "__main__":
    main()
