"""The way of a damaged film through the pipeline, without a model: probe, sound, look, clip."""

from pathlib import Path

from pipeline.core.control import Control
from pipeline.core.data import Options, Sentence, Source, Span, Word
from pipeline.framing import crop_planning
from pipeline.media.first_look import probe_apart
from pipeline.media.speech_audio import load_audio
from pipeline.rendering.clip_plan import ClipPlan
from pipeline.rendering.clip_renderer import render_clip
from pipeline.vision import shot_scan
from pipeline.vision.lip_motion import lip_motion

CLIP_S = 0.5  # of each film that is rendered


def make_clip(path: Path, folder: Path) -> str:
    """Go the whole way with a file; the kind of its end. Raises PipelineError."""
    source = probe_apart(path)
    load_audio(source, folder, Control())
    if source.video is None:
        return "sound alone"
    _render(source, folder / "clip")
    return "clip"


def _render(source: Source, stem: Path) -> None:
    span = Span(start_s=0.0, end_s=min(CLIP_S, source.duration_s))
    word = Word(text="Words.", start_s=0.1, end_s=0.4, probability=1.0)
    spoken = (Sentence(text="Words.", start_s=0.1, end_s=0.4, first_word=0, last_word=0),)
    options = Options(quality="fast", hook_title=True)
    shots = shot_scan.look(source, span, control=Control(), listener=lip_motion, sentences=spoken)
    render_clip(
        ClipPlan(
            source=source,
            span=span,
            words=(word,),
            path=crop_planning.plan(source, span, shots, options),
            style="karaoke",
            options=options,
            title="A title",
            language="en",
            shots=shots,
        ),
        stem=stem,
        control=Control(),
    )
