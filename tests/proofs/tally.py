"""What a proof did and found: one row per kind of case, and what went wrong."""

import argparse
import asyncio
import sys
import time
from collections.abc import Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn


@dataclass
class Row:
    """How the cases of one kind ended."""

    passed: int = 0
    lost: int = 0  # work or answers that are gone, or differ
    stuck: int = 0  # what did not end in time
    leaked: int = 0  # files, rows, memory, … that nobody removes
    note: str = ""
    slowest_s: float = 0.0

    @property
    def cases(self) -> int:
        """Return how many there were."""
        return self.passed + self.lost + self.stuck + self.leaked


@dataclass
class Tally:
    """The rows by kind, and the faults in words."""

    rows: dict[str, Row] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)

    def row(self, kind: str) -> Row:
        """Return the row of a kind."""
        return self.rows.setdefault(kind, Row())

    def passed(self, kind: str) -> None:
        """Count a case that ended as it should."""
        self.row(kind).passed += 1

    def took(self, kind: str, seconds: float) -> None:
        """Note the longest of the times of a kind."""
        row = self.row(kind)
        row.slowest_s = max(row.slowest_s, seconds)
        row.note = f"≤ {row.slowest_s:.1f} s"

    def lost(self, kind: str, what: str) -> None:
        """Count a case whose work or answer is gone or wrong."""
        self.row(kind).lost += 1
        self._fault(kind, "lost", what)

    def stuck(self, kind: str, what: str) -> None:
        """Count a case that did not end in time."""
        self.row(kind).stuck += 1
        self._fault(kind, "stuck", what)

    def leaked(self, kind: str, what: str) -> None:
        """Count a case that left something behind."""
        self.row(kind).leaked += 1
        self._fault(kind, "leaked", what)

    def check(self, kind: str, holds: bool, what: str) -> bool:
        """Count a case as passed if `holds`, and else as lost; return `holds`."""
        if holds:
            self.passed(kind)
        else:
            self.lost(kind, what)
        return holds

    def clean(self, kind: str, found: Iterable[str]) -> None:
        """Count one case as passed if nothing is found, and else each find as a leak."""
        finds = list(found)
        for what in finds:
            self.leaked(kind, what)
        if not finds:
            self.passed(kind)

    def _fault(self, kind: str, how: str, what: str) -> None:
        fault = f"{how}: {kind}: {what}"
        if fault not in self.faults:
            self.faults.append(fault)
            print(fault, flush=True)

    def show(self, title: str) -> bool:
        """Print the table and the faults; return whether there were cases and no faults."""
        width = max((len(kind) for kind in (*self.rows, title)), default=0)
        print(f"\n{title:{width}}    cases   passed   lost  stuck leaked")
        total = Row()
        for kind, row in self.rows.items():
            print(_line(kind, row, width))
            total.passed, total.lost = total.passed + row.passed, total.lost + row.lost
            total.stuck, total.leaked = total.stuck + row.stuck, total.leaked + row.leaked
        total.note = f"{time.monotonic() - self.began:.0f} s"
        print(_line("all", total, width))
        print(*self.faults, sep="\n")
        return bool(total.cases) and not self.faults


def _line(kind: str, row: Row, width: int) -> str:
    counts = f"{row.cases:8,} {row.passed:8,} {row.lost:6,} {row.stuck:6,} {row.leaked:6,}"
    return f"{kind:{width}} {counts}  {row.note}".rstrip()


def run(
    prove: Callable[..., Coroutine[Any, Any, None]],
    *,
    parts: Iterable[str] = (),
    numbers: Mapping[str, int] | None = None,
) -> NoReturn:
    """Run a proof as its command line says, print the table, and exit: 0 if nothing is wrong.

    The module's docstring begins with the command. `parts` are what may be chosen, all by default;
    `numbers` are further arguments with their defaults. `prove` gets the tally and all of these.
    """
    about = sys.modules["__main__"].__doc__ or ""
    parser = argparse.ArgumentParser(
        description=about, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    if parts := list(parts):
        # With `choices`, an empty list would be none of them.
        parser.add_argument("parts", nargs="*", help=f"{', '.join(parts)}; all by default")
    for name, default in (numbers or {}).items():
        parser.add_argument(name, nargs="?", type=int, default=default, help=f"{default}")
    given = vars(parser.parse_args())
    if parts:
        given["parts"] = given["parts"] or parts
        if unknown := set(given["parts"]) - set(parts):
            parser.error(f"there is no part {', '.join(unknown)}, only {', '.join(parts)}")
    tally = Tally()
    asyncio.run(prove(tally, **given))
    sys.exit(0 if tally.show(about.split("`")[1]) else 1)
