"""The arithmetic of the benchmarks: exponents, ratios, regressions, goals, cost and picks."""

from pathlib import Path

import pytest

from bench import check, cost
from bench.support.growth_law import exponent
from bench.support.moment_picks import iou, judged
from bench.support.ratios import Ratio, ratios, regressions
from bench.support.spread import paired, spread
from bench.support.targets import Target, targets


@pytest.mark.parametrize("power", [0.5, 1.0, 2.0])
def test_an_exponent_is_that_of_the_law(power: float) -> None:
    minutes = [10, 20, 40, 80]
    assert exponent(minutes, [3 * m**power for m in minutes]) == pytest.approx(power)


@pytest.mark.parametrize(
    ("lengths", "costs"), [([10], [1]), ([10, 10], [1, 2]), ([10, 20], [1, 0]), ([10, 20], [1])]
)
def test_no_exponent_without_two_lengths_and_positive_costs(
    lengths: list[float], costs: list[float]
) -> None:
    with pytest.raises(ValueError, match="an exponent needs"):
        exponent(lengths, costs)


def test_a_paired_ratio_does_not_see_load_that_both_sides_met() -> None:
    # the machine is ten times as slow in the second round
    found = paired([3.0, 30.0, 3.3], [1.0, 10.0, 1.0])
    assert found.median == pytest.approx(3.0)
    assert (found.low, found.high) == pytest.approx((3.0, 3.3))


def test_sides_with_different_numbers_of_runs_are_not_paired() -> None:
    with pytest.raises(ValueError, match="zip"):
        paired([1.0, 2.0], [1.0])


def test_no_median_of_nothing() -> None:
    with pytest.raises(ValueError, match="at least one"):
        spread([])


def ratio(value: float, low: float, high: float, *, more: bool = True) -> dict[str, Ratio]:
    return {"r": Ratio(name="r", value=value, low=low, high=high, more_is_better=more)}


@pytest.mark.parametrize(
    ("now", "flagged"),
    [
        (ratio(2.5, 2.4, 2.6), True),  # 17 % worse, and apart
        (ratio(2.8, 2.7, 2.85), False),  # less than a tenth worse
        (ratio(2.5, 2.0, 2.95), False),  # its spread meets the former one
        (ratio(4.0, 3.9, 4.1), False),  # better
    ],
)
def test_worse_is_a_tenth_worse_and_outside_the_spread(
    now: dict[str, Ratio], flagged: bool
) -> None:
    assert bool(regressions(ratio(3.0, 2.9, 3.1), now)) is flagged


@pytest.mark.parametrize(("value", "flagged"), [(1.2, True), (1.05, False), (0.8, False)])
def test_where_less_is_better_more_is_worse(value: float, flagged: bool) -> None:
    before, now = ratio(1.0, 1.0, 1.0, more=False), ratio(value, value, value, more=False)
    assert bool(regressions(before, now)) is flagged


def test_a_regression_says_what_became_worse_and_by_how_much() -> None:
    (one,) = regressions(ratio(3.0, 2.9, 3.1), ratio(2.4, 2.3, 2.5))
    assert str(one) == "r: 2.4 (2.3–2.5), was 3 (2.9–3.1): 20% worse"


def job(value: float, *, quick: bool = False, slower: float = 1.0) -> dict[str, object]:
    """Make the result of a job on a machine that is `slower`."""
    row = {"file": "talk.mp4", "side": "KlipFast", "s": 100 * slower, "first clip at": 0.2}
    row |= {"LUFS from": -14.2, "LUFS to": -13.9, "peak dBTP": -1.2, "torn": 0}
    peer = {"file": "talk.mp4", "side": "peer, same spans and encoder", "s": 100 * slower * value}
    peer |= {"time ÷ ours": value, "time ÷ ours low": value, "time ÷ ours high": value}
    cold = [{"file": "talk.mp4", "command": "KlipFast", "s": 130 * slower, "÷ warm job": 1.3}]
    return {"machine": {"fast": quick}, "rows": [row, peer], "cold": cold}


def test_a_slower_machine_is_no_regression() -> None:
    worse, said = check.compare("job", job(3.0), job(3.0, slower=5.0))
    assert (worse, said) == ([], "1 ratios compared, 0 worse")


def test_a_smaller_lead_is_one() -> None:
    worse, _ = check.compare("job", job(3.0), job(2.0))
    assert [one.name for one in worse] == ["whole job of talk.mp4, peer, same spans and encoder"]


def test_a_quick_run_is_not_compared_with_a_measurement() -> None:
    worse, said = check.compare("job", job(3.0), job(2.0, quick=True))
    assert not worse
    assert "quick run" in said


def test_a_result_of_another_format_is_not_compared() -> None:
    worse, said = check.compare("growth", {"machine": {}, "rows": []}, {"machine": {}, "laws": []})
    assert not worse
    assert "another format" in said


def test_ratios_hold_no_seconds() -> None:
    assert [r.value for r in ratios("job", job(3.0, slower=7.0)).values()] == [3.0]


def test_goals_are_met_or_short_by_a_share() -> None:
    found = {t.figure: t for t in targets({"job": job(2.0)})}
    lead = found["talk.mp4: times as fast as peer, same spans and encoder"]
    assert (lead.met, lead.verdict) == (False, "short by 20%")
    assert found["talk.mp4: cold command ÷ warm job"].verdict == "short by 8%"
    assert found["talk.mp4: first clip after this part of the job"].verdict == "met"
    assert found["loudness, furthest from −14 LUFS"].value == pytest.approx(0.2)


def test_a_goal_of_a_quick_run_says_so() -> None:
    figures = [t.figure for t in targets({"job": job(2.0, quick=True)})]
    assert all(figure.endswith(" (quick run)") for figure in figures)


@pytest.mark.parametrize(
    ("value", "at_least", "met"), [(3.0, True, True), (2.9, True, False), (3.1, False, False)]
)
def test_a_bound_itself_is_met(value: float, at_least: bool, met: bool) -> None:
    goal = Target(area="a", figure="f", value=value, bound=3.0, at_least=at_least)
    assert goal.met is met


def test_the_cost_of_an_hour_is_processor_time_at_the_price_of_a_processor() -> None:
    machine = cost.Instance(
        cloud="c",
        name="n",
        region="r",
        vcpus=4,
        gpus=0,
        per_hour=0.4,
        currency="USD",
        date="2026-11",
        source="test",
    )
    jobs = [{"side": "KlipFast", "source min": 30.0, "clips": 9, "CPU s": 900.0, "s": 600.0}]
    (row,) = cost.estimate(jobs, [machine], cores=2)
    assert row["CPU s a source hour"] == pytest.approx(1800)
    assert row["cost from"] == pytest.approx(0.05)  # half an hour of a processor at 0.1
    assert row["cost to"] == pytest.approx(0.1 * 600 * 2 * 2 / 3600)


def test_a_machine_with_a_card_has_no_estimate() -> None:
    jobs = [{"side": "KlipFast", "source min": 60.0, "clips": 9, "CPU s": 900.0, "s": 600.0}]
    priced = {row["machine"] for row in cost.estimate(jobs, cost.read(), cores=2)}
    assert len(priced) == sum(not one.gpus for one in cost.read())


@pytest.mark.parametrize("change", ["vcpus = 0", 'speed = "fast"'])
def test_a_price_that_is_wrong_names_its_machine(change: str, tmp_path: Path) -> None:
    entry = '[[instance]]\ncloud = "c"\nname = "big"\nregion = "r"\ngpus = 0\nper_hour = 1.0\n'
    entry += 'currency = "USD"\ndate = "2026"\nsource = "s"\n'
    entry += change if change.startswith("vcpus") else f"vcpus = 2\n{change}"
    path = tmp_path / "prices.toml"
    path.write_text(entry)
    with pytest.raises(ValueError, match="big"):
        cost.read(path)


MOMENTS = [{"start_s": 10.0, "end_s": 40.0}, {"start_s": 100.0, "end_s": 130.0}]


@pytest.mark.parametrize(
    ("picks", "touched", "whole", "torn"),
    [
        ([(9.5, 40.2)], 1, 1, 0),
        ([(0.0, 60.0)], 1, 0, 0),  # whole within, with as much around it
        ([(20.0, 60.0)], 1, 0, 1),
        ([(20.0, 60.0), (100.0, 130.0)], 2, 1, 1),
        ([(50.0, 90.0)], 0, 0, 0),
        ([], 0, 0, 0),
    ],
)
def test_moments_are_touched_whole_or_torn(
    picks: list[tuple[float, float]], touched: int, whole: int, torn: int
) -> None:
    counts = {"moments": 2, "touched": touched, "whole": whole, "torn": torn}
    assert judged(MOMENTS, picks) == counts


def test_iou_of_half_a_span_is_a_half() -> None:
    assert iou((0, 10), (5, 10)) == pytest.approx(0.5)
    assert iou((0, 10), (20, 30)) == 0
