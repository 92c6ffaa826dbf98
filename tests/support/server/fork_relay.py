"""Stands for a command that `fork_server.py` runs, where somebody else starts the process.

Arguments: the socket of the server, and the request as JSON. The command has this process's
streams and environment, ends with its exit code and gets its SIGTERM.
"""

import json
import os
import signal
import socket
import sys

path, request = sys.argv[1:]
whole = json.loads(request) | {"environ": dict(os.environ), "cwd": os.getcwd()}
with socket.socket(socket.AF_UNIX) as connection, connection.makefile() as answers:
    connection.connect(path)
    socket.send_fds(connection, [json.dumps(whole).encode() + b"\n"], [0, 1, 2])
    pid = int(answers.readline())
    signal.signal(signal.SIGTERM, lambda *_: os.kill(pid, signal.SIGTERM))
    for stream in (0, 1, 2):
        os.close(stream)  # else nobody sees that the command has closed them
    code = int(answers.readline())
os._exit(code if code >= 0 else 128 - code)
