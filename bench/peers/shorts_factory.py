"""The whole job of shorts-factory: transcript, picks, clips with captions, thumbnails, report.

It runs as its authors publish it, with two exceptions in its favor: it keeps its Whisper model
between jobs, which it would otherwise load for each, and it gets as many threads as the product. On
request it renders given spans with given encoder settings, although it makes its own picks, too.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import faster_whisper
from shorts_factory import highlights, pipeline, reframer

from bench.peers import Loaded, facts

X264 = ("veryfast", 20, "30")  # that it asks ffmpeg for: preset, CRF, pictures a second
Span = Sequence[float]  # start and end, seconds
Encoder = Sequence[object]  # preset, CRF, pictures a second


def load(threads: int, weights: str) -> Loaded:
    """Load its Whisper model from a folder in the format of CTranslate2."""
    model_of = cache(faster_whisper.WhisperModel)

    def whisper(name: str, device: str, compute_type: str) -> faster_whisper.WhisperModel:
        return model_of(name, device=device, compute_type=compute_type, cpu_threads=threads)

    whisper(weights, "cpu", "int8")
    faster_whisper.WhisperModel = whisper
    own_transcribe, own_picker = pipeline.transcribe, pipeline.pick_highlights
    own_run, own_render = reframer.run, reframer.render_clip

    def job(
        file: str,
        out: str,
        *,
        clips: int,
        spans: Sequence[Span] = (),
        encoder: Encoder = (),
    ) -> dict[str, Any]:
        stages: dict[str, float] = defaultdict(float)
        picks: list[Span] = []
        finished_s: dict[str, list[float]] = defaultdict(list)

        def timed(stage: str, act: Callable[..., Any]) -> Callable[..., Any]:
            def timing(*given: Any, **more: Any) -> Any:
                began_s = time.perf_counter()
                found = act(*given, **more)
                stages[stage] += time.perf_counter() - began_s
                finished_s[stage].append(time.perf_counter() - began)
                return found

            return timing

        def pick(transcript: Any, **settings: Any) -> list[Any]:
            found = own_picker(transcript, **settings)
            picks.extend((clip.start, clip.end) for clip in found)
            return spanned(transcript, found, spans) if spans else found

        def run(command: list[Any], cwd: Path | None = None) -> Any:
            if "libx264" in command and encoder:
                command = with_encoder(command, encoder)
            return own_run(command, cwd)

        pipeline.transcribe = timed("transcribe", own_transcribe)
        pipeline.pick_highlights = timed("highlights", pick)
        reframer.run, reframer.render_clip = run, timed("render", own_render)
        began = time.perf_counter()
        result = pipeline.run_pipeline(
            Path(file),
            out_dir=Path(out),
            config=pipeline.PipelineConfig(top_n=clips, model_size=weights, use_llm=False),
        )
        whole_s = time.perf_counter() - began

        stages["faces, thumbnails, report"] = whole_s - sum(stages.values())
        return {
            "stages": dict(stages),
            "first_s": finished_s["render"][0],
            "picks": picks,
            "clips": [str(clip.video_path) for clip in result.clips],
            "texts": 0,
        }

    preset, crf, rate = X264
    settings = f"x264 {preset}, CRF {crf}, {rate} pictures a second; int8, beam 5"
    return job, facts(settings, "shorts-factory", "faster-whisper", "ctranslate2", "opencv-python")


def with_encoder(command: Sequence[Any], settings: Encoder) -> list[Any]:
    """Return a command of ffmpeg with another preset, CRF and number of pictures a second.

    Raises ValueError if it does not set all three, because then they cannot be compared.
    """
    replaced = dict(zip(("-preset", "-crf", "-r"), map(str, settings), strict=True))
    words = [str(part) for part in command]
    if missing := [flag for flag in replaced if flag not in words]:
        raise ValueError(f"the command does not set {', '.join(missing)}: {' '.join(words)}")
    before = ["", *words]
    return [replaced.get(flag, part) for flag, part in zip(before, command, strict=False)]


def spanned(transcript: Any, found: list[Any], spans: Sequence[Span]) -> list[Any]:
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
