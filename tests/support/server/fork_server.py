"""A process that has imported the product and runs commands in forks of itself.

A command then starts in a tenth of a second instead of four. Started by `forked.py`, with the path
of a socket; it ends when its standard input is closed.
"""

import atexit
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import sys
import threading
import traceback
from contextlib import suppress
from typing import Any, NoReturn

IMPORTED = (
    "klipfast_server.cli.server_commands",
    "klipfast_server.cli.commands",
    "klipfast_server.app",
)
DESCRIPTORS = 3  # standard input, output and error
MAX_REQUEST = 1_000_000  # bytes


def main() -> None:
    path, root = sys.argv[1:]
    sys.path[0] = root
    for name in IMPORTED:
        importlib.import_module(name)
    with suppress(ImportError):  # klipfast[mcp] may not be installed
        importlib.import_module("klipfast_server.mcp.serving")
    gc.freeze()  # so that a fork shares these pages
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # handlers are not waited for
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()
        print("ready", flush=True)
        while sys.stdin not in select.select([listener, sys.stdin], [], [])[0]:
            connection, _ = listener.accept()
            if os.fork() == 0:
                listener.close()
                _handle(connection)
                return
            connection.close()


def _handle(connection: socket.socket) -> None:
    """Run the command that the connection asks for, and answer its process ID and exit status."""
    data, descriptors, _, _ = socket.recv_fds(connection, MAX_REQUEST, DESCRIPTORS)
    while not data.endswith(b"\n"):
        data += connection.recv(MAX_REQUEST)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    pid = os.fork()
    if pid == 0:
        connection.close()
        for number, descriptor in enumerate(descriptors):
            os.dup2(descriptor, number)
            os.close(descriptor)
        _run(json.loads(data))
        return
    for descriptor in descriptors:
        os.close(descriptor)
    connection.sendall(f"{pid}\n".encode())
    threading.Thread(target=_end_with, args=(connection, pid), daemon=True).start()
    _, status = os.waitpid(pid, 0)
    connection.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())
    os._exit(0)


def _end_with(connection: socket.socket, pid: int) -> None:
    """End the command if who asked for it has gone."""
    with suppress(OSError):
        if not connection.recv(1):
            os.kill(pid, signal.SIGKILL)


def _run(request: dict[str, Any]) -> None:
    """Be `python -m MODULE WORDS` or `python -c CODE WORDS`, and end this process."""
    os.environ.clear()
    os.environ.update(request["environ"])
    os.chdir(request["cwd"])
    sys.argv[1:] = request["words"]
    code: object = 0
    try:
        if request["module"]:
            sys.path[0] = request["cwd"]
            runpy.run_module(request["module"], run_name="__main__", alter_sys=True)
        else:
            sys.argv[0] = "-c"
            exec(request["code"], {"__name__": "__main__"})
    except SystemExit as end:
        code = end.code
    except BaseException:
        traceback.print_exc()
        code = 1
    _end(code)


def _end(code: object) -> NoReturn:
    """End as the interpreter does, but without its taking half a million objects apart."""
    if code is not None and not isinstance(code, int):
        print(code, file=sys.stderr)
        code = 1
    threading._shutdown()  # type: ignore[attr-defined]  # waits for threads, as at every end
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code or 0)


if __name__ == "__main__":
    main()
