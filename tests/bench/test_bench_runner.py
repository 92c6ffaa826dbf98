"""Which parts `python -m bench` runs."""

from pathlib import Path

import pytest

from bench import __main__ as runner


def test_every_part_is_a_command_of_its_own() -> None:
    for part in runner.PARTS:
        assert (runner.ROOT / f"bench/{part.name}.py").exists()


def test_all_of_it_ends_within_seventy_five_minutes() -> None:
    assert sum(part.minutes for part in runner.PARTS) <= 75


def test_parts_come_in_their_order_whatever_the_order_they_are_named_in() -> None:
    names = [part.name for part in runner.chosen(["capacity", "asr"], resume=False)]
    assert names == ["asr", "capacity"]


def test_every_comparable_figure_stands_in_the_last_table() -> None:
    law = {"number of clips": "own", "time": 1.01, "peak memory": 1.1}
    rows = runner.beside_others({"growth": {"laws": [law]}})
    assert [(row["figure"], row["value"], row["better"]) for row in rows] == [
        ("exponent of time, clips: own", 1.01, "less"),
        ("growth of memory, clips: own", 1.1, "less"),
    ]


def test_an_unknown_part_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(SystemExit, match=r"no part speed; there are api, asr, "):
        runner.chosen(["asr", "speed"], resume=False)


def test_a_part_is_left_out_only_if_it_ended_at_this_commit_and_as_thoroughly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "DONE", tmp_path)
    monkeypatch.setenv("FAST", "1")
    runner.mark_done("asr")
    assert "asr" not in [part.name for part in runner.chosen([], resume=True)]
    assert "asr" in [part.name for part in runner.chosen([], resume=False)]
    monkeypatch.setenv("FAST", "0")
    assert "asr" in [part.name for part in runner.chosen([], resume=True)]
    (tmp_path / "asr").write_text("another commit whole")
    assert "asr" in [part.name for part in runner.chosen([], resume=True)]
