"""Writes the table of bench/results/profile.json into docs/design/speed.md."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from bench.support.engines import ROOT
from bench.support.report import RESULTS

PAGE = ROOT / "docs/design/speed.md"
FIRST, LAST = "<!-- table of bench/results/profile.json -->\n", "<!-- end of the table -->\n"
MIN_SHARE = 0.005  # of the job; a smaller stage has no row


def table(kept: Mapping[str, Any]) -> str:
    """Return the stages of each job in Markdown, with the machine and its rates."""
    machine, rates = kept["machine"], kept["rates"]
    measured = ", ".join(f"{value:.0f} {unit}" for unit, value in rates.items() if value)
    lines = [
        f"Measured {machine['measured'][:10]} on {machine['cores']} cores, which reach {measured}:",
        "",
        "| file | stage | s | CPU s | share | limit, s | CPU time / limit | the limit is |",
        "|---|---|---|---|---|---|---|---|",
    ]
    rows: Sequence[Mapping[str, Any]] = kept["rows"]
    for row in rows:
        if row["share"] < MIN_SHARE:
            continue
        limit = f"{row['limit s']:.2f}" if "limit s" in row else ""
        ratio = f"{row['CPU ratio']:.2f}" if "CPU ratio" in row else ""
        lines.append(
            f"| `{row['file']}` | {row['stage']} | {row['s']:.1f} | {row['CPU s']:.1f} "
            f"| {row['share']:.1%} | {limit} | {ratio} | {row.get('limit is', '')} |"
        )
    return "\n".join(lines) + "\n"


def renewed(page: str, kept: Mapping[str, Any]) -> str:
    """Return the page with the present table. Raises ValueError if it has no place for one."""
    before, rest = page.split(FIRST)
    _, after = rest.split(LAST)
    return f"{before}{FIRST}\n{table(kept)}\n{LAST}{after}"


def renew() -> None:
    """Write the present table into the page."""
    kept = json.loads((RESULTS / "profile.json").read_text())
    PAGE.write_text(renewed(PAGE.read_text(), kept))
