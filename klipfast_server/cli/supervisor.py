"""Runs the server in a process of its own, and starts it again where it crashes or hangs.

Native code opens files that strangers made: it may crash the process, or never return. The server
ends itself where one of its stages hangs; this process notices what the server cannot: that it was
killed, or that its event loop no longer turns, by the heartbeat that it writes into a pipe. Jobs
lose nothing: their finished stages are stored.
"""

import contextlib
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from types import FrameType

import structlog

log = structlog.get_logger()

RESTART = 75  # exit code of a server that wants to be started again (EX_TEMPFAIL of sysexits.h)
HEARTBEAT_S = 1.0  # between two beats of the server
MIN_PAUSE_S = 0.5  # before the first restart; doubled with each crash that follows soon
MAX_PAUSE_S = 10.0  # jobs of others wait, too
STEADY_S = 60.0  # a server that has run this long starts with MIN_PAUSE_S again
DUMP_S = 3.0  # for a hanging server to write its stacks, before it is killed


def supervise(command: Sequence[str], *, stall_s: float, grace_s: float) -> int:
    """Run `command` until it ends by itself or is told to, and return its exit code.

    A server that cannot start ends with an error, and so does this function. But one that has run
    is started again whatever its error: after a crash its database may still be recovering.

    The command gets `--heartbeat FD` and writes into that pipe every HEARTBEAT_S. Signals to stop
    are passed on. `stall_s`: seconds without a beat after which it is killed; `grace_s`: seconds
    after a signal to stop.
    """
    stop = _Stop()
    pause_s, has_run = MIN_PAUSE_S, False
    while True:
        began = time.monotonic()
        code = _run_once(command, stop, stall_s=stall_s, grace_s=grace_s)
        is_steady = time.monotonic() - began > STEADY_S
        has_run = has_run or is_steady or code < 0 or code == RESTART
        if stop.is_asked() or code == 0 or not has_run:
            return code if code >= 0 else 128 - code
        if is_steady:
            pause_s = MIN_PAUSE_S
        log.error("server ended, starting it again", code=code, pause_s=pause_s)
        stop.wait(pause_s)
        if stop.is_asked():
            return 128 + stop.asked
        pause_s = min(2 * pause_s, MAX_PAUSE_S)


class _Stop:
    """The signal to stop that this process got, and the process that it is passed on to."""

    def __init__(self) -> None:
        self.asked = 0
        self.asked_at = 0.0
        self.process: subprocess.Popen[bytes] | None = None
        self._wake, self._woken = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._take)

    def _take(self, number: int, _frame: FrameType | None) -> None:
        self.asked, self.asked_at = self.asked or number, self.asked_at or time.monotonic()
        with contextlib.suppress(OSError):
            os.write(self._woken, b"\0")
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM if number == signal.SIGHUP else number)

    def is_asked(self) -> bool:
        """Whether a signal to stop has come."""
        return self.asked != 0

    def wait(self, seconds: float, *others: int) -> list[int]:
        """Wait for a signal or for input of the descriptors `others`; return those that have it."""
        ready, _, _ = select.select([self._wake, *others], [], [], max(0.0, seconds))
        if self._wake in ready:
            os.read(self._wake, 64)
        return [descriptor for descriptor in others if descriptor in ready]


def _run_once(command: Sequence[str], stop: _Stop, *, stall_s: float, grace_s: float) -> int:
    """Run the command once; return its exit code, negative for a signal."""
    beats, beat = os.pipe2(os.O_CLOEXEC)
    try:
        process = subprocess.Popen(
            [*command, "--heartbeat", str(beat)],
            pass_fds=(beat,),
            process_group=0,  # so that Ctrl-C reaches it once, from here
        )
    finally:
        os.close(beat)
    stop.process = process
    if stop.is_asked():  # the signal came before there was anything to pass it on to
        process.terminate()
    beat_at = time.monotonic()
    try:
        while process.poll() is None:
            if stop.wait(HEARTBEAT_S, beats):
                if not os.read(beats, 4096):  # the pipe is closed: the process is ending
                    return _end_of(process, grace_s)
                beat_at = time.monotonic()
            now = time.monotonic()
            if stop.is_asked() and now - stop.asked_at > grace_s:
                log.error("server does not stop, killing it", grace_s=grace_s)
                process.kill()
            elif now - beat_at > stall_s:
                log.error("server hangs, killing it", silent_s=round(now - beat_at, 1))
                process.send_signal(signal.SIGABRT)  # faulthandler writes where it hangs
                return _end_of(process, DUMP_S)
        return process.returncode
    finally:
        stop.process = None
        os.close(beats)


def _end_of(process: subprocess.Popen[bytes], within_s: float) -> int:
    try:
        return process.wait(within_s)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def server_command(words: Sequence[str]) -> list[str]:
    """Return the command that runs the server itself, with the options `words` of serve."""
    return [sys.executable, "-m", "klipfast_server", "serve", *words]
