"""The real weights, loaded once for all tests."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from project_paths import ROOT, SAMPLE

import pipeline
from klipfast_server.core.config import load
from klipfast_server.core.engine import PipelineEngine
from pipeline.core.control import Control
from pipeline.core.data import Audio, Transcript
from pipeline.media.probing import probe
from pipeline.media.speech_audio import load_audio
from pipeline.models.registry import Models, load_models
from pipeline.recognition import vad

SAMPLE_TRUTH = SAMPLE.with_name("sample_talk.truth.json")


@cache
def models() -> Models:
    """Load Whisper base, MiniLM and the speech detector on this machine's device."""
    return load_models()


@cache
def engine() -> PipelineEngine:
    """Build the pipeline as the server runs it."""
    config = load(ROOT / "config.toml", {})
    return PipelineEngine(config.models, config.llm)


@cache
def sound(path: Path) -> Audio:
    """Decode the audio of a file of any length."""
    with TemporaryDirectory() as folder:  # a mapped file stays readable after it is deleted
        return load_audio(probe(path, min_duration_s=0.0), Path(folder), Control())


@cache
def probability(path: Path) -> vad.Probabilities:
    """Compute the speech probability of a file."""
    return vad.probabilities(sound(path), models().voice_activity, Control())


@cache
def sample_heard() -> Transcript:
    """Transcribe the whole sample, with language detection."""
    return pipeline.hear(sound(SAMPLE), models=models(), language=None, control=Control())


def heard_in(path: Path) -> str:
    """Transcribe a file and return its words as text."""
    talk = pipeline.hear(sound(path), models=models(), language="en", control=Control())
    return " ".join(word.text for word in talk.words)
