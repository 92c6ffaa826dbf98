"""Measures how long the event loop is held: by each step of a request, and by anything at all.

Between two awaits nothing else runs: no other request is answered, no event sent. A step is the
code of one request between two awaits. What holds the loop without being a step (a large answer
that is sent, a thread whose C code keeps the interpreter's lock) shows as lag alone. A step may be
long because others have the processor or the interpreter's lock: its processor time is its own.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Generator
from typing import Any, Generic, TypeVar

LAG_PERIOD_S = 0.02  # between two looks at the lag

Result = TypeVar("Result")


class Stepwise(Generic[Result]):
    """Awaits `work` and times its steps.

    `longest_s` is the longest so far; `longest_cpu_s` the most processor time of the loop's thread.
    """

    def __init__(self, work: Awaitable[Result]) -> None:
        self._work = work
        self.longest_s = self.longest_cpu_s = 0.0

    def __await__(self) -> Generator[Any, Any, Result]:
        """Pass on what `work` waits for, and what it gets (PEP 380), and time what is between."""
        steps = self._work.__await__()
        step: Callable[[Any], Any] = steps.send
        argument: Any = None
        while True:
            began, began_cpu = time.perf_counter(), time.thread_time()
            try:
                awaited = step(argument)
            except StopIteration as end:
                result: Result = end.value
                return result
            finally:
                self.longest_s = max(self.longest_s, time.perf_counter() - began)
                self.longest_cpu_s = max(self.longest_cpu_s, time.thread_time() - began_cpu)
            try:
                argument = yield awaited
                step = steps.send
            except BaseException as error:
                argument, step = error, steps.throw


async def watch_lag(observe: Callable[[float], None]) -> None:
    """Tell every LAG_PERIOD_S how many seconds late the loop is; never returns."""
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + LAG_PERIOD_S
        await asyncio.sleep(LAG_PERIOD_S)
        observe(max(0.0, loop.time() - due))
