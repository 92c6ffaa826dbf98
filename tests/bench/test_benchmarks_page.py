"""docs/benchmarks.md and its plots are what the generator makes of the committed results."""

from pathlib import Path

import pytest

from bench import page
from bench.support.plot_file import shows
from bench.support.report import RESULTS

PLOTS = ("asr", "render", "job", "growth", "capacity")


def test_the_page_is_made_from_the_results() -> None:
    assert page.PAGE.read_text() == page.page(page.results()), "run make bench-docs"


@pytest.mark.parametrize("name", PLOTS)
def test_a_plot_shows_the_results_beside_it(name: str) -> None:
    assert shows(name), f"bench/results/{name}.svg is older than {name}.json: run make bench-docs"


def test_a_plot_of_other_results_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "job.json").write_text('{"rows": []}')
    (tmp_path / "job.svg").write_text((RESULTS / "job.svg").read_text())
    assert not shows("job", tmp_path)


def test_cells_have_three_digits_and_spreads_stand_behind_their_median() -> None:
    row = {"file": "a|b", "s": 12.3456, "s low": 12.0, "s high": 13.0, "n": 12345.6, "none": ""}
    lines = page.table([row]).splitlines()
    assert lines[0] == "| file | s | n |"
    assert lines[2] == "| a\\|b | 12.3 (12–13) | 12,346 |"


def test_a_quick_run_is_called_one() -> None:
    facts = {"measured": "2026-11-29T02:00:00Z", "cores": 2, "fast": True}
    assert "**api: a quick run**" in page.machine({"api": {"machine": facts}})
