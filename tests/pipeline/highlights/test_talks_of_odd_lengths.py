"""Talks that are short, endless, mixed or badly timed: fewer clips or an error, never a cut one."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from real_models import text_models
from transcripts import letter_models, transcript

from pipeline.cli import commands as command_line
from pipeline.core.control import Control
from pipeline.core.data import Options, Transcript, Word
from pipeline.highlights import details, selection
from pipeline.language.sentences import split
from pipeline.models.registry import Models

Row = dict[str, Any]

ENGLISH = (
    "I never told anybody what the doctor had really said.",
    "So why do we believe that more is always better?",
    "In the first year we sold four boats, and then it rained for a month.",
    "My father looked at me and laughed.",
    "You can learn this in an afternoon if nobody helps you.",
)
GERMAN = (
    "Das Schlimmste war die Stille nach dem Anruf.",
    "Warum machen wir das eigentlich noch?",
    "Am Ende haben wir zweitausend Brote verschenkt.",
)
LYRICS = ("Na na na, hey hey", "Oh baby, oh baby", "Na na na, hey hey", "Goodbye")


def spoken(texts: tuple[str, ...], count: int, seconds: float) -> list[Row]:
    """`count` sentences, one after the other, each so long."""
    return [
        {"text": texts[i % len(texts)], "start_s": i * seconds, "end_s": (i + 0.95) * seconds}
        for i in range(count)
    ]


@pytest.fixture(autouse=True)
def read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the command line read each talk once, and load no weights for what was read before."""
    monkeypatch.setattr(Models, "text_models", text_models)


def ranked(
    rows: list[Row], folder: Path, capsys: pytest.CaptureFixture[str], *words: str
) -> tuple[int, Any, str]:
    """Exit code, answer and stderr of `rank`."""
    file = folder / "talk.json"
    file.write_text(json.dumps({"language": "en", "sentences": rows}))
    code = command_line.main(["rank", str(file), "--json", *words])
    out, err = capsys.readouterr()
    return code, json.loads(out) if out else None, err


def whole(rows: list[Row], picks: list[Row], longest_s: float = 90.0) -> None:
    """Every pick starts and ends within reach of a sentence's own ends, and none overlap."""
    starts, ends = [r["start_s"] for r in rows], [r["end_s"] for r in rows]
    for pick in picks:
        assert any(0 <= s - pick["start_s"] <= details.MAX_LEAD_S + 1e-3 for s in starts)
        assert any(0 <= pick["end_s"] - e <= details.MAX_TAIL_S + 1e-3 for e in ends)
        assert pick["end_s"] - pick["start_s"] <= longest_s + 1e-3
        assert pick["title"]
        assert pick["reason"]
    inside = [
        (
            min(s for s in starts if s >= p["start_s"] - 1e-3),
            max(e for e in ends if e <= p["end_s"] + 1e-3),
        )
        for p in sorted(picks, key=lambda p: p["start_s"])
    ]
    assert all(a[1] <= b[0] for a, b in pairwise(inside))


TALKS: dict[str, tuple[list[Row], int, int]] = {  # rows, fewest and most clips
    "twenty seconds": (spoken(ENGLISH, 5, 4.0), 1, 1),
    "shorter than a clip": (spoken(ENGLISH, 2, 4.0), 1, 1),
    "two languages": (spoken(ENGLISH + GERMAN, 60, 5.0), 2, 6),
    "lyrics": (spoken(LYRICS, 40, 4.0), 1, 4),
    "one word": ([{"text": "Yes.", "start_s": 3.0, "end_s": 3.4}], 1, 1),
    "nothing": ([], 0, 0),
    "no length": ([{"text": "Yes.", "start_s": 3.0, "end_s": 3.0}], 0, 0),
    "all at once": ([r | {"start_s": 0.0, "end_s": 30.0} for r in spoken(ENGLISH, 9, 3.0)], 1, 1),
    "an endless sentence": ([{"text": "and so " * 900, "start_s": 0.0, "end_s": 600.0}], 0, 0),
    "no letters": ([r | {"text": "… ?!"} for r in spoken(ENGLISH, 20, 5.0)], 1, 2),
    "empty texts": ([r | {"text": ""} for r in spoken(ENGLISH, 20, 5.0)], 0, 2),
}


@pytest.mark.parametrize("name", TALKS)
def test_a_hard_talk_gives_whole_clips_or_fewer(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows, fewest, most = TALKS[name]
    code, answer, err = ranked(rows, tmp_path, capsys)
    assert (code, err) == (0, "")
    assert len(answer["sentences"]) == len(rows)
    assert fewest <= len(answer["highlights"]) <= most
    if rows and name != "empty texts":
        whole(rows, answer["highlights"])


def test_fifty_clips_of_five_minutes_are_as_many_as_there_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = spoken(ENGLISH + GERMAN, 60, 5.0)
    _, answer, _ = ranked(rows, tmp_path, capsys, "--count", "50")
    assert 5 <= len(answer["highlights"]) <= 20
    whole(rows, answer["highlights"])


@pytest.mark.parametrize("count", ["0", "-1", "many", "1.5"])
def test_a_count_that_is_none_is_refused(count: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        command_line.main(["rank", "talk.json", "--count", count])
    assert left.value.code == 2
    assert "at least 1" in capsys.readouterr().err


def test_sentences_in_disorder_are_ranked_as_those_in_order(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = spoken(ENGLISH + GERMAN, 60, 5.0)
    order = np.random.default_rng(0).permutation(len(rows))
    _, straight, _ = ranked(rows, tmp_path, capsys)
    _, mixed, _ = ranked([rows[i] for i in order], tmp_path, capsys)
    assert mixed["highlights"] == straight["highlights"]
    assert mixed["sentences"] == [straight["sentences"][i] for i in order]
    clear = {b["sentence"]: b["strength"] for b in straight["boundaries"]}
    assert {order[b["sentence"]]: b["strength"] for b in mixed["boundaries"]} == clear


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"text": "A."}, "start_s"),
        ({"text": "A.", "start_s": 1.0}, "end_s"),
        ({"text": "A.", "start_s": None, "end_s": 2.0}, "start_s"),
        ({"text": "A.", "start_s": 3.0, "end_s": 2.0}, "ends before it starts"),
        ({"text": 7, "start_s": 3.0, "end_s": 4.0}, "text"),
    ],
)
def test_times_that_are_missing_or_turned_round_are_named(
    row: Row, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, answer, err = ranked([*spoken(ENGLISH, 3, 5.0), row], tmp_path, capsys)
    assert code == 1
    assert answer is None
    assert told in err
    assert "talk.json" in err


def test_an_endless_sentence_that_was_heard_is_divided_where_people_breathe() -> None:
    """Words with times have pauses: no clip is longer than asked for, and none cuts a word."""
    random, at, words = np.random.default_rng(0), 0.0, []
    for i in range(1500):
        length = float(random.uniform(0.15, 0.5))
        words.append(Word(text=f"word{i % 40}", start_s=at, end_s=at + length, probability=1.0))
        at += length + float(random.choice([0.02, 0.02, 0.05, 0.4]))
    said = split(words, "en")
    talk = Transcript(language="en", duration_s=at, words=tuple(words), sentences=said)
    found = selection.choose(talk, None, letter_models, Options(), Control())
    assert found
    for pick in found:
        assert 15 - 1e-6 <= pick.end_s - pick.start_s <= 90 + 1e-6
        assert not any(
            w.start_s < edge < w.end_s for w in words for edge in (pick.start_s, pick.end_s)
        )


@pytest.mark.slow  # embeds four hours
def test_four_hours_have_no_more_clips_than_a_person_looks_at() -> None:
    random, at, rows = np.random.default_rng(0), 0.0, []
    while at < 4 * 3600:
        length = float(random.uniform(1, 9))
        rows.append(
            (" ".join(random.choice(ENGLISH).split()[: random.integers(3, 12)]), at, at + length)
        )
        at += length + float(random.uniform(0, 1))
    talk = transcript(rows)
    found = selection.choose(talk, None, letter_models, Options(), Control())
    assert selection.MIN_CLIPS <= len(found) <= selection.MAX_CLIPS
    asked = selection.choose(talk, None, letter_models, Options(clip_count=50), Control())
    assert len(asked) <= 50
    taken = sorted((h.first_sentence, h.last_sentence) for h in asked)
    assert all(a[1] < b[0] for a, b in pairwise(taken))


@pytest.mark.parametrize("length_s", [8.0, 24.0])
def test_where_every_sentence_is_too_long_the_shortest_is_a_clip(length_s: float) -> None:
    starts = [i * (length_s + 1) for i in range(5)]
    rows = [("A long thought that goes on.", s, s + length_s + 0.001 * s) for s in starts]
    found = selection.choose(
        transcript(rows),
        None,
        letter_models,
        Options(min_duration_s=3, max_duration_s=5),
        Control(),
    )
    assert [h.first_sentence for h in found] == [0]
