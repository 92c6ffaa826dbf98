"""Simulates machines that take jobs from one queue and share database, storage and API server.

A job waits for a free place on a machine, fetches its source, listens, makes its clips one after
the other, uploads each, and writes its texts. A machine listens to one talk and encodes one clip at
a time; while it does both, each takes longer, as measured. What all machines share serves so many
at once; others wait in order. Knows nothing of how the figures were measured.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from random import Random
from typing import Any

import simpy

Steps = Generator[Any, Any, None]  # of a process: what it waits for, one after the other

CHUNK_MINUTES = 2.0  # of a talk, after which a listening machine sees whether it also encodes
MIDDLE = (0.25, 0.75)  # shares of finished jobs between which a saturated run is measured


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """Something that all machines use."""

    name: str
    at_once: int  # uses; others wait


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """Machines and the jobs that they get; times are those of a machine that does nothing else."""

    machines: int
    jobs_at_once: int  # of a machine
    jobs: int  # to simulate
    arrivals_per_s: float | None  # None: all are there at the beginning
    talk_minutes: Callable[[Random], float]
    listen_s: float  # a minute of talk
    clips: Callable[[float], int]  # of a talk of so many minutes
    clip_s: float  # a clip
    write_s: float = 0.0  # the texts
    listen_stretch: float = 1.0  # beside an encode
    clip_stretch: float = 1.0  # beside listening
    source_s: float = 0.0  # to fetch a minute of talk
    upload_s: float = 0.0  # a clip
    database_s: float = 0.0  # at each step of a job: claim, talk, every clip, texts
    request_s: float = 0.0  # of the API server's time
    poll_s: float = math.inf  # between a client's requests
    shared: tuple[Shared, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What happened."""

    waits_s: tuple[float, ...]  # of each job until a machine listens, in order of arrival
    jobs_per_s: float
    minutes_per_s: float  # of talk
    busy: dict[str, float]  # share of each lane and of each shared thing that was in use


@dataclass
class _Machine:
    listening: simpy.Resource
    encoding: simpy.Resource


@dataclass
class _Run:
    """A run under way."""

    model: Model
    random: Random
    env: simpy.Environment = field(default_factory=simpy.Environment)
    waits_s: dict[int, float] = field(default_factory=dict)
    used_s: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    finished: list[tuple[float, float, dict[str, float]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        model, env = self.model, self.env
        self.places = simpy.Store(env)
        machines = [
            _Machine(simpy.Resource(env), simpy.Resource(env)) for _ in range(model.machines)
        ]
        for _ in range(model.jobs_at_once):
            for machine in machines:
                self.places.put(machine)
        self.shared = {s.name: simpy.Resource(env, s.at_once) for s in model.shared}
        env.process(self.arrivals())

    def arrivals(self) -> Steps:
        """Let jobs arrive."""
        for number in range(self.model.jobs):
            if self.model.arrivals_per_s is not None:
                yield self.env.timeout(self.random.expovariate(self.model.arrivals_per_s))
            self.env.process(self.job(number, self.model.talk_minutes(self.random)))
        yield self.env.timeout(0)

    def job(self, number: int, minutes: float) -> Steps:
        """Do a job."""
        model, arrived_s = self.model, self.env.now
        machine: _Machine = yield self.places.get()
        taken_s = self.env.now
        yield from self.use("postgres", model.database_s)
        yield from self.use("storage", model.source_s * minutes)
        with machine.listening.request() as turn:
            yield turn
            self.waits_s[number] = self.env.now - arrived_s
            yield from self.listen(machine, minutes)
        yield from self.use("postgres", model.database_s)
        # where all jobs are there at the beginning, nobody has waited for them for hours
        asked_s = taken_s if model.arrivals_per_s is None else arrived_s
        for _ in range(model.clips(minutes)):
            yield from self.clip(machine)
            yield from self.use("storage", model.upload_s)
            yield from self.use("postgres", model.database_s)
            requests = (self.env.now - asked_s) / model.poll_s
            asked_s = self.env.now
            yield from self.use("api", requests * model.request_s)
        yield self.env.timeout(model.write_s)
        yield from self.use("postgres", model.database_s)
        yield self.places.put(machine)
        self.finished.append((self.env.now, minutes, dict(self.used_s)))

    def listen(self, machine: _Machine, minutes: float) -> Steps:
        """Transcribe a talk, more slowly while a clip is encoded."""
        left = minutes
        while left > 0:
            chunk = min(left, CHUNK_MINUTES)
            stretch = self.model.listen_stretch if machine.encoding.count else 1.0
            yield from self.spend("listening lanes", chunk * self.model.listen_s * stretch)
            left -= chunk

    def clip(self, machine: _Machine) -> Steps:
        """Make a clip, more slowly while a talk is transcribed."""
        with machine.encoding.request() as turn:
            yield turn
            stretch = self.model.clip_stretch if machine.listening.count else 1.0
            yield from self.spend("encoding lanes", self.model.clip_s * stretch)

    def use(self, name: str, seconds: float) -> Steps:
        """Use something shared for so long, once it is free."""
        if name in self.shared and seconds > 0:
            with self.shared[name].request() as turn:
                yield turn
                yield from self.spend(name, seconds)

    def spend(self, name: str, seconds: float) -> Steps:
        """Let time pass that counts as used."""
        yield self.env.timeout(seconds)
        self.used_s[name] += seconds


def simulate(model: Model, seed: int) -> Outcome:
    """Run until every job is finished; rates are those of the middle of the run."""
    run = _Run(model, Random(seed))
    run.env.run()
    first, last = (round(share * (len(run.finished) - 1)) for share in MIDDLE)
    (from_s, _, before), (to_s, _, after) = run.finished[first], run.finished[last]
    span_s = max(to_s - from_s, 1e-9)
    lanes = {"listening lanes": model.machines, "encoding lanes": model.machines}
    lanes |= {shared.name: shared.at_once for shared in model.shared}
    done = run.finished[first + 1 : last + 1]
    return Outcome(
        waits_s=tuple(run.waits_s[number] for number in sorted(run.waits_s)),
        jobs_per_s=len(done) / span_s,
        minutes_per_s=sum(minutes for _, minutes, _ in done) / span_s,
        busy={
            name: (after.get(name, 0.0) - before.get(name, 0.0)) / span_s / at
            for name, at in lanes.items()
        },
    )
