"""The share of this machine's cores that a worker of pytest-xdist keeps to.

The product takes its threads from the affinity of its process (`pipeline.core.thread_policy`), so
two workers that kept no share would each start threads for all cores, and wait for each other.
"""

import os


def keep_to_share() -> None:
    """Narrow the affinity to every n-th core, where this process is one of n workers."""
    worker, count = (
        os.environ.get("PYTEST_XDIST_WORKER"),
        os.environ.get("PYTEST_XDIST_WORKER_COUNT"),
    )
    if worker is None or count is None or not hasattr(os, "sched_setaffinity"):
        return
    cores = sorted(os.sched_getaffinity(0))
    number = int(worker.removeprefix("gw"))
    os.sched_setaffinity(0, set(cores[number :: int(count)]) or {cores[number % len(cores)]})
