"""A value that is made at its first use and kept; a failure to make it is kept for a while, too."""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import Generic, Literal, TypeVar

from pipeline.core.control import Check, unchecked
from pipeline.core.errors import ModelUnavailable

log = logging.getLogger(__name__)

RETRY_S = 600.0  # seconds after a failure in which nobody tries again
POLL_S = 0.1  # seconds between two checks of one who waits
TOLD_S = 1.0  # seconds of waiting after which the log says for what
MAX_REASON_CHARS = 300

Value = TypeVar("Value")
State = tuple[Literal["pending", "ready", "failed"], str]  # and why it failed


class LazyValue(Generic[Value]):
    """A value that `load` makes once, for any number of threads.

    Each value is made in a thread of its own: a load of minutes delays only those who need its
    result, and they can show meanwhile that they live, and give up.
    """

    def __init__(
        self,
        load: Callable[[], Value],
        *,
        name: str = "value",
        retry_s: float = RETRY_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Make the value with `load`; `name` says in the log what is waited for."""
        self._load = load
        self.name = name
        self._retry_s = retry_s
        self._clock = clock
        self._lock = threading.Lock()  # never held while `load` runs
        self._attempt: Future[Value] | None = None  # under way, or successful
        self._failure: ModelUnavailable | None = None
        self._retry_at = 0.0

    @property
    def state(self) -> State | None:
        """Return how far it is; None: nobody has needed it."""
        with self._lock:
            if self._attempt is not None:
                return "ready" if self._attempt.done() else "pending", ""
            return None if self._failure is None else ("failed", str(self._failure))

    def get(self, check: Check = unchecked) -> Value:
        """Return the value, after making it if necessary; calls `check` while waiting for it.

        Raises what `check` raises, and what `load` raises; for `retry_s` seconds after that,
        ModelUnavailable at once.
        """
        attempt = self.begin()
        try:
            self._await(attempt, check)
            return attempt.result()
        finally:
            del attempt  # an error's traceback leads to this frame: no circle

    def begin(self) -> "Future[Value]":
        """Start to make the value, unless that is under way, done, or failed a short time ago."""
        with self._lock:
            if self._attempt is not None:
                return self._attempt
            attempt: Future[Value] = Future()
            if self._failure is not None and self._clock() < self._retry_at:
                attempt.set_exception(type(self._failure)(str(self._failure)))
                return attempt
            self._attempt = attempt
        threading.Thread(target=self._make, args=(attempt,), name=f"load {self.name}").start()
        return attempt

    def forget_failure(self) -> None:
        """Let the next `get` try again, however recent the failure is."""
        self._retry_at = 0.0

    def _await(self, attempt: "Future[Value]", check: Check) -> None:
        """Call `check` until the attempt has ended. Raises what `check` raises."""
        began, is_told = time.monotonic(), False
        while not attempt.done():
            check()
            wait([attempt], POLL_S)
            if not is_told and time.monotonic() - began > TOLD_S:
                log.info("waiting until the %s is loaded", self.name)
                is_told = True

    def _make(self, attempt: "Future[Value]") -> None:
        try:
            value = self._load()
        except BaseException as error:  # whatever it is: without an end, others wait for ever
            # The text, not the error: its traceback would hold what was loaded so far in memory.
            kind = type(error) if isinstance(error, ModelUnavailable) else ModelUnavailable
            with self._lock:
                self._failure, self._retry_at = kind(describe(error)), self._clock() + self._retry_s
                self._attempt = None
            attempt.set_exception(error)
            del attempt  # an error's traceback leads to this frame: no circle
        else:
            attempt.set_result(value)


def states(holder: object) -> dict[str, State]:
    """Return the states of an object's values that somebody has needed, by their names."""
    parts = [part for part in vars(holder).values() if isinstance(part, LazyValue)]
    return {part.name: state for part in parts if (state := part.state)}


def describe(error: BaseException) -> str:
    """Return the first line of an error; its class, too, if the error is not the pipeline's own."""
    text = str(error) if isinstance(error, ModelUnavailable) else f"{type(error).__name__}: {error}"
    return next(iter(text.strip().splitlines()), type(error).__name__)[:MAX_REASON_CHARS]
