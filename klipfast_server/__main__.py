"""python -m klipfast_server: see klipfast_server.cli.server_commands."""

import sys


def main() -> int:
    """Run one subcommand and return the exit code."""
    # Not above: each process that opens a file (core.isolated_process) imports this module.
    from klipfast_server.cli import server_commands  # noqa: PLC0415 - see above

    return server_commands.main()


if __name__ == "__main__":
    sys.exit(main())
