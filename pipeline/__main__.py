"""python -m pipeline: see pipeline.cli.commands."""

import sys

from pipeline.cli.commands import main

if __name__ == "__main__":
    sys.exit(main())
