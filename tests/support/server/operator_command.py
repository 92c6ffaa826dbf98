"""Runs klipfast-server as an operator does, and klipfast as a person does."""

import asyncio
import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Timer
from typing import Any

import forked
from caller import Caller
from project_paths import ROOT

from klipfast_server.core.config import Config

ON_TERMINAL_S = 60.0  # until a program on a terminal is killed
COMMAND_S = 180.0  # more than any command takes on a machine that does other things

OWN = {  # for a Python of this tree, and commands without anybody's login
    "PATH": "/usr/bin:/bin",
    "PYTHONPATH": f"{ROOT}:{ROOT / 'client'}",
    "XDG_CONFIG_HOME": "/nowhere",
}
AT_START = {"PYTHONPATH", "ATEN_CPU_CAPABILITY"}  # a fork would not look at them

Completed = subprocess.CompletedProcess[str]


def environ_of(config: Config) -> dict[str, str]:
    """The test's database and data folder."""
    return {
        "PATH": "/usr/bin:/bin",
        "KLIPFAST_DATABASE_URL": config.database.url,
        "KLIPFAST_DATA_DIR": str(config.server.data_dir),
    }


def command(config: Config, *arguments: str, **environ: str) -> Completed:
    """Run python -m klipfast_server against the test's database and data folder."""
    return run(environ_of(config) | environ, *arguments)


def run(environ: dict[str, str], *arguments: str, before: Sequence[str] = ()) -> Completed:
    """Run python -m klipfast_server, by a program that is named `before` it."""
    environ = {"PATH": "/usr/bin:/bin", "HOME": os.environ.get("HOME", "/")} | environ
    if not before and not AT_START & environ.keys():
        return forked.run(arguments, environ=environ, module="klipfast_server", timeout_s=COMMAND_S)
    return subprocess.run(
        [*before, sys.executable, "-m", "klipfast_server", *arguments],
        capture_output=True,
        text=True,
        timeout=COMMAND_S,
        cwd=ROOT,
        check=False,
        env=environ,
    )


def on_terminal(
    words: Sequence[str],
    environ: Mapping[str, str],
    *answers: tuple[str, str | Callable[[], object]],
) -> tuple[int, str]:
    """Run Python with `words` on a terminal; return its exit code, and the screen.

    `answers`: once a pattern is on the screen, a text is typed, or a function called.
    """
    ours, its = pty.openpty()
    with subprocess.Popen(
        [sys.executable, *words],
        stdin=its,
        stdout=its,
        stderr=its,
        cwd=ROOT,
        env=OWN | dict(environ),
        start_new_session=True,
    ) as process:
        os.close(its)
        screen = b""
        end = Timer(ON_TERMINAL_S, process.kill)
        end.start()
        with suppress(OSError):  # the terminal goes with its last program
            for question, answer in answers:
                while not re.search(question, screen.decode(errors="replace"), re.DOTALL):
                    screen += os.read(ours, 4096)
                if isinstance(answer, str):
                    os.write(ours, answer.encode())
                else:
                    answer()
            while some := os.read(ours, 4096):
                screen += some
        code = process.wait(60)
        end.cancel()
    os.close(ours)
    return code, screen.decode()


# A shell's background jobs ignore SIGINT.
MAIN = """
import signal
import sys

from klipfast_server.cli.commands import main

signal.signal(signal.SIGINT, signal.default_int_handler)
sys.exit(main())
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """How a call ended."""

    code: int | None
    out: str
    err: str

    def json(self) -> Any:
        """Its output, which is one line of JSON alone."""
        assert self.out.count("\n") == 1, self.out
        assert self.err == ""
        return json.loads(self.out)


Call = Callable[..., Awaitable[Done]]


def environment(caller: Caller) -> dict[str, str]:
    """What names the server and the caller's key."""
    return {"KLIPFAST_SERVER": str(caller.client.make_url("/")), "KLIPFAST_KEY": caller.key}


async def called(*words: str, environ: dict[str, str], cwd: Path = ROOT, typed: str = "") -> Done:
    """A call that has ended; `typed` is its standard input."""
    run = partial(forked.run, words, code=MAIN, environ=OWN | environ, cwd=cwd, typed=typed)
    done = await asyncio.to_thread(run)
    return Done(code=done.returncode, out=done.stdout, err=done.stderr)
