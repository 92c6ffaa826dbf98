"""klipfast login and logout."""

import argparse
import asyncio
import getpass
import os
import sys
from asyncio import to_thread

from klipfast_client import Client
from klipfast_server.cli import client_commands, saved_login
from klipfast_server.cli.client_commands import show


def login(call: argparse.Namespace) -> None:
    """Save a server's address and your key, for the other commands.

    Asks on a terminal for what no option names; else the key is a line of stdin.
    """
    try:
        _ask(call)
    except EOFError:  # Ctrl-D
        raise KeyboardInterrupt from None
    call.run = _save
    asyncio.run(client_commands.run(call))


def _ask(call: argparse.Namespace) -> None:
    is_terminal = sys.stdin.isatty()
    if call.server is None:
        server = saved_login.find(None, "").server
        call.server = (input(f"Server [{server}]: ").strip() if is_terminal else "") or server
    if call.key is None:
        call.key = (getpass.getpass("Key: ") if is_terminal else sys.stdin.readline()).strip()


async def _save(call: argparse.Namespace, client: Client) -> None:
    plan = (await client.usage()).plan
    await to_thread(saved_login.write, saved_login.Login(server=call.server, key=call.key))
    path = str(saved_login.file())
    show(
        call, {"server": call.server, "file": path}, f"{call.server}, plan {plan}: saved in {path}"
    )
    for name in ("KLIPFAST_SERVER", "KLIPFAST_KEY"):
        if os.environ.get(name):
            print(f"{name} is set, and takes precedence", file=sys.stderr)


def logout(_call: argparse.Namespace) -> None:
    """Delete what klipfast login saved."""
    saved_login.file().unlink(missing_ok=True)
