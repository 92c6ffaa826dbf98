"""Plans the clip of a whole film with the stages of `pipeline.stages`, without encoding it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

import pipeline
from pipeline.captions.blending import Stamp
from pipeline.captions.caption_layer import Captions
from pipeline.captions.placement import Places
from pipeline.captions.title_layer import TITLE_DURATION_S, Headline
from pipeline.core.control import Control
from pipeline.core.data import CropPath, Options, Shot, Source, Span, Word
from pipeline.framing import crop_planning, motion
from pipeline.media.probing import probe
from pipeline.media.speech_audio import load_audio
from pipeline.models.registry import Models
from pipeline.recognition import vad
from pipeline.vision import shot_scan

MAX_S = 60.0  # of a film
TITLE = "Nobody tells you how hard it is to begin"  # about as long as the titles we write
OPTIONS = Options(caption_style="white_bold", quality="fast", hook_title=True)


class Layer(Protocol):
    """Text over the clip's pictures."""

    def at(self, t_s: float) -> Stamp | None:
        """Return the stamp over the picture at `t_s`; times ascend."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedClip:
    """Everything that decides what the clip of a film looks like, on the source timeline."""

    source: Source
    span: Span
    shots: tuple[Shot, ...]
    path: CropPath
    words: tuple[Word, ...]
    speech: vad.Probabilities  # of each chunk of vad.CHUNK_S, from 0 s on


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
    path = motion.add_motion(
        planned, OPTIONS.motion, shots=shots, words=said.words, language=said.language
    )
    return PlannedClip(
        source=source, span=span, shots=shots, path=path, words=said.words, speech=speech
    )


def text_layers(clip: PlannedClip) -> Sequence[Layer]:
    """Return the title and the captions, as `clip_renderer` places and draws them."""
    places = Places(clip.path, clip.shots, clip.source.video)
    style, size = OPTIONS.caption_style, (clip.path.width, clip.path.height)
    shown = clip.span.start_s, clip.span.start_s + TITLE_DURATION_S
    title = Headline(TITLE, style=style, size=size, shown=shown, places=places)
    captions = Captions(clip.words, span=clip.span, size=size, style=style, places=places)
    return title, captions
