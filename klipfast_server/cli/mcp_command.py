"""klipfast mcp: serves the tools of KlipFast to assistants by the Model Context Protocol."""

import argparse
import socket
from pathlib import Path

from klipfast_server.cli import saved_login
from klipfast_server.cli.client_commands import check_address, check_key
from klipfast_server.cli.parsing import Command, Failed, UsageError, option, repeated

EXTRA = "klipfast mcp needs the Model Context Protocol SDK: pip install 'klipfast[mcp]'"
OF_THE_EXTRA = ("mcp", "mcp_types", "pydantic", "starlette", "uvicorn")


def run(call: argparse.Namespace) -> None:
    """Serve KlipFast to assistants (Model Context Protocol).

    Raises UsageError or Failed before anything is served.
    """
    login = saved_login.find(call.server, call.key)
    call.server, call.key = login.server, login.key
    check_address(call.server)
    if call.http is not None and call.files is not None:
        raise UsageError("--files is for stdin and stdout: over HTTP no files are read")
    if call.http is None and call.names:
        raise UsageError("--allow-host needs --http")
    if call.http is None:
        check_key(call.key)
    if call.files is not None and not call.files.is_dir():
        raise UsageError(f"--files: there is no folder {call.files}")
    try:
        # Not above: the SDK is an extra, and takes half a second to load.
        from klipfast_server.mcp import serving  # noqa: PLC0415 - see above
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in OF_THE_EXTRA:
            raise
        raise Failed(EXTRA) from error
    if call.http is None:
        serving.over_stdio(call.server, call.key, call.files or Path("/"))
    else:
        with _listening(*call.http) as bound:
            serving.over_http(call.server, bound, call.names)


def _listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens there. Raises Failed."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=128)
    except OSError as error:
        raise Failed(f"{host}:{port} cannot be listened to: {error.strerror or error}") from error


def _address(text: str) -> tuple[str, int]:
    """Read HOST:PORT; without a host it is this machine alone. Raises ArgumentTypeError."""
    host, colon, port = text.rpartition(":")
    if not colon or not port.isascii() or not port.isdigit() or int(port) > 65_535:
        raise argparse.ArgumentTypeError(f"{text!r} is not like 127.0.0.1:8765")
    return host.strip("[]") or "127.0.0.1", int(port)


COMMAND = Command(
    "mcp",
    run,
    option(
        "--http",
        "serve HTTP there, such as 127.0.0.1:8765, to callers with keys of their own (default: "
        "stdin and stdout, with KLIPFAST_KEY)",
        "HOST:PORT",
        type=_address,
    ),
    repeated(
        *("--allow-host", "names", "NAME"),
        "with --http: an allowed host name, such as the proxy's; repeatable",
    ),
    option(
        "--files",
        "without --http: submit_talk sends only files below this folder (default: any file that "
        "you may read)",
        "DIR",
        type=Path,
    ),
)
