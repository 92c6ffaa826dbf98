"""The goals for the figures that benchmarks measure, and how far each is met."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

BATCHED, OURS = "faster-whisper batched", "KlipFast"
SHIFT = "beside an encode, × real time"
Rows = Sequence[Mapping[str, Any]]
Goal = tuple[str, float, str, float, str]  # figure, its value, ≥ or ≤, bound, unit


def table(results: Mapping[str, Mapping[str, Any]]) -> list[dict[str, str]]:
    """Return a row per goal whose figure was measured; that of a quick run is called one."""
    rows = []
    for name, read in READERS.items():
        if name not in results:
            continue
        note = " (quick run)" if results[name]["machine"].get("fast") else ""
        for figure, value, sign, bound, unit in read(results[name]["rows"]):
            met = value >= bound if sign == "≥" else value <= bound
            short = f"{abs(value - bound) / abs(bound):.0%}" if bound else f"{value:.3g}"
            rows.append(
                {
                    "figure": figure + note,
                    "goal": f"{sign} {bound:g}{unit}",
                    "measured": f"{value:.3g}{unit}",
                    "": "met" if met else f"short by {short}",
                }
            )
    return rows


def _asr(rows: Rows) -> Iterator[Goal]:
    for row in rows:
        if row["engine"] == BATCHED and "s / ours" in row:
            figure = f"recognition of {row['file']}: times as fast as {BATCHED}"
            yield figure, row["s / ours"], "≥", 3.0, " ×"
    beside = {row["engine"]: row[SHIFT] for row in rows if SHIFT in row}
    if OURS in beside and BATCHED in beside:
        figure = f"recognition beside an encode: times as fast as {BATCHED}"
        yield figure, beside[OURS] / beside[BATCHED], "≥", 2.3, " ×"


def _render(rows: Rows) -> Iterator[Goal]:
    times = [row["ours is"] for row in rows if row["side"] == "ffmpeg"]
    if times:
        figure = "rendering: times as fast as ffmpeg with libass, the slowest row"
        yield figure, min(times), "≥", 1.15, " ×"


def _job(rows: Rows) -> Iterator[Goal]:
    ours = [row for row in rows if row["side"] == OURS]
    for row in rows:
        if row["side"].endswith("same spans and encoder"):
            figure = f"whole job of {row['file']}: times as fast as {row['side']}"
            yield figure, row["time ÷ ours"], "≥", 2.5, " ×"
        if row["side"] == f"{OURS}, as a command":
            yield f"{row['file']}: command ÷ warm job", row["÷ warm job"], "≤", 1.2, " ×"
    for row in ours:
        at = 100 * row["first clip at"]
        yield f"{row['file']}: first clip after this part of the job", at, "≤", 30, " %"
    levels = [abs(row[key] + 14) for row in ours for key in ("LUFS from", "LUFS to")]
    yield "loudness of clips, furthest from −14 LUFS", max(levels), "≤", 1, " LU"
    yield "true peak, loudest clip", max(row["peak dBTP"] for row in ours), "≤", -1, " dBTP"
    yield "planted moments torn", sum(row["torn"] for row in ours), "≤", 0, ""


def _growth(rows: Rows) -> Iterator[Goal]:
    for kind in dict.fromkeys(row["number of clips"] for row in rows):
        some = [row for row in rows if row["number of clips"] == kind]
        if len(some) > 1:
            slope = exponent([r["minutes"] for r in some], [r["s"] for r in some])
            yield f"exponent of time over length, clips: {kind}", slope, "≤", 1.05, ""
            memory = some[-1]["peak MiB"] / some[0]["peak MiB"]
            yield f"peak memory, longest ÷ shortest, clips: {kind}", memory, "≤", 1.2, ""
    yield "peak memory", max(row["peak MiB"] for row in rows) / 1024, "≤", 3, " GiB"


def exponent(lengths: Sequence[float], costs: Sequence[float]) -> float:
    """Return e of the power law cost = c · length^e that fits best in the logarithms."""
    return float(np.polyfit(np.log(lengths), np.log(costs), 1)[0])


def _api(rows: Rows) -> Iterator[Goal]:
    yield "API: p99 at 300 requests/s while a job runs", rows[-1]["p99 ms"], "≤", 50, " ms"
    yield "API: requests that failed", sum(row["failures"] for row in rows), "≤", 0, ""


READERS = {"asr": _asr, "render": _render, "job": _job, "growth": _growth, "api": _api}
