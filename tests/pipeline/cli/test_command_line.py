"""The command line tells users what they can mend, and hides no error of the program."""

import json
from pathlib import Path

import numpy as np
import pytest
from project_paths import SAMPLE
from real_models import text_models

import pipeline
from pipeline.alignment import transcript_reader
from pipeline.cli import arguments, writing
from pipeline.cli import commands as command_line
from pipeline.core.data import Sentence, Span, Talk, Transcript, Word
from pipeline.core.texts import Document, Texts
from pipeline.export import subtitles, transcript_json
from pipeline.media.probing import probe
from pipeline.models.registry import Models


def test_what_the_user_can_mend_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main(["write", "a.json", "b.json", "-o", "texts"]) == 1
    assert capsys.readouterr().err == "error: -o takes the texts of one transcript\n"


def test_an_option_that_is_gone_names_its_successor(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command_line.main(["clips", "a.mp4", "-o", "clips", "--captions-layer"])
    assert "use --clean-video" in capsys.readouterr().err


def test_an_error_of_the_program_is_not_told_as_the_users(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "run", lambda *_: int(np.dot([1, 2], [1, 2, 3])))
    with pytest.raises(ValueError, match="not aligned"):
        command_line.main(["write", "a.json"])


def test_a_transcript_printed_as_json_is_one_to_give_back(tmp_path: Path) -> None:
    said = [("Speaker 1", "Is 2 < 3?"), ("Speaker 2", "Yes & no.")]
    printed = tmp_path / "talk.json"
    talk = Transcript(
        language="en",
        duration_s=4.0,
        words=tuple(
            Word(text=text, start_s=i, end_s=i + 0.5, probability=0.9)
            for i, (_, text) in enumerate(said)
        ),
        sentences=tuple(
            Sentence(
                text=text,
                start_s=float(i),
                end_s=i + 0.5,
                speaker=speaker,
                first_word=i,
                last_word=i,
            )
            for i, (speaker, text) in enumerate(said)
        ),
    )
    printed.write_text(subtitles.write(talk, "json"))
    words = transcript_reader.read(arguments.transcript_file(str(printed)))
    assert [(w.text, w.speaker, w.cue) for w in words] == [
        (text, speaker, Span(start_s=i, end_s=i + 0.5))
        for i, (speaker, sentence) in enumerate(said)
        for text in sentence.split()
    ]


def test_json_that_is_no_transcript_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other.json"
    other.write_text('{"sentences": 3}')
    with pytest.raises(SystemExit, match="2"):
        command_line.main(["transcribe", "talk.mp4", "--transcript", str(other)])
    assert f"{other} is not a transcript: Expected `array`" in capsys.readouterr().err


def test_a_text_that_is_not_written_has_its_reason(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Models, "text_models", text_models)
    file, out = tmp_path / "talk.json", tmp_path / "texts"
    said = [{"text": "Good morning, Clara.", "start_s": 1.0, "end_s": 4.5}]
    file.write_text(json.dumps({"language": "en", "sentences": said}))
    assert command_line.main(["write", str(file), "-o", str(out)]) == 0
    reasons = [
        f"Too little is said in 4 seconds for {text}."
        for text in ("a thread", "a post", "an article")
    ]
    assert capsys.readouterr().err.splitlines() == [f"texts: {reason}" for reason in reasons]
    assert list(out.iterdir()) == []
    empty = (Document(kind="blog_post", language="en", text="", reason=reasons[2]),)
    talk = Talk(source=probe(SAMPLE), transcript=transcript_json.read(file), highlights=())
    monkeypatch.setattr(pipeline, "make_clips", lambda *_, **__: (talk, (), Texts(empty)))
    assert command_line.main(["clips", str(SAMPLE), "-o", str(out), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["warnings"] == [{"code": "texts", "message": reasons[2]}]
