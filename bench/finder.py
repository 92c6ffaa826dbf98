"""Compares picks with those of clipsai's finder, on the script of the podcast."""

import json
import subprocess
import sys
import time
from typing import Any

import pipeline
from bench.support.job_sides import ROOT
from bench.support.moment_picks import judged
from bench.support.recordings import PODCAST
from bench.support.report import keep, show
from pipeline.core.control import Control
from pipeline.core.data import Options, Transcript
from pipeline.highlights import selection
from pipeline.models import checkpoints
from pipeline.models.registry import default_cache_dir
from training.corpus import sentences_of

PYTHON = ROOT / ".venv-peer-finder/bin/python"
OURS = "KlipFast"
SHORTEST_S, LONGEST_S = 15.0, 90.0  # of a clip, as the product makes them

NOTES = """Both get the script of the podcast with its true times, so only the choice differs;
KlipFast does without the sound here. clipsai 0.2.1, of 2024, divides a talk into stretches of one
subject and does not rank them: all that are as long as a clip count, and they overlap.

The package as a whole cannot be used beside a torch of today: the dependencies that it declares
bring torch 2.2, and it imports whisperx, which it does not declare. So its finder alone is loaded,
with MiniLM in place of all-roberta-large-v1, which it would download: its picks may be better than
these."""


def ours(truth: dict[str, Any]) -> dict[str, object]:
    """Return our row."""
    models = pipeline.load_models()
    said = sentences_of(truth)
    talk = Transcript(language="en", duration_s=said[-1].end_s + 1.0, words=(), sentences=said)
    models.warm()
    selection.choose(talk, None, models.text_models, Options(), Control())
    began = time.perf_counter()
    picks = selection.choose(talk, None, models.text_models, Options(), Control())
    seconds = time.perf_counter() - began
    spans = [(pick.start_s, pick.end_s) for pick in picks]
    return {
        "finder": OURS,
        "s": seconds,
        "picks": len(spans),
        **judged(truth["moments"], spans),
    }


def theirs(truth: dict[str, Any]) -> tuple[list[dict[str, object]], list[dict[str, str]]]:
    """Return the rows of clipsai, if it can be run, and what became of each way to run it."""
    if not PYTHON.exists():
        return [], [{"way": "install", "result": f"{PYTHON} is not there: run it by make"}]
    weights = checkpoints.resolve("auto", checkpoints.MINILM, default_cache_dir())
    request = {"sentences": truth["sentences"], "weights": str(weights)}
    done = subprocess.run(  # noqa: PLW1510 - a failure is a result
        [PYTHON, "-m", "bench.peers.clipsai_finder"],
        input=json.dumps(request),
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or [f"exit code {done.returncode}"]
        return [], [{"way": "start", "result": last[0]}]
    found = json.loads(done.stdout)
    fits = [s for s in found["spans"] if SHORTEST_S <= s[1] - s[0] <= LONGEST_S]
    if not found["spans"]:
        return [], found["tries"]
    row = {
        "finder": "clipsai 0.2.1, MiniLM",
        "s": found["seconds"],
        "picks": len(fits),
        **judged(truth["moments"], fits),
        "too short or long": len(found["spans"]) - len(fits),
    }
    return [row], found["tries"]


def main() -> None:
    """Measure and save; without the local media there is nothing to measure."""
    if not PODCAST.exists():
        print(f"bench.finder: {PODCAST} is not here", file=sys.stderr)
        return
    truth = json.loads(PODCAST.with_suffix(".truth.json").read_text())
    rows, tries = theirs(truth)
    rows = [ours(truth), *rows]
    show("Picks of the script", rows)
    show("Ways to run clipsai", tries)
    keep("finder", notes=NOTES, rows=rows, tries=tries)


if __name__ == "__main__":
    main()
