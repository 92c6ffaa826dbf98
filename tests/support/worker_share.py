"""Restricts a worker of pytest-xdist to its share of this machine's cores.

The product derives its thread counts from the process's CPU affinity
(`pipeline.core.thread_policy`). Without shares, each of two workers would start threads for all
cores, and they would wait for each other.
"""

import os


def keep_to_share() -> None:
    """Restrict the affinity to every n-th core if this process is one of n workers."""
    worker, count = (
        os.environ.get("PYTEST_XDIST_WORKER"),
        os.environ.get("PYTEST_XDIST_WORKER_COUNT"),
    )
    if worker is None or count is None or not hasattr(os, "sched_setaffinity"):
        return
    cores = sorted(os.sched_getaffinity(0))
    number = int(worker.removeprefix("gw"))
    os.sched_setaffinity(0, set(cores[number :: int(count)]) or {cores[number % len(cores)]})
