"""Runs a call on a stranger's file in a short-lived process, with limits on memory and time.

Decoders and font engines are native code: a file may crash them, make them allocate without end,
or never return. That costs the small process here, not the one with the models and everybody's
jobs. The process answers in JSON: nothing of what it sends is executed.
"""

import contextlib
import errno
import multiprocessing
import resource
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from pipeline.core import errors, json_hooks
from pipeline.core.errors import Corrupt, SourceError

IDLE_S = 30.0
BROKEN = "The file is damaged, or made to do damage: "
# Loaded once, in the process that all are forked from: what is needed most, for each source.
PRELOADED = ("pipeline.media.first_look",)

Facts = TypeVar("Facts")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What the process may use: nets behind what is counted (docs/design/clocks.md)."""

    memory_bytes: int = 4 << 30  # address space; libraries reserve much and use little
    cpu_s: int = 180
    wall_s: float = 240.0  # less than `lanes.stall_s`


class _Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What the process sends: facts, or the name and the message of an error."""

    facts: msgspec.Raw = msgspec.Raw(b"null")
    error: str = ""
    message: str = ""


def examine_apart(
    examine: Callable[[Path], Facts],
    path: Path,
    kind: type[Facts],
    bounds: Bounds | None = None,
) -> Facts:
    """Return `examine(path)`, a `kind`; `examine` can be pickled, as functions of modules can.

    Raises the SourceErrors that it raises, and Corrupt where the process crashes or goes beyond its
    bounds.
    """
    bounds = bounds or Bounds()
    context = _context()
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_answer, args=(theirs, examine, path, bounds), daemon=True)
    with ours, contextlib.ExitStack() as stack:
        stack.callback(_end, process)
        with theirs:
            process.start()
        if not ours.poll(bounds.wall_s):
            raise Corrupt(f"{BROKEN}opening it takes longer than {bounds.wall_s:g} s.")
        try:
            answer = msgspec.json.decode(ours.recv_bytes(), type=_Answer)
        except EOFError:
            process.join()
            raise Corrupt(BROKEN + _explain(process.exitcode or 0)) from None
    _raise_error(answer)
    return msgspec.json.decode(answer.facts, type=kind, dec_hook=json_hooks.decode)


class Trials:
    """A process of its own that tries one thing after another with the content of a file.

    It ends where nothing is asked for IDLE_S, or nobody has this any more, and begins again with
    the next question.
    """

    def __init__(
        self, opened: Callable[[bytes], Callable[[bytes], None]], content: bytes, bounds: Bounds
    ) -> None:
        """`opened(content)`, in the process, returns what tries; it can be pickled.

        Of `bounds`, `wall_s` is for one question, and `cpu_s` for as long as the process lives.
        """
        self._opened, self._content, self._bounds = opened, content, bounds
        self._lock = threading.Lock()
        self._process: Any = None
        self._ours: Connection | None = None

    def ask(self, question: bytes) -> None:
        """Try something.

        Raises the SourceErrors that it raises, and Corrupt where the process crashes twice or goes
        beyond its bounds.
        """
        with self._lock:
            try:
                answer = self._asked(question)
            except (EOFError, OSError):  # it has ended meanwhile; or dies of this, a second time
                self._end()
                try:
                    answer = self._asked(question)
                except (EOFError, OSError):
                    self._process.join()
                    code = self._process.exitcode or 0
                    self._end()
                    raise Corrupt(BROKEN + _explain(code)) from None
        _raise_error(msgspec.json.decode(answer, type=_Answer))

    def _asked(self, question: bytes) -> bytes:
        if self._ours is None:
            self._begin()
        assert self._ours is not None
        self._ours.send_bytes(question)
        if not self._ours.poll(self._bounds.wall_s):
            self._end()
            raise Corrupt(f"{BROKEN}using it takes longer than {self._bounds.wall_s:g} s.")
        return self._ours.recv_bytes()

    def _begin(self) -> None:
        context = _context()
        self._ours, theirs = context.Pipe()
        with theirs:
            self._process = context.Process(
                target=_try_all, args=(theirs, self._opened, self._bounds), daemon=True
            )
            self._process.start()
        self._ours.send_bytes(self._content)

    def _end(self) -> None:
        if self._ours is not None:
            self._ours.close()
            _end(self._process)
        self._ours = None


def _context() -> Any:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(PRELOADED))
    return context


def _raise_error(answer: _Answer) -> None:
    if not answer.error:
        return
    known = getattr(errors, answer.error, None)
    if isinstance(known, type) and issubclass(known, SourceError):
        raise known(answer.message)
    raise OSError(answer.message)


def _end(process: Any) -> None:
    if process.pid is not None:
        process.kill()
        process.join()
        process.close()


def _explain(code: int) -> str:
    if code == -signal.SIGXCPU:
        return "opening it needs too much computation."
    return f"opening it ends the decoder ({signal.Signals(-code).name if code < 0 else code})."


def _answer(
    connection: Connection, examine: Callable[[Path], object], path: Path, bounds: Bounds
) -> None:
    """Run in the process."""
    _limit(bounds)
    connection.send_bytes(_answered(lambda: examine(path)))


def _try_all(
    connection: Connection, opened: Callable[[bytes], Callable[[bytes], None]], bounds: Bounds
) -> None:
    """Run in the process of Trials."""
    _limit(bounds)
    attempt = None
    with contextlib.suppress(EOFError):  # nobody asks any more
        content = connection.recv_bytes()
        while connection.poll(IDLE_S):
            question = connection.recv_bytes()
            attempt = attempt or opened(content)
            connection.send_bytes(_answered(partial(attempt, question)))


def _limit(bounds: Bounds) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (bounds.memory_bytes, bounds.memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (bounds.cpu_s, bounds.cpu_s + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # it writes no file
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _answered(call: Callable[[], object]) -> bytes:
    try:
        facts = msgspec.json.encode(call(), enc_hook=json_hooks.encode)
        answer = _Answer(facts=msgspec.Raw(facts))
    except SourceError as error:
        answer = _Answer(error=type(error).__name__, message=str(error))
    except (MemoryError, OSError) as error:  # FFmpeg's, too
        if isinstance(error, MemoryError) or error.errno == errno.ENOMEM:
            answer = _Answer(error="Corrupt", message=f"{BROKEN}opening it needs too much memory.")
        else:
            answer = _Answer(error="OSError", message=str(error))
    return msgspec.json.encode(answer)
