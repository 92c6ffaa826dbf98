"""The product's whole job: clips with thumbnails, and three texts."""

import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import pipeline
from bench.peers import Loaded, facts
from pipeline.core.control import Control
from pipeline.core.data import Options
from pipeline.models.model_config import ModelConfig
from pipeline.rendering import encoder


class Stopwatch:
    """Adds up the time of each stage from the reported progress."""

    def __init__(self) -> None:
        self.spent_s: dict[str, float] = defaultdict(float)
        self._stage, self._since = "probe", time.perf_counter()

    def see(self, stage: str, _fraction: float) -> None:
        """Record progress; has the signature of a progress callable."""
        now = time.perf_counter()
        self.spent_s[self._stage] += now - self._since
        self._stage, self._since = stage, now


def load(threads: int, weights: str) -> Loaded:
    """Load every network on the CPU, with the product's thread policy and precision."""
    models = pipeline.load_models(ModelConfig(device="cpu", whisper=weights, threads=threads))
    models.warm()
    models.warm_optional()

    def job(file: str, out: str, *, clips: int | None) -> dict[str, Any]:
        watch, options = Stopwatch(), Options(clip_count=clips)
        began, first_s = time.perf_counter(), 0.0

        def see(made: int, _total: int) -> None:
            nonlocal first_s
            if made == 1:
                first_s = time.perf_counter() - began

        talk, made, texts = pipeline.make_clips(
            Path(file),
            Path(out),
            models=models,
            options=options,
            control=Control(progress=watch.see),
            on_clip=see,
        )
        watch.see("end", 1.0)

        return {
            "stages": dict(watch.spent_s),
            "first_s": first_s,
            "picks": [(h.start_s, h.end_s) for h in talk.highlights],
            "clips": [str(clip.path) for clip in made],
            "texts": len(options.text_outputs) if texts else 0,
        }

    preset, crf = encoder.X264["balanced"]
    settings = (
        f"x264 {preset}, CRF {crf}, {encoder.X264_PARAMS['balanced']}, the source's pictures a "
        f"second; {str(models.precision).removeprefix('torch.')}"
    )
    return job, facts(settings, "torch", "transformers", "av")
