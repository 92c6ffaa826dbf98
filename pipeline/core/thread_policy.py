"""Thread policy of the process; must be set before torch is loaded.

Recognizer, encoder and server share the cores. By default, waiting OpenMP threads spin, which makes
two busy pools on the same cores several times slower than either alone; here they sleep. A thread
gets one OpenMP thread unless it requests more (the face detector needs exactly one);
`models/registry.py` sets the number for torch.
"""

import math
import os
import sys
import threading
from functools import cache

from pipeline.core.cpu_quota import quota_cores

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("GOMP_SPINCOUNT", "0")
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")


LEAST_PRIORITY = 19  # nice value of a thread that runs only where others leave a processor free


@cache
def _quota() -> float:
    return quota_cores()


def cores() -> int:
    """Return the number of cores this process may use: its affinity and its container's quota."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return max(1, math.ceil(min(usable or 1, _quota())))


def background_threads() -> int:
    """Return the thread count of a stage that runs beside another that keeps all cores busy.

    It is half of the cores: more threads only take turns with those of the other stage and cost a
    tenth in context switches.
    """
    return max(1, cores() // 2)


def yield_processor(niceness: int) -> None:
    """Give this thread, and those that libraries start in it, less of the processor.

    niceness: 0 to 19. Only Linux has it for single threads; elsewhere nothing happens, because it
    would concern the whole process.
    """
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), niceness)
