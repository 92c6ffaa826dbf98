"""The product's recognition, from the file to words with times."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pipeline
from bench.peers import Loaded, facts
from pipeline.core.control import Control
from pipeline.media.probing import probe
from pipeline.media.speech_audio import load_audio
from pipeline.models.model_config import ModelConfig
from pipeline.recognition import beam_search, transcription, vad


def load(threads: int, weights: str) -> Loaded:
    """Load on the CPU, with the product's thread policy and precision."""
    models = pipeline.load_models(
        ModelConfig(device="cpu", whisper=weights, threads=threads),
    )
    models.voice_activity, models.whisper  # noqa: B018 - loaded before the clock starts
    control = Control()

    def hear(file: str) -> dict[str, Any]:
        with TemporaryDirectory() as folder:
            sound = load_audio(probe(Path(file), min_duration_s=0.0), Path(folder), control)
            probability = vad.probabilities(sound, models.voice_activity, control)
            language, words = transcription.transcribe(
                sound,
                vad.find_speech(probability),
                probability,
                model=models.whisper,
                language=None,
                control=control,
            )
        return {
            "text": " ".join(w.text for w in words),
            "words": [(w.text, w.start_s, w.end_s) for w in words],
            "language": language,
        }

    precision = str(models.precision).removeprefix("torch.")
    if models.whisper.eight_bits:
        precision += " and int8"
    settings = (
        f"{precision}, batch {models.whisper.windows_at_once()}, greedy and beam "
        f"{beam_search.WIDTH} where unsure, speech detection"
    )
    return hear, facts(settings, "torch", "transformers", "av")
