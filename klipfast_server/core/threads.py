"""Threads of long work beside an event loop that has to answer at once."""

import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

NICENESS = 15  # of lanes, and of the threads that libraries start for them; the loop's is 0
# Seconds after which a thread that computes in Python is asked to let another one run. A request
# waits for the interpreter's lock several times: at the default of 5 ms, two busy lanes make it
# slow.
SWITCH_S = 0.0005


def lane(name: str, threads: int) -> ThreadPoolExecutor:
    """Return an executor whose threads yield the processor to the event loop."""
    return ThreadPoolExecutor(threads, thread_name_prefix=name, initializer=_yield_processor)


def share_interpreter() -> None:
    """Let threads take turns at the interpreter often enough for an event loop among them."""
    sys.setswitchinterval(SWITCH_S)


def _yield_processor() -> None:
    if sys.platform == "linux":  # elsewhere this would concern the whole process
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
