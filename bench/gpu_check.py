"""Does CUDA say the same as the CPU, and what can this card encode? Needs a card to say anything.

Exit code 0 when all agrees or there is no card (said plainly), 1 when something differs.
"""

import logging
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch

import pipeline
from bench.report import report
from pipeline.audio import load_audio
from pipeline.control import Control
from pipeline.models import ModelConfig
from pipeline.probe import probe

SAMPLE = Path(__file__).parents[1] / "tests/data/sample_talk.mp4"
MAX_MEL_DIFFERENCE = 2e-2  # of a log-mel, whose values span about 2; float16 rounds to 1e-3
MAX_EMBEDDING_DISTANCE = 0.01  # cosine, float16 against float32


def main() -> int:
    """Compare with the same weights (Whisper base) on both devices."""
    logging.basicConfig(level=logging.INFO, format="%(name)s: %(message)s")
    if not torch.cuda.is_available():
        print("gpu-check: no CUDA device on this machine, so nothing was checked.")
        return 0
    control = Control()
    both = {
        name: pipeline.load_models(ModelConfig(device=name, precision=kind, whisper="whisper-base"))
        for name, kind in (("cpu", "float32"), ("cuda", "float16"))
    }
    texts, seconds, mels, vectors = {}, {}, {}, {}
    with TemporaryDirectory() as folder:
        sound = load_audio(probe(SAMPLE), Path(folder), control)
        window = np.zeros((1, 480_000), np.float32)
        window[0, :] = sound.slice(0.0, 30.0)
        for name, models in both.items():
            models.warm()
            pipeline.hear(sound, models=models, language=None, control=control)
            began = time.perf_counter()
            heard = pipeline.hear(sound, models=models, language=None, control=control)
            seconds[name] = time.perf_counter() - began
            texts[name] = " ".join(w.text for w in heard.words)
            mels[name] = models.whisper.log_mel(window).float().cpu()
            vectors[name] = models.text_encoder(["A loaf of bread.", "Nobody came."])
    mel = float((mels["cpu"] - mels["cuda"]).abs().max())
    distance = float((1 - (vectors["cpu"] * vectors["cuda"]).sum(1)).max())
    same = texts["cpu"].lower().split() == texts["cuda"].lower().split()
    rows = [
        {"check": "log-mel, largest difference", "cpu": "", "cuda": mel,
         "agrees": mel < MAX_MEL_DIFFERENCE},
        {"check": "embeddings, cosine distance", "cpu": "", "cuda": distance,
         "agrees": distance < MAX_EMBEDDING_DISTANCE},
        {"check": "words of the sample", "cpu": len(texts["cpu"].split()),
         "cuda": len(texts["cuda"].split()), "agrees": same},
        {"check": "recognition, s", "cpu": seconds["cpu"], "cuda": seconds["cuda"], "agrees": True},
    ]  # fmt: skip
    report("gpu_check", "CUDA against CPU", rows)
    return 0 if all(row["agrees"] for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
