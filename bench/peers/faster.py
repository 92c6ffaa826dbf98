"""faster-whisper in int8: batched, and sequential as by default."""

from collections.abc import Iterable
from typing import Any

from faster_whisper import BatchedInferencePipeline, WhisperModel
from faster_whisper.transcribe import Segment, TranscriptionInfo

from bench.peers import Loaded, facts

BATCH = 8
PACKAGES = ("faster-whisper", "ctranslate2", "onnxruntime", "av")


def load_batched(threads: int, weights: str) -> Loaded:
    """Load the batched mode, in which speech detection is on by default."""
    model = BatchedInferencePipeline(_model(threads, weights))

    def hear(file: str) -> dict[str, Any]:
        return _heard(*model.transcribe(file, batch_size=BATCH, beam_size=1, word_timestamps=True))

    return hear, facts(f"int8, batch {BATCH}, beam 1, speech detection", *PACKAGES)


def load_sequential(threads: int, weights: str) -> Loaded:
    """Load the sequential mode with defaults, word times and speech detection."""
    model = _model(threads, weights)

    def hear(file: str) -> dict[str, Any]:
        return _heard(*model.transcribe(file, beam_size=5, word_timestamps=True, vad_filter=True))

    return hear, facts("int8, beam 5, speech detection", *PACKAGES)


def _model(threads: int, weights: str) -> WhisperModel:
    return WhisperModel(weights, device="cpu", compute_type="int8", cpu_threads=threads)


def _heard(found: Iterable[Segment], info: TranscriptionInfo) -> dict[str, Any]:
    """Consume the lazy segments, which does the work."""
    segments = list(found)
    words = [(w.word.strip(), w.start, w.end) for s in segments for w in s.words or ()]
    text = "".join(s.text for s in segments)
    return {"text": text, "words": words, "language": info.language}
