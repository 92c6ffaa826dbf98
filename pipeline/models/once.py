"""A value that is made at its first use and kept; a failure to make it is kept for a while, too."""

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from pipeline.core.errors import ModelUnavailable

RETRY_S = 600.0  # seconds after a failure in which nobody tries again
MAX_REASON_CHARS = 300

Value = TypeVar("Value")


class Once(Generic[Value]):
    """A value that `load` makes once, for any number of threads.

    Each value has its own lock, so a load of minutes delays only those who need its result.
    """

    def __init__(
        self,
        load: Callable[[], Value],
        *,
        retry_s: float = RETRY_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._load = load
        self._retry_s = retry_s
        self._clock = clock
        self._lock = threading.Lock()
        self._made: tuple[Value] | None = None
        self._failure = ""
        self._retry_at = 0.0

    def get(self) -> Value:
        """Return the value, after making it if necessary.

        Raises what `load` raises; for `retry_s` seconds after that, ModelUnavailable at once.
        """
        if self._made is None:
            with self._lock:
                if self._made is None:
                    self._made = (self._make(),)
        return self._made[0]

    def _make(self) -> Value:
        if self._failure and self._clock() < self._retry_at:
            raise ModelUnavailable(self._failure)
        try:
            return self._load()
        except Exception as error:
            # The text, not the error: its traceback would hold what was loaded so far in memory.
            self._failure = describe(error)
            self._retry_at = self._clock() + self._retry_s
            raise

    def forget_failure(self) -> None:
        """Let the next `get` try again, however recent the failure is."""
        self._retry_at = 0.0


def describe(error: Exception) -> str:
    """Return the first line of an error; its class, too, if the error is not the pipeline's own."""
    text = str(error) if isinstance(error, ModelUnavailable) else f"{type(error).__name__}: {error}"
    return next(iter(text.strip().splitlines()), type(error).__name__)[:MAX_REASON_CHARS]
