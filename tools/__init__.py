"""Makes files of the repository: each module writes what its Makefile target names."""

import sys
from pathlib import Path

# what the tools share with the tests, which import it by its name alone
sys.path.append(str(Path(__file__).parents[1] / "tests" / "support"))
