"""The product's whole job: clips with thumbnails, and three texts."""

import time
from collections import defaultdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pipeline
from bench.support.lossless import lossless
from bench.whole_job import Made, Request, Side
from pipeline.core.control import Control
from pipeline.core.data import Options
from pipeline.models.registry import ModelConfig
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


def load(threads: int, weights: Path) -> tuple[Side, dict[str, Any]]:
    """Load every network on the CPU, with the product's thread policy and precision."""
    models = pipeline.load_models(ModelConfig(device="cpu", whisper=str(weights), threads=threads))
    models.warm()
    models.warm_optional()

    def job(request: Request) -> Made:
        watch = Stopwatch()
        control, options = Control(progress=watch.see), Options(clip_count=request.clips)
        request.out.mkdir(parents=True)
        began = time.perf_counter()
        talk = pipeline.listen(
            request.file, models=models, options=options, work_dir=request.out, control=control
        )
        first_s, clips = 0.0, {}
        for n, clip in pipeline.render_clips(
            talk,
            models=models,
            options=options,
            stem_of=lambda n: request.out / str(n),
            control=control,
        ):
            first_s = first_s or time.perf_counter() - began
            clips[n] = clip
        texts = pipeline.write_texts(talk, models=models, options=options, control=control)
        watch.see("end", 1.0)

        def finish() -> Path | None:
            if not request.lossless:
                return None
            with lossless(options.quality):
                return pipeline.make_clip(
                    talk,
                    talk.highlights[0],
                    models=models,
                    options=options,
                    stem=request.out / "lossless",
                    control=Control(),
                ).path

        return Made(
            stages=dict(watch.spent_s),
            first_s=first_s,
            picks=tuple((h.start_s, h.end_s) for h in talk.highlights),
            clips=tuple(clips[n].path for n in sorted(clips)),
            texts=tuple(options.text_outputs) if texts else (),
            finish=finish,
        )

    preset, crf = encoder.X264["balanced"]
    settings = (
        f"x264 {preset}, CRF {crf}, {encoder.X264_PARAMS['balanced']}, the source's pictures a "
        f"second; {str(models.precision).removeprefix('torch.')}"
    )
    packages = {name: version(name) for name in ("torch", "transformers", "av")}
    return job, {"settings": settings, "versions": packages}
