"""Plans the clip of a whole film with the stages of `pipeline.stages`, without encoding it."""

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pipeline
from pipeline.core.control import Control
from pipeline.core.data import Options, Source, Span
from pipeline.editing.composition import Composition
from pipeline.framing import camera_moves, crop_planning
from pipeline.media.probing import probe
from pipeline.media.speech_audio import load_audio
from pipeline.models.registry import Models
from pipeline.recognition import vad
from pipeline.rendering.clip_plan import ClipPlan
from pipeline.rendering.text_layers import TextLayers, set_text
from pipeline.vision import shot_scan

MAX_S = 60.0  # part of a film that is clipped
TITLE = "Nobody tells you how hard it is to begin"  # about as long as the titles we write
OPTIONS = Options(caption_style="white_bold", quality="fast", hook_title=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedClip:
    """Everything that decides what the clip of a film looks like, on the source timeline."""

    source: Source
    scene: Composition
    language: str  # ISO 639-1
    speech: vad.Probabilities  # one per chunk of vad.CHUNK_S, from 0 s on


def plan_clip(film: Path, models: Models) -> PlannedClip:
    """Plan the clip of at most the first MAX_S of a film, its speakers labeled by voice.

    Raises errors of pipeline.core.errors: NoSpeech where the product makes no clip.
    """
    source, control = probe(film, min_duration_s=0.0), Control()
    span = Span(start_s=0.0, end_s=min(MAX_S, source.duration_s))
    with TemporaryDirectory() as folder:
        sound = load_audio(source, Path(folder), control, within=span)
        said = pipeline.hear(sound, models=models, language=None, control=control, span=span)
        speech = vad.probabilities(sound, models.voice_activity, control, within=span)
    shots = shot_scan.look(
        source, span, control=control, listener=models.active_speaker, sentences=said.sentences
    )
    planned = crop_planning.plan(source, span, shots, OPTIONS, words=said.words)
    path = camera_moves.add_motion(
        planned, OPTIONS.motion, shots=shots, words=said.words, language=said.language
    )
    speakers = tuple(
        (Span(start_s=s.start_s, end_s=s.end_s), s.speaker)
        for s in said.sentences
        if s.speaker is not None
    )
    scene = Composition(span=span, words=said.words, path=path, shots=shots, speakers=speakers)
    return PlannedClip(source=source, scene=scene, language=said.language, speech=speech)


def set_clip_text(clip: PlannedClip, title: str) -> TextLayers:
    """Lay out the clip's captions and a title, if any; layers are asked for ascending times."""
    plan = ClipPlan(
        source=clip.source,
        span=clip.scene.span,
        words=clip.scene.words,
        path=clip.scene.path,
        style=OPTIONS.caption_style,
        options=OPTIONS,
        title=title,
        language=clip.language,
        shots=clip.scene.shots,
        speakers=clip.scene.speakers,
    )
    return set_text(plan, clip.scene)
