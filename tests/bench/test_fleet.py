"""The simulated machines against what queueing theory knows, and against plain arithmetic."""

import heapq
from dataclasses import replace
from random import Random
from statistics import fmean

import pytest

from bench.capacity import length_sampler
from bench.support.fleet import Model, Shared, erlang_c_wait_s, simulate

SERVICE_S = 60.0
ALONE = Model(
    machines=1,
    jobs_at_once=1,
    jobs=200,
    arrivals_per_s=None,
    talk_minutes=lambda _random: 10.0,
    listen_s=6.0,
    clips=lambda _minutes: 3,
    clip_s=20.0,
)


def queue_waits_s(random: Random, arrivals_per_s: float, servers: int, jobs: int) -> list[float]:
    """Return the waits of an M/M/c queue, by the recursion of Kiefer and Wolfowitz."""
    free_s, now_s, waits = [0.0] * servers, 0.0, []
    for _ in range(jobs):
        now_s += random.expovariate(arrivals_per_s)
        begins_s = max(now_s, heapq.heappop(free_s))
        heapq.heappush(free_s, begins_s + SERVICE_S * random.expovariate(1.0))
        waits.append(begins_s - now_s)
    return waits


@pytest.mark.parametrize(("servers", "load"), [(1, 0.5), (1, 0.9), (4, 0.7), (20, 0.9)])
def test_a_simulated_queue_is_that_of_the_recursion(servers: int, load: float) -> None:
    """Exponential times, one place a machine, nothing shared: an M/M/c queue, job by job."""
    arrivals_per_s = load * servers / SERVICE_S
    model = replace(
        ALONE,
        machines=servers,
        jobs=3000,
        arrivals_per_s=arrivals_per_s,
        talk_minutes=lambda random: random.expovariate(1.0),
        listen_s=SERVICE_S,
        clips=lambda _minutes: 0,
    )
    expected = queue_waits_s(Random(4), arrivals_per_s, servers, model.jobs)
    assert simulate(model, 4).waits_s == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(("servers", "load"), [(1, 0.5), (1, 0.8), (4, 0.7), (20, 0.8)])
def test_the_mean_wait_of_that_queue_is_that_of_erlang_c(servers: int, load: float) -> None:
    arrivals_per_s = load * servers / SERVICE_S
    waits = queue_waits_s(Random(1), arrivals_per_s, servers, 600_000)
    assert fmean(waits) == pytest.approx(
        erlang_c_wait_s(arrivals_per_s, SERVICE_S, servers), rel=0.04
    )


def test_erlang_c_of_one_server_is_that_of_m_m_1() -> None:
    assert erlang_c_wait_s(0.5, 1.0, 1) == pytest.approx(0.5 / 0.5)


def test_a_queue_that_never_ends_is_refused() -> None:
    with pytest.raises(ValueError, match="never ends"):
        erlang_c_wait_s(2.0, 1.0, 2)


def test_one_place_does_one_job_after_the_other() -> None:
    found = simulate(ALONE, 1)
    assert found.jobs_per_s == pytest.approx(1 / (10 * 6 + 3 * 20))
    assert found.busy["listening lanes"] == pytest.approx(0.5)
    assert found.busy["encoding lanes"] == pytest.approx(0.5)


def test_lanes_that_do_not_slow_each_other_down_work_side_by_side() -> None:
    found = simulate(replace(ALONE, jobs_at_once=3), 1)
    assert found.jobs_per_s == pytest.approx(1 / 60, rel=0.02)
    assert found.busy["encoding lanes"] == pytest.approx(1.0, rel=0.02)


def test_lanes_that_slow_each_other_down_to_half_gain_nothing() -> None:
    both = replace(ALONE, jobs_at_once=3, listen_stretch=2.0, clip_stretch=2.0)
    assert simulate(both, 1).jobs_per_s == pytest.approx(1 / 120, rel=0.1)


def test_ten_machines_do_ten_times_as_much() -> None:
    ten = simulate(replace(ALONE, machines=10, jobs=2000), 1)
    assert ten.jobs_per_s == pytest.approx(10 * simulate(ALONE, 1).jobs_per_s, rel=0.02)


def test_what_all_share_bounds_them() -> None:
    """A database that needs 30 s at each of five steps does one job in 150 s, however many ask."""
    shared = (Shared(name="postgres", at_once=1),)
    model = replace(ALONE, machines=50, jobs=500, database_s=30.0, shared=shared)
    found = simulate(model, 1)
    steps = 3 + 3
    assert found.jobs_per_s == pytest.approx(1 / (steps * 30.0), rel=0.03)
    assert found.busy["postgres"] == pytest.approx(1.0, rel=0.02)
    assert found.busy["listening lanes"] < 0.1


def test_a_seed_gives_the_same_run() -> None:
    model = replace(
        ALONE, arrivals_per_s=0.005, talk_minutes=lambda random: random.uniform(1.0, 20.0)
    )
    assert simulate(model, 5) == simulate(model, 5)
    assert simulate(model, 5) != simulate(model, 6)


def test_talks_have_the_assumed_median_and_mean() -> None:

    draw = length_sampler({"median_minutes": 30, "mean_minutes": 40, "longest_minutes": 1e9})
    random = Random(1)
    lengths = sorted(draw(random) for _ in range(40_000))
    assert lengths[len(lengths) // 2] == pytest.approx(30, rel=0.03)
    assert fmean(lengths) == pytest.approx(40, rel=0.03)
