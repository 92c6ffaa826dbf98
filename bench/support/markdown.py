"""Writes rows as a Markdown table."""

from collections.abc import Mapping, Sequence

Rows = Sequence[Mapping[str, object]]


def columns_of(rows: Rows) -> list[str]:
    """Return the columns of a table; spreads and nested data are in the JSON alone."""
    nested = {key for row in rows for key, value in row.items() if isinstance(value, dict)}
    keys = dict.fromkeys(key for row in rows for key in row)
    return [key for key in keys if key not in nested and not key.endswith((" low", " high"))]


def table(rows: Rows) -> str:
    """Write rows as a Markdown table; a spread stands behind its median."""
    keys = columns_of(rows)
    lines = ["| " + " | ".join(keys) + " |", "|" + "---|" * len(keys)]
    lines += ["| " + " | ".join(_spread(row, key) for key in keys) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def _spread(row: Mapping[str, object], key: str) -> str:
    low, high = row.get(f"{key} low"), row.get(f"{key} high")
    range_ = "" if low == high else f" ({_cell(low)}–{_cell(high)})"
    return _cell(row.get(key, "")) + range_


def _cell(value: object) -> str:
    """Write a cell; three digits are enough for what was measured."""
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return str(value).replace("|", "\\|")
