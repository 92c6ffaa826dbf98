"""Thread policy of the process, set before torch is loaded.

Recogniser, encoder and server share the cores. OpenMP's default is to spin while it waits, which
makes two busy pools on the same cores several times slower than either alone; so waiting threads
sleep. One OpenMP thread is the default of any thread that does not ask for more (the face
detector wants exactly that); torch asks for its own number in `models/registry.py`.
"""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("GOMP_SPINCOUNT", "0")
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")


def cores() -> int:
    """Cores this process may use (its affinity, not the machine's count)."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def beside() -> int:
    """Threads of a stage that works while another keeps all cores busy: half of the cores.

    More only take turns with those of the other, and cost a tenth for changing over.
    """
    return max(1, cores() // 2)
