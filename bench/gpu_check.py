"""Checks a machine with a CUDA card: compares it with the processor, and measures its speed.

Each check costs only its own row if something is missing or fails. The exit code is 0 if nothing
disagrees or failed, or if there is no card (with a message), else 1.
"""

import logging
import sys
from collections.abc import Callable, Iterator
from functools import cache, partial
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.gpu import pictures, recognition
from bench.gpu.checks import Row, passed, rows_of
from bench.support.recordings import SAMPLE
from bench.support.report import report
from pipeline.core.data import Audio
from pipeline.models.registry import Models
from training import judged_words

import torch  # isort: skip - after the thread policy

PACKAGES = ("torch", "av", "transformers")

Check = Callable[[], Iterator[Row]]


def checks(card: torch.device, folder: Path) -> dict[str, Check]:
    """Return the checks by name, in order; networks load at their first use."""

    @cache
    def both() -> tuple[Models, Models]:
        return recognition.load(card)

    @cache
    def sound() -> Audio:
        return judged_words.sound(SAMPLE)

    return {
        "embeddings": lambda: recognition.embeddings(both()),
        "words of the sample": lambda: recognition.words(both(), sound()),
        "recognition with base": lambda: recognition.speed(both()[1], "base", sound()),
        "recognition by default": lambda: recognition.default_speed(card, sound()),
        "decoded and composed pictures": partial(pictures.compare, SAMPLE, card),
        "clips": partial(pictures.clips, SAMPLE, folder, card),
    }


def main() -> int:
    """Run all checks on the first card."""
    logging.basicConfig(level=logging.INFO, format="%(name)s: %(message)s")
    if not torch.cuda.is_available():
        print("gpu-check: no CUDA device on this machine, so nothing was checked.")
        return 0
    card = torch.device("cuda")
    with TemporaryDirectory() as name:
        rows = [
            row for kind, check in checks(card, Path(name)).items() for row in rows_of(kind, check)
        ]
    properties = torch.cuda.get_device_properties(card)
    known = {name: version(name) for name in PACKAGES} | {"CUDA of torch": torch.version.cuda}
    known |= {"card": properties.name, "memory GiB": f"{properties.total_memory / 2**30:.1f}"}
    report("gpu_check", "CUDA against CPU", rows, versions=known)
    return 0 if passed(rows) else 1


if __name__ == "__main__":
    sys.exit(main())
