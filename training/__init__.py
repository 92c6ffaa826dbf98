"""Trains the weights that ship with the package; not part of the package itself."""

import pipeline.core.thread_policy  # noqa: F401 - before any module here imports torch
