"""Draws bench/results/hearing.svg from hearing.json: how often words of a probability are right.

Runs in the bench environment, the only one with matplotlib.
"""

import json

import matplotlib as mpl
from matplotlib import pyplot

from bench.support.plot import OURS, PEERS
from bench.support.report import RESULTS

MIN_WORDS = 20  # of a bin, else its share says little


def main() -> None:
    """Draw the share of right words over the probability, and how many words have it."""
    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "klipfast"  # equal figures give an equal file
    found = json.loads((RESULTS / "hearing.json").read_text())
    rows = [row for row in found["reliability"] if row["words"] >= MIN_WORDS]
    error = next(r["ECE"] for r in found["doubt"] if r["condition"] == r["language"] == "all")
    figure, (axes, counts) = pyplot.subplots(
        2, figsize=(5, 6.4), sharex=True, height_ratios=(3, 1), layout="constrained"
    )
    said = [row["said"] for row in rows]
    axes.plot((0, 1), (0, 1), color=PEERS, linewidth=1, label="true probabilities")
    axes.plot(said, [row["right"] for row in rows], "o-", color=OURS, label="words of KlipFast")
    axes.set(ylabel="share of words that are right", xlim=(0, 1), ylim=(0, 1.02))
    axes.legend(frameon=False, fontsize=8)
    axes.set_title(f"{sum(r['words'] for r in rows):,} words, error (ECE) {error:.3f}", fontsize=10)
    counts.bar(said, [row["words"] for row in rows], width=0.06, color=PEERS)
    counts.set(yscale="log", xlabel="probability of a word", ylabel="words")
    for panel in (axes, counts):
        panel.spines[["top", "right"]].set_visible(False)
    figure.savefig(RESULTS / "hearing.svg", metadata={"Date": None})


if __name__ == "__main__":
    main()
