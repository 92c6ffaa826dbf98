"""Saves plots of results: equal results give an equal file, which says which results it shows.

Runs in the bench environment, the only one with matplotlib.
"""

import hashlib
from pathlib import Path
from typing import Any

from bench.support.report import RESULTS

SALT = "klipfast"  # of the identifiers in an SVG, which would otherwise be random


def digest(name: str, folder: Path = RESULTS) -> str:
    """Return what identifies the bytes of NAME.json."""
    return hashlib.sha256((folder / f"{name}.json").read_bytes()).hexdigest()


def save(figure: Any, name: str) -> None:
    """Write a figure to NAME.svg, with the digest of NAME.json inside."""
    figure.savefig(
        RESULTS / f"{name}.svg",
        bbox_inches="tight",
        metadata={"Date": None, "Description": f"{name}.json: {digest(name)}"},
    )
