"""Measures a whole job from a file: seconds by stage, and the time to the first clip."""

import sys
import time
from collections import defaultdict
from pathlib import Path
from tempfile import TemporaryDirectory

import pipeline
from bench.support.report import report
from pipeline.core.control import Control
from pipeline.core.data import Options

ROOT = Path(__file__).parents[1]
DEFAULT = ROOT / "tests/data/sample_talk.mp4"


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


def measure(path: Path, models: pipeline.Models) -> dict[str, object]:
    """Run a job and return its row."""
    watch = Stopwatch()
    control, options = Control(progress=watch.see), Options()
    with TemporaryDirectory() as name:
        folder = Path(name)
        began = time.perf_counter()
        talk = pipeline.listen(
            path, models=models, options=options, work_dir=folder, control=control
        )
        first_s, clip_s = 0.0, 0.0
        for _, clip in pipeline.render_clips(
            talk,
            models=models,
            options=options,
            stem_of=lambda n: folder / str(n),
            control=control,
        ):
            first_s = first_s or time.perf_counter() - began
            clip_s += clip.duration_s
        pipeline.write_texts(talk, models=models, options=options, control=control)
        whole_s = time.perf_counter() - began
    watch.see("end", 1.0)
    stages = ("audio", "speech", "transcribe", "voices", "highlights", "look", "render", "write")
    return {
        "file": path.name,
        "seconds": round(talk.source.duration_s, 1),
        "clips": len(talk.highlights),
        "clip seconds": round(clip_s, 1),
        **{f"{stage} s": watch.spent_s[stage] for stage in stages},
        "whole s": whole_s,
        "first clip at": first_s / whole_s,
    }


def main(files: list[str]) -> None:
    """Measure the given files, or the sample and, if available, the scripted podcast."""
    models = pipeline.load_models()
    models.warm()
    models.warm_optional()
    podcast = ROOT.parent / "shared/media/long/podcast_a.mp4"
    paths = [Path(f) for f in files] or [p for p in (DEFAULT, podcast) if p.exists()]
    report("job", "Whole job", [measure(path, models) for path in paths])


if __name__ == "__main__":
    main(sys.argv[1:])
