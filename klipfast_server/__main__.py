"""python -m klipfast_server: see klipfast_server.cli.server_commands."""

import sys

from klipfast_server.cli.server_commands import main

if __name__ == "__main__":
    sys.exit(main())
