"""The checks of `make gpu-check`: each yields rows, or raises with the reason why it has none."""

from pipeline.core import thread_policy  # noqa: F401 - before torch, which the modules import
