"""Benchmarks: each prints a table and writes bench/results/NAME.json with the machine's cores."""

import sys
from pathlib import Path

# what benchmarks share with the tests, which import it by its name alone
_SUPPORT = Path(__file__).parents[1] / "tests" / "support"
sys.path += [str(_SUPPORT), str(_SUPPORT / "films")]
