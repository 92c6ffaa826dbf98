"""Checks picks of real files: sentence borders, planted moments and the time of ranking."""

import gzip
import json
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from bench.support.recordings import MEDIA
from bench.support.report import Rows
from pipeline import Models, hear
from pipeline.core.control import Control
from pipeline.core.data import Highlight, Options, Sentence, Transcript
from pipeline.core.errors import PipelineError
from pipeline.highlights import selection
from pipeline.media.probing import probe
from pipeline.media.speech_audio import load_audio

PODCAST = "long/podcast_a.mp4"
MIN_IOU = 0.5  # with a planted moment that counts as found
FIRST = 6  # best picks, among which the moments should be
HOUR_S = (3600.0, 4200.0)  # range of the length of the talk for timing the ranking
REACH_S = 0.3  # maximum distance from an outer word to the end of a clip


def of_file(path: Path, models: Models) -> tuple[Transcript, tuple[Highlight, ...]]:
    """Transcribe a file and choose highlights. Raises PipelineError."""
    with TemporaryDirectory() as folder:
        sound = load_audio(probe(path), Path(folder), Control())
        heard = hear(sound, models=models, language=None, control=Control())
        found = selection.choose(heard, sound, models.text_models, Options(), Control())
    return heard, found


def on_border(talk: Transcript, pick: Highlight) -> bool:
    """Return whether a pick starts and ends in the pauses around whole sentences."""
    first, last = talk.sentences[pick.first_sentence], talk.sentences[pick.last_sentence]
    before_s = max((s.end_s for s in talk.sentences[: pick.first_sentence]), default=0.0)
    after = talk.sentences[pick.last_sentence + 1 :]
    after_s = after[0].start_s if after else talk.duration_s
    return (
        before_s - 1e-6 <= pick.start_s <= first.start_s
        and last.end_s <= pick.end_s <= after_s + 1e-6
        and first.start_s - pick.start_s <= REACH_S
        and pick.end_s - last.end_s <= REACH_S
    )


def borders(models: Models) -> Rows:
    """Check the picks of every recording of media/talk."""
    rows: list[dict[str, object]] = []
    for path in sorted((MEDIA / "talk").iterdir()):
        try:
            talk, found = of_file(path, models)
        except PipelineError as error:  # no speech, or no sound, as MANIFEST.tsv says
            rows.append({"file": path.name, "clips": type(error).__name__})
            continue
        rows.append(
            {
                "file": path.name,
                "clips": len(found),
                "on sentence borders": sum(on_border(talk, pick) for pick in found),
                "titles": " / ".join(pick.title for pick in found),
            }
        )
    return rows


def written() -> Transcript:
    """Return the scripted podcast's transcript according to its script."""
    truth = json.loads((MEDIA / PODCAST).with_suffix(".truth.json").read_text())
    return Transcript(
        language="en",
        duration_s=truth["sentences"][-1]["end_s"] + 1.0,
        words=(),
        sentences=tuple(
            Sentence(
                text=s["text"],
                start_s=s["start_s"],
                end_s=s["end_s"],
                first_word=i,
                last_word=i,
                speaker=s.get("speaker"),
            )
            for i, s in enumerate(truth["sentences"])
        ),
    )


def planted(source: str, picks: Sequence[Highlight]) -> Rows:
    """Find the pick of each planted moment of the scripted podcast."""
    truth = json.loads((MEDIA / PODCAST).with_suffix(".truth.json").read_text())
    rows = []
    for moment in truth["moments"]:
        alike = [_overlap(moment, h.start_s, h.end_s) for h in picks]
        best = int(np.argmax(alike))
        rows.append(
            {
                "transcript": source,
                "moment": f"{moment['start_s']:.0f} to {moment['end_s']:.0f} s",
                "pick": best + 1 if alike[best] >= MIN_IOU else "none",
                "IoU": round(alike[best], 2),
                "among the first six": bool(alike[best] >= MIN_IOU and best < FIRST),
                "title": picks[best].title,
            }
        )
    return rows


def _overlap(moment: Mapping[str, float], start_s: float, end_s: float) -> float:
    """Return the intersection over union."""
    inner = max(0.0, min(moment["end_s"], end_s) - max(moment["start_s"], start_s))
    return inner / (max(moment["end_s"], end_s) - min(moment["start_s"], start_s))


def hour(data: Path) -> Rows:
    """Time `rank` on an hour's transcript, twice, each in a process of its own."""
    with gzip.open(data, "rt") as lines:
        talks: list[dict[str, Any]] = [json.loads(line) for line in lines]
    ends = [talk["sentences"][-1]["end_s"] for talk in talks]
    fits = [t for t, end in zip(talks, ends, strict=True) if HOUR_S[0] <= end <= HOUR_S[1]]
    talk = max(fits, key=lambda t: len(t["sentences"]))
    rows, answers = [], []
    with TemporaryDirectory() as folder:
        file = Path(folder) / "hour.json"
        file.write_text(json.dumps({"sentences": talk["sentences"]}))
        for _ in range(2):
            began = time.monotonic()
            call = [sys.executable, "-m", "pipeline", "rank", str(file), "--json"]
            answers.append(subprocess.run(call, capture_output=True, check=True).stdout)
            rows.append(
                {
                    "minutes": round(talk["sentences"][-1]["end_s"] / 60, 1),
                    "sentences": len(talk["sentences"]),
                    "s, with loading": round(time.monotonic() - began, 1),
                    "same bytes": answers[-1] == answers[0],
                }
            )
    return rows
