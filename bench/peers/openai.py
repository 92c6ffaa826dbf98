"""openai-whisper, the reference, with the defaults of its command line."""

import warnings
from typing import Any

import torch
import whisper
from faster_whisper.audio import decode_audio

from bench.peers import Loaded, facts

# as its command line sets them
TEMPERATURES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
BEAM = BEST_OF = 5


def load(threads: int, weights: str) -> Loaded:
    """Load in float32, as it runs on a CPU. PyAV decodes the files, so no ffmpeg is needed."""
    torch.set_num_threads(threads)
    warnings.filterwarnings("ignore", message="FP16 is not supported on CPU")
    model = whisper.load_model(weights, device="cpu")

    def hear(file: str) -> dict[str, Any]:
        result = whisper.transcribe(
            model,
            decode_audio(file),
            word_timestamps=True,
            verbose=None,
            temperature=TEMPERATURES,
            beam_size=BEAM,
            best_of=BEST_OF,
        )
        words = [
            (w["word"].strip(), float(w["start"]), float(w["end"]))
            for s in result["segments"]
            for w in s["words"]
        ]
        return {"text": result["text"], "words": words, "language": result["language"]}

    return hear, facts(f"float32, beam {BEAM}", "openai-whisper", "torch", "av")
