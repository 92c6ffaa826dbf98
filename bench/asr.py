"""Recognition: seconds by stage, × real time, and word error rate where the words are known.

Runs on the nine-minute scripted podcast where the local test media are, and on the project's own
sample everywhere. Peers with the same weights are compared by the recognition work to come; this
table is the baseline it starts from.
"""

import json
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import jiwer
from transformers.models.whisper.english_normalizer import EnglishTextNormalizer

import pipeline
from bench.report import report
from pipeline import speech, transcribe
from pipeline.audio import load_audio
from pipeline.control import Control
from pipeline.models import Models
from pipeline.probe import probe

ROOT = Path(__file__).parents[1]
FILES = (
    ROOT / "tests/data/sample_talk.mp4",
    ROOT.parent / "shared/media/long/podcast_a.mp4",
)


def measure(path: Path, models: Models) -> dict[str, object]:
    """One row."""
    control = Control()
    truth = json.loads(path.with_name(path.stem + ".truth.json").read_text())
    with TemporaryDirectory() as folder:
        began = time.perf_counter()
        sound = load_audio(probe(path), Path(folder), control)
        decoded = time.perf_counter()
        probability = speech.probabilities(sound, models.voice_activity, control)
        spans = speech.find_speech(probability)
        detected = time.perf_counter()
        _, words = transcribe.transcribe(
            sound, spans, probability, model=models.whisper, language=None, control=control
        )
        done = time.perf_counter()
    normal = EnglishTextNormalizer({})
    wanted = normal(" ".join(s["text"] for s in truth["sentences"]))
    return {
        "file": path.name,
        "seconds": round(sound.duration_s, 1),
        "decode s": decoded - began,
        "speech s": detected - decoded,
        "words s": done - detected,
        "× real time": sound.duration_s / (done - began),
        "WER": float(jiwer.wer(wanted, normal(" ".join(w.text for w in words)))),
    }


def main() -> None:
    """All files that are there; models loaded before the clock starts."""
    models = pipeline.load_models()
    models.warm()
    measure(FILES[0], models)  # the first run pays for memory and kernels
    rows = [measure(path, models) for path in FILES if path.exists()]
    report("asr", f"Recognition, {models.precision} on {models.device}", rows)


if __name__ == "__main__":
    main()
