"""Runs klipfast-server as an operator does."""

import os
import pty
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress

import forked
from project_paths import ROOT

from klipfast_server.core.config import Config

COMMAND_S = 180.0  # more than any command takes on a machine that does other things

Completed = subprocess.CompletedProcess[str]


def _environ(config: Config) -> dict[str, str]:
    """The test's database and data folder."""
    return {
        "PATH": "/usr/bin:/bin",
        "KLIPFAST_DATABASE_URL": config.database.url,
        "KLIPFAST_DATA_DIR": str(config.server.data_dir),
    }


def command(config: Config, *arguments: str, **environ: str) -> Completed:
    """Run python -m klipfast_server against the test's database and data folder."""
    environ = _environ(config) | environ
    if "PYTHONPATH" not in environ:  # which a fork would not look at
        return forked.run(arguments, environ=environ, module="klipfast_server", timeout_s=COMMAND_S)
    return subprocess.run(
        [sys.executable, "-m", "klipfast_server", *arguments],
        capture_output=True,
        text=True,
        timeout=COMMAND_S,
        cwd=ROOT,
        check=False,
        env=environ,
    )


def on_terminal(config: Config, *arguments: str, question: str, typed: str) -> tuple[int, str]:
    """Run it on a terminal, and type something once it has asked; its exit code, and the screen."""
    ours, its = pty.openpty()
    environ: Mapping[str, str] = _environ(config)
    with subprocess.Popen(
        [sys.executable, "-m", "klipfast_server", *arguments],
        stdin=its,
        stdout=its,
        stderr=its,
        cwd=ROOT,
        env=environ,
        start_new_session=True,
    ) as process:
        os.close(its)
        screen = b""
        with suppress(OSError):  # the terminal goes with its last program
            while question.encode() not in screen and (some := os.read(ours, 4096)):
                screen += some
            os.write(ours, typed.encode())
            while some := os.read(ours, 4096):
                screen += some
        code = process.wait(60)
    os.close(ours)
    return code, screen.decode()
