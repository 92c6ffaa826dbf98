"""Draws bench/results/asr.svg from asr.json: × real time of each engine, alone and beside x264.

Runs in the bench environment, the only one with matplotlib.
"""

import json
from collections import Counter

import matplotlib as mpl
from matplotlib import pyplot

from bench.support.plot_file import SALT, save
from bench.support.report import RESULTS

OURS, PEERS, BESIDE = "#e4572e", "#8d99ae", "#d9dde5"
BESIDE_OURS = "#f4b9a7"
QUIET = 0.1  # maximum of cores busy with something else on a quiet machine


def main() -> None:
    """Draw a bar per engine, and a paler one below it for the engine beside an encode."""
    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = SALT
    found = json.loads((RESULTS / "asr.json").read_text())
    rows = [row for row in found["speed"] if "s" in row]
    heard = Counter(row["file"] for row in rows)
    file = max(heard, key=lambda name: heard[name])  # which most engines transcribed
    rows = [row for row in rows if row["file"] == file]
    beside = {}
    if file == found["speed"][0]["file"]:  # which was also transcribed beside an encode
        beside = {row["engine"]: row["beside × real time"] for row in found["beside"]}
    figure, axes = pyplot.subplots(figsize=(9, 0.9 + 0.7 * len(rows)))
    for place, row in enumerate(rows):
        ours = place == 0
        bars = [(row["× real time"], OURS if ours else PEERS, "")]
        if row["engine"] in beside:
            pale = BESIDE_OURS if ours else BESIDE
            bars.append((beside[row["engine"]], pale, " beside an encode"))
        for number, (value, color, note) in enumerate(bars):
            at = place + 0.4 * (number - (len(bars) - 1) / 2)
            axes.barh(at, value, height=0.36, color=color)
            axes.text(value, at, f" {value:.1f}×{note}", va="center", fontsize=9)
    axes.set_yticks(range(len(rows)), [f"{r['engine']}\n{r['settings']}" for r in rows])
    axes.tick_params(axis="y", labelsize=8, length=0)
    axes.invert_yaxis()
    axes.margins(x=0.2)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.set_xlabel("times as fast as the talk is long")
    machine = found["machine"]
    others = max(row["others' cores"] for row in rows)
    busy = f", of which others kept up to {others:.1f} busy" if others > QUIET else ""
    axes.set_title(
        f"Whisper base, word times on, {rows[0]['file']}, {machine['cores']} cores{busy}",
        fontsize=10,
    )
    figure.tight_layout()
    save(figure, "asr")


if __name__ == "__main__":
    main()
