"""The whole job of shorts-factory: transcript, picks, clips with captions, thumbnails, report.

It runs as its authors publish it, with two exceptions in its favor: it keeps its Whisper model
between jobs, which it would otherwise load for each, and it gets as many threads as the product. On
request it renders given spans with given encoder settings.
"""

import time
from collections import defaultdict
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import faster_whisper
from shorts_factory import highlights, pipeline, reframer

from bench.whole_job import Made, Request, Side
from bench.whole_job.encoder_arguments import with_encoder

X264 = ("veryfast", 20, "30")  # that it asks ffmpeg for: preset, CRF, pictures a second
LOSSLESS = ("ultrafast", 0)


def load(threads: int, weights: Path) -> tuple[Side, dict[str, Any]]:
    """Load its Whisper model from a folder in the format of CTranslate2."""
    model_of = cache(faster_whisper.WhisperModel)

    def whisper(name: str, device: str, compute_type: str) -> faster_whisper.WhisperModel:
        return model_of(name, device=device, compute_type=compute_type, cpu_threads=threads)

    whisper(str(weights), "cpu", "int8")
    faster_whisper.WhisperModel = whisper
    own_transcribe, own_picker = pipeline.transcribe, pipeline.pick_highlights
    own_run, own_render = reframer.run, reframer.render_clip

    def job(request: Request) -> Made:
        stages: dict[str, float] = defaultdict(float)
        picks: list[tuple[float, float]] = []
        rendered: list[dict[str, Any]] = []
        first_s: list[float] = []
        count = request.clips or pipeline.PipelineConfig().top_n

        def transcribe(*given: Any, **more: Any) -> Any:
            began_s = time.perf_counter()
            heard = own_transcribe(*given, **more)
            stages["transcribe"] += time.perf_counter() - began_s
            return heard

        def pick(transcript: Any, **settings: Any) -> list[Any]:
            began_s = time.perf_counter()
            found = own_picker(transcript, **settings)
            picks.extend((clip.start, clip.end) for clip in found)
            stages["highlights"] += time.perf_counter() - began_s
            return spanned(transcript, found, request.spans) if request.spans else found

        def run(command: list[Any], cwd: Path | None = None) -> Any:
            if "libx264" in command and request.encoder is not None:
                command = with_encoder(command, request.encoder)
            return own_run(command, cwd)

        def render(*given: Any, **more: Any) -> Path:
            rendered.append({"given": given, "more": more})
            began_s = time.perf_counter()
            path: Path = own_render(*given, **more)
            stages["render"] += time.perf_counter() - began_s
            first_s.append(time.perf_counter() - began)
            return path

        pipeline.transcribe, pipeline.pick_highlights = transcribe, pick
        reframer.run, reframer.render_clip = run, render
        began = time.perf_counter()
        result = pipeline.run_pipeline(
            request.file,
            out_dir=request.out,
            config=pipeline.PipelineConfig(top_n=count, model_size=str(weights), use_llm=False),
        )
        whole_s = time.perf_counter() - began

        def finish() -> Path | None:
            if not request.lossless:
                return None
            asked = request.encoder or X264

            def whole(command: list[Any], cwd: Path | None = None) -> Any:
                return own_run(with_encoder(command, (*LOSSLESS, asked[2])), cwd)

            reframer.run = whole
            info, crop, start, duration, captions, _, work = rendered[0]["given"]
            path = request.out / "lossless.mp4"
            made: Path = own_render(
                info, crop, start, duration, captions, path, work, **rendered[0]["more"]
            )
            return made

        stages["faces, thumbnails, report"] = whole_s - sum(stages.values())
        return Made(
            stages=dict(stages),
            first_s=first_s[0] if first_s else 0.0,
            picks=tuple(picks),
            clips=tuple(Path(clip.video_path) for clip in result.clips),
            texts=(),
            finish=finish,
        )

    preset, crf, rate = X264
    names = ("shorts-factory", "faster-whisper", "ctranslate2", "opencv-python")
    return job, {
        "settings": f"x264 {preset}, CRF {crf}, {rate} pictures a second; int8, beam 5",
        "versions": {name: version(name) for name in names},
    }


def spanned(transcript: Any, found: list[Any], spans: tuple[tuple[float, float], ...]) -> list[Any]:
    """Return clips of given spans, with the words that it heard in them, described by it."""
    clips = []
    for rank, (start_s, end_s) in enumerate(spans, 1):
        words = [w for w in transcript.words if start_s <= (w.start + w.end) / 2 <= end_s]
        text = " ".join(w.text for w in words)
        score = found[rank - 1].score if rank <= len(found) else 0.0
        clip = highlights.Clip(
            rank=rank, start=start_s, end=end_s, score=score, text=text, words=words
        )
        highlights._heuristic_metadata(clip)
        clips.append(clip)
    return clips
