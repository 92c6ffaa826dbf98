"""Transcripts in the formats that players and programs read."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.alignment import transcript_reader
from pipeline.core.data import Sentence, Transcript, Word
from pipeline.export import subtitles, transcript_json

WORDS = tuple(
    Word(text=text, start_s=i * 0.5, end_s=i * 0.5 + 0.4, probability=0.9)
    for i, text in enumerate(["Is", "R&D", "<", "3", "percent", "of", "sales?"])
)
TALK = Transcript(
    language="en",
    duration_s=3725.0,
    words=WORDS,
    sentences=(
        Sentence(
            text="Is R&D < 3 percent of sales?",
            start_s=0.0,
            end_s=WORDS[-1].end_s,
            first_word=0,
            last_word=len(WORDS) - 1,
        ),
    ),
)


def test_marks_of_webvtt_are_escaped_and_those_of_srt_are_not() -> None:
    assert "R&amp;D &lt; 3" in subtitles.write(TALK, "vtt")
    assert "R&D < 3" in subtitles.write(TALK, "srt")


def test_webvtt_says_who_speaks_and_can_be_read_back() -> None:
    said = tuple(replace(s, speaker="Ann <Bo>") for s in TALK.sentences)
    text = subtitles.write(replace(TALK, sentences=said), "vtt")
    assert "<v Ann &lt;Bo&gt;>Is R&amp;D" in text
    assert {word.speaker for word in transcript_reader.read(text)} == {"Ann <Bo>"}
    assert "Ann" not in subtitles.write(replace(TALK, sentences=said), "srt")


def test_clocks_are_as_each_format_wants_them() -> None:
    assert "00:00:00,000 --> 00:00:03,400" in subtitles.write(TALK, "srt")
    assert "00:00:00.000 --> 00:00:03.400" in subtitles.write(TALK, "vtt")


def test_json_comes_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "talk.json"
    path.write_text(subtitles.write(TALK, "json"))
    back = transcript_json.read(path)
    assert back.words == TALK.words
    assert [s.text for s in back.sentences] == [s.text for s in TALK.sentences]


def test_what_is_no_transcript_is_named(tmp_path: Path) -> None:
    path = tmp_path / "talk.json"
    path.write_text('{"sentences": [{"text": 5}]}')
    with pytest.raises(ValueError, match=r"talk\.json is not a transcript"):
        transcript_json.read(path)


def test_json_lists_the_speakers_with_the_names_that_are_said() -> None:
    lines = ("I'm Daniel.", "Good morning."), ("Speaker 1", "Speaker 2")
    said = tuple(
        replace(TALK.sentences[0], text=text, speaker=speaker)
        for text, speaker in zip(*lines, strict=True)
    )
    told = json.loads(subtitles.write(replace(TALK, sentences=said), "json"))
    assert told["speakers"] == [
        {"label": "Speaker 1", "name": None, "suggested_name": "Daniel", "sentence": 0},
        {"label": "Speaker 2", "name": None, "suggested_name": None, "sentence": None},
    ]
    assert [s["speaker"] for s in told["sentences"]] == ["Speaker 1", "Speaker 2"]
    assert json.loads(subtitles.write(TALK, "json"))["speakers"] == []


def test_times_are_read_under_their_names_of_now_and_of_earlier(tmp_path: Path) -> None:
    now = json.loads(subtitles.write(TALK, "json"))
    assert '"start_s"' not in json.dumps(now)
    both = json.loads(transcript_json.write_with_earlier_names(TALK))
    assert both["words"][1]["start_s"] == both["words"][1]["start_seconds"] == 0.5
    assert both["duration_s"] == now["duration_seconds"]
    earlier = json.loads(json.dumps(now).replace("_seconds", "_s"))
    path = tmp_path / "talk.json"
    read = []
    for found in (now, both, earlier):
        path.write_text(json.dumps(found))
        read.append(transcript_json.read(path))
    assert read[0] == read[1] == read[2]
