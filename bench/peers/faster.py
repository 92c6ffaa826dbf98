"""faster-whisper in int8: batched, and sequential as by default."""

from collections.abc import Iterable
from pathlib import Path

from faster_whisper import BatchedInferencePipeline, WhisperModel
from faster_whisper.transcribe import Segment, TranscriptionInfo

from bench.peers import Engine, Heard

BATCH = 8
PACKAGES = ("faster-whisper", "ctranslate2", "onnxruntime", "av")


def load_batched(threads: int, weights: Path) -> Engine:
    """Load the batched mode, in which speech detection is on by default."""
    model = BatchedInferencePipeline(_model(threads, weights))

    def hear(path: Path) -> Heard:
        return _heard(
            *model.transcribe(str(path), batch_size=BATCH, beam_size=1, word_timestamps=True)
        )

    return Engine(
        settings=f"int8, batch {BATCH}, beam 1, speech detection", packages=PACKAGES, hear=hear
    )


def load_sequential(threads: int, weights: Path) -> Engine:
    """Load the sequential mode with defaults, word times and speech detection."""
    model = _model(threads, weights)

    def hear(path: Path) -> Heard:
        return _heard(
            *model.transcribe(str(path), beam_size=5, word_timestamps=True, vad_filter=True)
        )

    return Engine(settings="int8, beam 5, speech detection", packages=PACKAGES, hear=hear)


def _model(threads: int, weights: Path) -> WhisperModel:
    return WhisperModel(str(weights), device="cpu", compute_type="int8", cpu_threads=threads)


def _heard(found: Iterable[Segment], info: TranscriptionInfo) -> Heard:
    """Consume the lazy segments, which does the work."""
    segments = list(found)
    words = tuple((w.word.strip(), w.start, w.end) for s in segments for w in s.words or ())
    text = "".join(s.text for s in segments)
    return Heard(text=text, words=words, language=info.language)
