"""Draws bench/results/render.svg from render.json: frames per second of each side.

Runs in the bench environment, the only one with matplotlib.
"""

import json

import matplotlib as mpl
from matplotlib import pyplot

from bench.support.plot import BESIDE, OURS, PEERS
from bench.support.plot_file import SALT, save
from bench.support.report import RESULTS


def main() -> None:
    """Draw a panel per file and quality, with a bar per side."""
    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = SALT
    found = json.loads((RESULTS / "render.json").read_text())
    rows = found["rows"]
    kinds = list(dict.fromkeys((row["file"], row["quality"]) for row in rows))
    figure, panels = pyplot.subplots(len(kinds), figsize=(9, 1.5 * len(kinds)), squeeze=False)
    for axes, kind in zip(panels[:, 0], kinds, strict=True):
        here = [row for row in rows if (row["file"], row["quality"]) == kind]
        for place, row in enumerate(here):
            side = row["side"]
            color = OURS if side == "ours" else BESIDE if side == "x264 alone" else PEERS
            axes.barh(place, row["frames/s"], height=0.7, color=color)
            alike = f", SSIM {row['SSIM']:.4f}, {row['kB']} kB" if "SSIM" in row else ""
            axes.text(
                row["frames/s"], place, f" {row['frames/s']:.0f}{alike}", va="center", fontsize=8
            )
        axes.set_yticks(range(len(here)), [row["side"] for row in here])
        axes.tick_params(axis="y", labelsize=8, length=0)
        axes.invert_yaxis()
        axes.margins(x=0.3)
        axes.spines[["top", "right", "left"]].set_visible(False)
        axes.set_title(" · ".join(kind), fontsize=9, loc="left")
    panels[-1, 0].set_xlabel("pictures a second")
    figure.suptitle(f"One clip with captions, {found['machine']['cores']} cores", fontsize=10)
    figure.tight_layout()
    save(figure, "render")


if __name__ == "__main__":
    main()
