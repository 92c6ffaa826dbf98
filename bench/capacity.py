"""Simulates 1 to 1,000 machines with the stage times that were measured: `bench/support/fleet.py`.

Tells how many jobs they do, how long jobs wait and what a talk costs at what load, and at how many
machines Postgres, storage, the API server or a machine's network becomes the limit. What is not
measured is in bench/capacity.toml.
"""

import math
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from bench import cost, page
from bench.support.fleet import Model, Outcome, Shared, simulate
from bench.support.report import fast, keep, quick, show
from pipeline.highlights.selection import MAX_CLIPS, SPEECH_S_PER_CLIP

ASSUMPTIONS = Path(__file__).with_suffix(".toml")
OURS = "KlipFast"
QUICK_MACHINES = (1, 10, 100)
LISTENING = ("probe", "audio", "speech", "transcribe", "voices", "highlights")
ENCODING = ("look", "render")

NOTES = """A simulation, no measurement: machines with two cores each take jobs from one queue, as
workers do, and share a Postgres primary, a bucket and one server that answers the API. Stage times,
bytes and the database's work a job are the measured ones of this page; a machine that listens and
encodes at the same time does both more slowly, as measured under *Recognition*. Jobs come at random
(Poisson). The load is the share of the jobs that the machines could do at most; a job waits until a
machine listens to it."""


class Unmeasured(Exception):
    """Raised if a result that the model needs is not there."""


def need(found: Mapping[str, Any], name: str) -> Any:
    """Return a result. Raises Unmeasured."""
    if name not in found:
        raise Unmeasured(f"bench/results/{name}.json is not there: run python -m bench.{name}")
    return found[name]


def job_row(found: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return our whole job of the longest talk."""
    rows = [row for row in need(found, "job")["rows"] if row["side"] == OURS]
    return max(rows, key=lambda row: float(row["source s"]))


def parameters(found: Mapping[str, Any]) -> dict[str, float]:
    """Return what the model takes from measurements: seconds, bytes and factors."""
    row = job_row(found)
    minutes, clips = row["source s"] / 60, row["clips"]
    stages = row["stages"]
    beside = next((r for r in need(found, "asr")["beside"] if r["engine"] == OURS), None)
    if beside is None:
        raise Unmeasured("asr.json has no run of ours beside an encode")
    of = {r["of"]: r for r in need(found, "database")["rows"]}
    steps = 3 + of["a job"]["clips"]
    api = {r["server"]: r for r in need(found, "api")["rows"]}
    return {
        "listening, s a minute of talk": sum(stages.get(s, 0.0) for s in LISTENING) / minutes,
        "a clip, s": sum(stages.get(s, 0.0) for s in ENCODING) / clips,
        "texts, s": stages.get("write", 0.0),
        "listening beside an encode, times": max(1.0, beside["beside s"] / beside["alone s"]),
        "a clip beside listening, times": max(
            1.0, beside["encoder alone frames/s"] / beside["encoder beside frames/s"]
        ),
        "a clip, MB": row["MB a clip minute"] * row["clip s"] / clips / 60,
        "Postgres, ms a step of a job": of["a job"]["active_ms"] / steps,
        "Postgres, transactions a step of a job": of["a job"]["transactions"] / steps,
        "Postgres, ms a second and machine without jobs": of["a second without a job"]["active_ms"],
        "API, ms a request": api["ours, idle"]["p50 ms"],
    }


def length_sampler(talks: Mapping[str, float]) -> Any:
    """Return a function that draws the minutes of a talk from a log-normal distribution."""
    middle = math.log(talks["median_minutes"])
    sigma = math.sqrt(2 * math.log(talks["mean_minutes"] / talks["median_minutes"]))

    def draw(random: Random) -> float:
        return min(random.lognormvariate(middle, sigma), talks["longest_minutes"])

    return draw


def clips_of(minutes: float) -> int:
    """Return how many clips the product makes of a talk that is all speech."""
    return max(1, min(MAX_CLIPS, int(minutes * 60 / SPEECH_S_PER_CLIP)))


def model(measured: Mapping[str, float], assumed: Mapping[str, Any], machines: int) -> Model:
    """Build the model of so many machines, with all jobs there at the beginning."""
    storage, nic = assumed["storage"], assumed["machine"]["nic_mbit_per_s"]
    mbit_per_s = min(nic, storage["gbit_per_s"] * 1000 / storage["streams"])
    return Model(
        machines=machines,
        jobs_at_once=assumed["machine"]["jobs_at_once"],
        jobs=assumed["run"]["jobs_per_machine"] * max(machines, 20),
        arrivals_per_s=None,
        talk_minutes=length_sampler(assumed["talks"]),
        listen_s=measured["listening, s a minute of talk"],
        clips=clips_of,
        clip_s=measured["a clip, s"],
        write_s=measured["texts, s"],
        listen_stretch=measured["listening beside an encode, times"],
        clip_stretch=measured["a clip beside listening, times"],
        source_s=assumed["talks"]["mb_per_minute"] * 8 / mbit_per_s,
        upload_s=measured["a clip, MB"] * 8 / mbit_per_s,
        database_s=measured["Postgres, ms a step of a job"] / 1000,
        request_s=measured["API, ms a request"] / 1000,
        poll_s=assumed["api"]["poll_s"],
        shared=(
            Shared(name="postgres", at_once=assumed["postgres"]["cores"]),
            Shared(name="storage", at_once=storage["streams"]),
            Shared(name="api", at_once=1),
        ),
    )


def fleet_row(outcome: Outcome, machines: int, idle_postgres: float) -> dict[str, object]:
    """Return the row of a fleet that always has jobs waiting."""
    busy = dict(outcome.busy)
    busy["postgres"] += idle_postgres * machines
    fullest = max(busy, key=lambda name: busy[name])
    return {
        "machines": machines,
        "jobs an hour": outcome.jobs_per_s * 3600,
        "hours of talk an hour": outcome.minutes_per_s * 60,
        **{f"{name} busy": share for name, share in busy.items()},
        "the limit": fullest,
    }


def limits(one: Outcome, idle_postgres: float, nic_share: float) -> list[dict[str, object]]:
    """Return at how many machines each shared thing is full, from the share that one uses."""
    rows: list[dict[str, object]] = []
    for name in ("postgres", "storage", "api"):
        share = one.busy[name] + (idle_postgres if name == "postgres" else 0.0)
        rows.append(
            {
                "what": name,
                "% that one busy machine uses": 100 * share,
                "full at machines": math.floor(1 / share) if share > 0 else "never",
            }
        )
    rows.append(
        {
            "what": "a machine's own network",
            "% that one busy machine uses": 100 * nic_share,
            "full at machines": "1" if nic_share >= 1 else "never: it grows with them",
        }
    )
    return rows


def loaded(base: Model, load: float, most_per_s: float, seed: int) -> Outcome:
    """Run a model whose jobs come at random at a share of what it can do."""
    jobs = max(2000, base.jobs * 2)
    return simulate(replace(base, arrivals_per_s=load * most_per_s, jobs=jobs), seed)


def load_row(outcome: Outcome, base: Model, load: float, per_hour: float) -> dict[str, object]:
    """Return the row of a fleet under load; `per_hour` is the price of one machine."""
    waits = np.array(outcome.waits_s)[len(outcome.waits_s) // 10 :]  # the first find it empty
    hours = outcome.minutes_per_s * 60
    return {
        "machines": base.machines,
        "load": load,
        "jobs an hour": outcome.jobs_per_s * 3600,
        "wait p50 s": float(np.percentile(waits, 50)),
        "wait p95 s": float(np.percentile(waits, 95)),
        "listening lanes busy": outcome.busy["listening lanes"],
        "encoding lanes busy": outcome.busy["encoding lanes"],
        "cost a source hour": per_hour * base.machines / hours,
    }


def main() -> int:
    """Simulate and save; 1 if a result is missing."""
    assumed = tomllib.loads(ASSUMPTIONS.read_text())
    found = page.results()
    try:
        measured = parameters(found)
    except Unmeasured as error:
        print(f"bench.capacity: {error}", file=sys.stderr)
        return 1
    seed = assumed["run"]["seed"]
    instance = cost.read()[0]
    cores = need(found, "job")["machine"]["cores"]
    per_hour = instance.per_hour / instance.vcpus * cores
    idle = measured["Postgres, ms a second and machine without jobs"] / 1000
    idle /= assumed["postgres"]["cores"]
    fleets, saturated = [], {}
    for machines in QUICK_MACHINES if fast() else assumed["run"]["machines"]:
        saturated[machines] = simulate(model(measured, assumed, machines), seed)
        fleets.append(fleet_row(saturated[machines], machines, idle))
        print(f"{machines} machines simulated", file=sys.stderr)
    one = saturated[1]
    mbit_per_s = one.minutes_per_s * assumed["talks"]["mb_per_minute"] * 8
    loads = []
    for machines in assumed["run"]["load_machines"]:
        base = model(measured, assumed, machines)
        for load in assumed["run"]["loads"]:
            outcome = loaded(base, load, saturated[machines].jobs_per_s, seed)
            loads.append(load_row(outcome, base, load, per_hour))
    full = limits(one, idle, mbit_per_s / assumed["machine"]["nic_mbit_per_s"])
    given = [
        {"parameter": f"[{part}] {name}", "value": value, "from": "assumed"}
        for part, values in assumed.items()
        if part != "run"
        for name, value in values.items()
    ]
    taken = [{"parameter": n, "value": v, "from": "measured"} for n, v in measured.items()]
    price = f"{instance.cloud} {instance.name}, for {cores} processors"
    given.append(
        {"parameter": f"an hour of a machine ({price})", "value": per_hour, "from": "price"}
    )
    show("Fleets that always have jobs", fleets)
    show("What is full first", full)
    show("Under load", loads)
    keep(
        "capacity",
        notes=NOTES,
        quick=quick(("job", "asr", "database", "api")),
        fleets=fleets,
        limits=full,
        loads=loads,
        parameters=[*taken, *given],
        shared=["listening lanes", "encoding lanes", "postgres", "storage", "api"],
        currency=instance.currency,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
