"""Threads of long work beside an event loop that has to answer at once."""

import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from pipeline.core.thread_policy import yield_processor

NICENESS = 15  # nice value of lanes and their libraries' threads; the event loop's is 0
# Seconds after which a thread that computes in Python is asked to let another one run. A request
# waits for the interpreter's lock several times: at the default of 5 ms, two busy lanes make it
# slow.
SWITCH_S = 0.0005


def lane(name: str, threads: int, niceness: int = NICENESS) -> ThreadPoolExecutor:
    """Return an executor whose threads yield the processor to the event loop."""
    begin = partial(yield_processor, niceness)
    return ThreadPoolExecutor(threads, thread_name_prefix=name, initializer=begin)


def share_interpreter() -> None:
    """Let threads take turns at the interpreter often enough for an event loop among them."""
    sys.setswitchinterval(SWITCH_S)
