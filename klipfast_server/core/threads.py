"""Threads of long work beside an event loop that has to answer at once."""

import sys
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

from pipeline.core.thread_policy import yield_processor

# Nice values of lanes and their libraries' threads; the event loop's is 0. Ten apart, one has nine
# tenths of a processor that both want (sched(7)).
NICENESS, EDIT_NICENESS = 15, 5
# Seconds after which a thread that computes in Python is asked to let another one run. A request
# waits for the interpreter's lock several times: at the default of 5 ms, two busy lanes make it
# slow.
SWITCH_S = 0.0005

Result = TypeVar("Result")


def lane(name: str, threads: int, niceness: int = NICENESS) -> ThreadPoolExecutor:
    """Return an executor whose threads yield the processor to the event loop."""
    begin = partial(yield_processor, niceness)
    return ThreadPoolExecutor(threads, thread_name_prefix=name, initializer=begin)


class Lane:
    """A lane whose work waits in two queues: what somebody waits for goes before the rest."""

    def __init__(self, name: str, threads: int, niceness: int = NICENESS) -> None:
        self.threads = threads
        self.busy = 0  # threads that work
        self._executor = lane(name, threads, niceness)
        self._lock = threading.Lock()
        self._first = deque[tuple[Future[Any], Callable[[], Any]]]()
        self._others = deque[tuple[Future[Any], Callable[[], Any]]]()

    def submit(self, call: Callable[[], Result], *, first: bool = False) -> Future[Result]:
        """Run `call` once a thread is free; with `first` before whatever waits without it."""
        future = Future[Result]()
        with self._lock:
            (self._first if first else self._others).append((future, call))
        self._executor.submit(self._run_next)
        return future

    @property
    def waiting(self) -> int:
        """Return the number of calls that no thread has begun."""
        return len(self._first) + len(self._others)

    def close(self) -> None:
        """Cancel what waits, and end the threads once what runs has ended; does not wait."""
        with self._lock:
            waiting = [*self._first, *self._others]
        for future, _ in waiting:
            future.cancel()
        self._executor.shutdown(wait=False, cancel_futures=True)

    def _run_next(self) -> None:
        with self._lock:
            future, call = (self._first or self._others).popleft()
            self.busy += 1
        try:
            if future.set_running_or_notify_cancel():
                future.set_result(call())
        except BaseException as error:
            future.set_exception(error)
        finally:
            with self._lock:
                self.busy -= 1


def share_interpreter() -> None:
    """Let threads take turns at the interpreter often enough for an event loop among them."""
    sys.setswitchinterval(SWITCH_S)
