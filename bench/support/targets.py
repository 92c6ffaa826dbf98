"""The goals for the figures that benchmarks measure, and how far each is met."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

BATCHED = "faster-whisper batched"
OURS = "KlipFast"
Results = Mapping[str, Mapping[str, Any]]  # by name, as in bench/results


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A figure and its goal."""

    area: str
    figure: str
    value: float
    bound: float
    at_least: bool  # else at most
    unit: str = ""

    @property
    def met(self) -> bool:
        """Whether the goal is reached."""
        return self.value >= self.bound if self.at_least else self.value <= self.bound

    @property
    def verdict(self) -> str:
        """Say whether it is met, or by how much it is missed."""
        if self.met:
            return "met"
        if self.bound == 0:
            return f"short by {self.value:.3g}"
        return f"short by {abs(self.value - self.bound) / abs(self.bound):.0%}"

    def row(self) -> dict[str, str]:
        """Return the table row."""
        sign = "≥" if self.at_least else "≤"
        return {
            "area": self.area,
            "figure": self.figure,
            "goal": f"{sign} {self.bound:g}{self.unit}",
            "measured": f"{self.value:.3g}{self.unit}",
            "": self.verdict,
        }


def targets(results: Results) -> list[Target]:
    """Return every goal whose figure was measured; that of a quick run is called one."""
    readers = {"asr": _asr, "render": _render, "job": _job, "growth": _growth, "api": _api}
    found: list[Target] = []
    for name, read in readers.items():
        if name in results:
            quick = results[name].get("machine", {}).get("fast", False)
            note = " (quick run)" if quick else ""
            found += [replace(t, figure=t.figure + note) for t in read(results[name])]
    return found


def _asr(found: Mapping[str, Any]) -> Iterator[Target]:
    files = dict.fromkeys(row["file"] for row in found["speed"])
    for file in files:
        rows = {row["engine"]: row for row in found["speed"] if row["file"] == file}
        if isinstance(rows.get(BATCHED, {}).get("s / ours"), float):
            yield Target(
                area="recognition",
                figure=f"{file}: times as fast as {BATCHED}",
                value=rows[BATCHED]["s / ours"],
                bound=3.0,
                at_least=True,
                unit=" ×",
            )
    beside = {row["engine"]: row["beside s"] for row in found["beside"]}
    if BATCHED in beside and OURS in beside:
        yield Target(
            area="recognition",
            figure=f"beside an encode: times as fast as {BATCHED}",
            value=beside[BATCHED] / beside[OURS],
            bound=2.3,
            at_least=True,
            unit=" ×",
        )


def _render(found: Mapping[str, Any]) -> Iterator[Target]:
    rows = [row for row in found["rows"] if row["side"] == "ffmpeg"]
    if rows:
        yield Target(
            area="rendering",
            figure="times as fast as ffmpeg with libass, the slowest row",
            value=min(row["ours is"] for row in rows),
            bound=1.15,
            at_least=True,
            unit=" ×",
        )


def _job(found: Mapping[str, Any]) -> Iterator[Target]:
    ours = [row for row in found["rows"] if row["side"] == OURS]
    for row in found["rows"]:
        if row["side"].endswith("same spans and encoder"):
            yield Target(
                area="whole job",
                figure=f"{row['file']}: times as fast as {row['side']}",
                value=row["time ÷ ours"],
                bound=2.5,
                at_least=True,
                unit=" ×",
            )
    for row in ours:
        yield Target(
            area="whole job",
            figure=f"{row['file']}: first clip after this part of the job",
            value=100 * row["first clip at"],
            bound=30,
            at_least=False,
            unit=" %",
        )
    for row in found["cold"]:
        if row["command"] == OURS:
            yield Target(
                area="whole job",
                figure=f"{row['file']}: cold command ÷ warm job",
                value=row["÷ warm job"],
                bound=1.2,
                at_least=False,
                unit=" ×",
            )
    yield from _clips(ours)


def _clips(ours: list[Mapping[str, Any]]) -> Iterator[Target]:
    levels = [abs(row[key] + 14) for row in ours for key in ("LUFS from", "LUFS to")]
    yield Target(
        area="clips",
        figure="loudness, furthest from −14 LUFS",
        value=max(levels),
        bound=1,
        at_least=False,
        unit=" LU",
    )
    yield Target(
        area="clips",
        figure="true peak, loudest clip",
        value=max(row["peak dBTP"] for row in ours),
        bound=-1,
        at_least=False,
        unit=" dBTP",
    )
    yield Target(
        area="clips",
        figure="planted moments torn",
        value=sum(row["torn"] for row in ours),
        bound=0,
        at_least=False,
    )


def _growth(found: Mapping[str, Any]) -> Iterator[Target]:
    for law in found["laws"]:
        clips = law["number of clips"]
        for figure, key, bound in (
            ("exponent of time over length", "time", 1.05),
            ("peak memory, longest ÷ shortest", "peak memory", 1.2),
        ):
            yield Target(
                area="growth",
                figure=f"{figure}, clips: {clips}",
                value=law[key],
                bound=bound,
                at_least=False,
            )
    if not found["laws"]:  # a run that was interrupted
        return
    yield Target(
        area="growth",
        figure="peak memory",
        value=max(law["peak MiB"] for law in found["laws"]) / 1024,
        bound=3,
        at_least=False,
        unit=" GiB",
    )


def _api(found: Mapping[str, Any]) -> Iterator[Target]:
    busy = found["rows"][-1]
    yield Target(
        area="API",
        figure="p99 at 300 requests/s while a job runs",
        value=busy["p99 ms"],
        bound=50,
        at_least=False,
        unit=" ms",
    )
    yield Target(
        area="API",
        figure="requests that failed",
        value=sum(row["failures"] for row in found["rows"]),
        bound=0,
        at_least=False,
    )
