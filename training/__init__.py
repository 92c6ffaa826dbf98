"""Trains the weights that ship with the package; not part of the package itself."""

import sys
from pathlib import Path

import pipeline.core.thread_policy  # noqa: F401 - before any module here imports torch

# what it shares with the tests, which import it by its name alone
sys.path.append(str(Path(__file__).parents[1] / "tests" / "support"))
