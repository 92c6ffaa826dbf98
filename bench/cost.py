"""Estimates what an hour of talk costs on machines of clouds, from measured processor time.

The least is the processor time alone, as on a machine that always has other jobs to do; the most is
the time that the job took with all processors of the machine that measured it paid for. Both assume
that a cloud's processor is as fast as one of that machine. Nothing is estimated for graphics cards:
none was measured.
"""

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.support.report import RESULTS, keep, quick, show

PRICES = Path(__file__).with_name("prices.toml")
HOUR_S = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """A machine that can be rented."""

    cloud: str
    name: str
    region: str
    vcpus: int
    gpus: int
    per_hour: float  # in `currency`
    currency: str
    date: str  # of the price
    source: str

    def price(self, cpu_s: float) -> float:
        """Return what this much processor time costs, in `currency`."""
        return cpu_s / HOUR_S * self.per_hour / self.vcpus


def read(path: Path = PRICES) -> list[Instance]:
    """Read the machines. Raises ValueError, which names the machine and what is wrong."""
    found = []
    for entry in tomllib.loads(path.read_text())["instance"]:
        name = entry.get("name", "?")
        try:
            instance = Instance(**entry)
        except TypeError as error:
            raise ValueError(f"{path}: {name}: {error}") from error
        if instance.vcpus < 1 or instance.per_hour <= 0:
            raise ValueError(f"{path}: {name}: vcpus and per_hour must be greater than 0")
        found.append(instance)
    return found


def jobs() -> list[dict[str, Any]]:
    """Return the measured jobs: whose, minutes of source, clips, processor time and wall time."""
    made: list[dict[str, Any]] = []
    for row in _rows("growth"):
        if row["number of clips"] != "the product's own":
            continue
        made.append({"side": "KlipFast", "source min": row["minutes"], **_cost(row)})
    for row in _rows("job"):
        made.append({"side": row["side"], "source min": row["source s"] / 60, **_cost(row)})
    return made


def _rows(name: str) -> list[dict[str, Any]]:
    path = RESULTS / f"{name}.json"
    rows: list[dict[str, Any]] = json.loads(path.read_text())["rows"] if path.exists() else []
    return rows


def _cost(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"clips": row["clips"], "CPU s": row["CPU s"], "s": row["s"]}


def estimate(
    measured: Sequence[Mapping[str, Any]], instances: Sequence[Instance], cores: int
) -> list[dict[str, object]]:
    """Return a row per job and machine without a card: cost of an hour of source, from and to."""
    rows: list[dict[str, object]] = []
    for job in measured:
        hours = job["source min"] / 60
        for instance in instances:
            if instance.gpus:
                continue
            rows.append(
                {
                    "side": job["side"],
                    "source min": round(job["source min"], 1),
                    "clips": job["clips"],
                    "CPU s a source hour": job["CPU s"] / hours,
                    "machine": f"{instance.cloud} {instance.name}",
                    "currency": instance.currency,
                    "cost from": instance.price(job["CPU s"] / hours),
                    "cost to": instance.price(job["s"] * cores / hours),
                }
            )
    return rows


def main() -> None:
    """Estimate from the results that are here; raises SystemExit without any."""
    measured, instances = jobs(), read()
    if not measured:
        raise SystemExit("bench.cost: neither growth.json nor job.json is in bench/results")
    source = next(n for n in ("growth", "job") if (RESULTS / f"{n}.json").exists())
    cores = json.loads((RESULTS / f"{source}.json").read_text())["machine"]["cores"]
    rows = estimate(measured, instances, cores)
    show("Cost of an hour of talk", rows)
    prices = [
        {
            "machine": f"{i.cloud} {i.name}",
            "region": i.region,
            "vCPUs": i.vcpus,
            "cards": i.gpus,
            "an hour": f"{i.per_hour:g} {i.currency}",
            "date": i.date,
            "source": i.source,
        }
        for i in instances
    ]
    keep("cost", rows=rows, prices=prices, cores=cores, quick=quick(("growth", "job")))


if __name__ == "__main__":
    main()
