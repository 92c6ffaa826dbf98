"""The driver: listen, make_clip and write_texts, and make_clips, which runs them in order.

`pipeline` describes the stages and exports these functions. Only this module connects the packages.
"""

import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from pipeline import hearing
from pipeline.alignment import transcript_reader
from pipeline.analysis import waveform
from pipeline.analysis.reading import Reading
from pipeline.captions.styles.style import style_of
from pipeline.core.control import Control
from pipeline.core.data import (
    Clip,
    Highlight,
    Options,
    Shot,
    Source,
    Span,
    Talk,
)
from pipeline.core.errors import Canceled
from pipeline.core.prefetch import beside, prefetch
from pipeline.core.texts import Texts
from pipeline.framing import views
from pipeline.framing.views import ClipView
from pipeline.highlights import reel, scoring, selection, sentence_features, single_spans
from pipeline.highlights.render_order import render_order
from pipeline.language import profanity
from pipeline.media import source_range, speech_audio
from pipeline.media.probing import probe
from pipeline.models.registry import Models
from pipeline.rendering import clip_renderer, gpu
from pipeline.rendering.clip_plan import ClipPlan
from pipeline.texts import chapter_starts, writer
from pipeline.texts.outline import outline


def make_clips(
    path: Path,
    out: Path,
    *,
    models: Models,
    options: Options,
    control: Control,
    on_clip: Callable[[int, int], None] = lambda *_: None,
) -> tuple[Talk, tuple[Clip, ...], Texts]:
    """Write clips and thumbnails of a file into the folder `out`; return them with talk and texts.

    Clips are rendered in `render_order`, beside the texts. `on_clip` gets the number of finished
    clips and of all, at first and after each. Raises errors of pipeline.core.errors.
    """
    out.mkdir(parents=True, exist_ok=True)
    control.report("probe", 0.0)
    talk = listen(probe(path), models=models, options=options, work_dir=out, control=control)
    on_clip(0, len(talk.highlights))
    made: dict[int, Clip] = {}
    clips = render_clips(
        talk,
        models=models,
        options=options,
        stem_of=lambda n: out / f"clip_{n + 1:02d}",
        control=control,
    )
    with beside(partial(write_texts, talk, models=models, options=options), control) as writing:
        for n, clip in clips:
            made[n] = clip
            on_clip(len(made), len(talk.highlights))
    return talk, tuple(made[n] for n in sorted(made)), writing.result()


def listen(
    source: Source, *, models: Models, options: Options, work_dir: Path, control: Control
) -> Talk:
    """Transcribe a talk, choose its highlights, best first, and find its chapters.

    `work_dir` holds the decoded sound while it is needed. Raises errors of pipeline.core.errors,
    and WrongInput for a malformed transcript or an unknown language.
    """
    models = models.with_check(control.check)
    given = () if options.transcript is None else transcript_reader.read(options.transcript)
    span = source_range.resolve_range(source.duration_s, options.range)
    if options.mode == "whole":
        source_range.check_whole(source.duration_s, options.range)
    with TemporaryDirectory(dir=work_dir, prefix=".sound-") as folder:
        sound = speech_audio.load_audio(source, Path(folder), control, within=span)
        transcript = hearing.hear(
            sound,
            models=models,
            language=options.language,
            control=control,
            span=span,
            transcript=given,
            vocabulary=options.vocabulary,
        )
        if options.profanity == "mask":  # before any later stage uses the words
            transcript = profanity.clean(transcript)
        outlined = waveform.peaks(sound)
        control.report("highlights", 0.0)
        text_models = models.text_models
        known = sentence_features.features(transcript.sentences, text_models, sound)
        worth = scoring.by_sentence(
            transcript.sentences, known, options.min_duration_s, options.max_duration_s
        )
        if options.mode == "whole":
            all_of_it = span or Span(start_s=0.0, end_s=source.duration_s)
            found = single_spans.whole(transcript, all_of_it, options, known, text_models)
        else:
            found = selection.weigh(
                transcript, sound, text_models, options, control, judge=models.judge, known=known
            )
    plan = outline(transcript, found.highlights, Reading(known.moments, known.roles, known.edited))
    return Talk(
        source=source,
        transcript=transcript,
        highlights=found.highlights,
        candidates=found.candidates,
        chapters=chapter_starts.find(
            plan, transcript.sentences, known.border[:-1], text_models.rate
        ),
        waveform=outlined,
        worth=tuple(round(float(w), 3) for w in worth),
        uncompared=found.uncompared,
    )


def describe(
    talk: Talk, span: Highlight, *, models: Models, options: Options, control: Control
) -> Highlight:
    """Score, title and explain a span of a talk that a person chose.

    `span` has its bounds and sentences, and a title or "". The delivery is not heard again.
    """
    models = models.with_check(control.check)
    return single_spans.describe(talk.transcript, span, models.text_models, options, control)


def join_moments(
    talk: Talk, moments: Sequence[Highlight], *, models: Models, options: Options, control: Control
) -> Highlight:
    """Return a highlight reel of moments of a talk, of at most options.max_duration_s.

    The moments do not overlap. Raises TooLong if no whole sentence of them fits.
    """
    models = models.with_check(control.check)
    return reel.join(talk.transcript, moments, models.text_models, options, control)


def make_clip(
    talk: Talk,
    highlight: Highlight,
    *,
    models: Models,
    options: Options,
    stem: Path,
    control: Control,
    known: Sequence[Shot] = (),
    view: ClipView | None = None,
) -> Clip:
    """Render one highlight to stem.mp4, with its thumbnails; a flash at an end is left out.

    `view`: what `look_at` returned for it, if that was called before. Else `known`: what was seen
    when it was rendered before, as in Clip.shots.
    """
    if view is None:
        view = look_at(
            talk, highlight, models=models, options=options, control=control, known=known
        )
    plan = plan_clip(talk, highlight, view, options)

    def render(card: torch.device | None) -> Clip:
        return clip_renderer.render_clip(plan, stem=stem, control=control, card=card)

    clip = replace(gpu.with_fallback(render, models.card), shots=view.looked)
    whole = Span(start_s=highlight.start_s, end_s=highlight.end_s)
    return clip if view.span == whole or clip.kept else replace(clip, kept=(view.span,))


def render_clips(
    talk: Talk,
    *,
    models: Models,
    options: Options,
    stem_of: Callable[[int], Path],
    control: Control,
) -> Generator[tuple[int, Clip], None, None]:
    """Render all highlights of a talk as `make_clip` does, in `render_order`; yield each with its
    index once it is there.

    While one is encoded the next is looked at, in what time the encoder leaves: looking keeps less
    than all cores busy. Nothing is reported of that. Raises as `make_clip`.
    """
    closed = threading.Event()

    def check() -> None:
        control.on_check()
        if closed.is_set():
            raise Canceled("The clips are not wanted any more.")

    ahead = Control(cancel=control.cancel, on_check=check)
    order = render_order(talk.highlights)
    look = partial(look_at, talk, models=models, options=options)
    render = partial(make_clip, talk, models=models, options=options, control=control)
    looked = (look(talk.highlights[n], control=control if n == order[0] else ahead) for n in order)
    with closing(prefetch(looked, 1, yielding=True)) as views:
        try:
            for n, view in zip(order, views, strict=True):
                yield n, render(talk.highlights[n], view=view, stem=stem_of(n))
        finally:
            closed.set()


def look_at(
    talk: Talk,
    highlight: Highlight,
    *,
    models: Models,
    options: Options,
    control: Control,
    known: Sequence[Shot] = (),
) -> ClipView:
    """Return what is seen and said in a highlight, and the crop that is planned for it.

    `known`: what was seen before, as in Clip.shots; where it does not cover the highlight, its
    pictures are decoded and examined, which takes seconds. Raises Canceled.
    """
    return views.look_at_all(
        talk,
        highlight,
        options=options,
        control=control,
        listener=models.with_check(control.check).active_speaker,
        known=known,
    )


def plan_clip(talk: Talk, highlight: Highlight, view: ClipView, options: Options) -> ClipPlan:
    """Return what a clip of a highlight is made of; `view`: as `look_at` returns it."""
    return ClipPlan(
        source=talk.source,
        span=view.span,
        words=view.words,
        path=view.path,
        style=style_of(options),
        options=options,
        title=highlight.title,
        language=talk.transcript.language,
        shots=view.shots,
        left_out=view.left_out,
        order=view.order,
        speakers=view.speakers,
    )


def write_texts(talk: Talk, *, models: Models, options: Options, control: Control) -> Texts:
    """Write the thread, post and article that the options request."""
    control.report("write", 0.0)
    models = models.with_check(control.check)
    author = models.author if options.text_outputs else None
    texts = writer.write_texts(
        talk.transcript,
        talk.highlights,
        kinds=options.text_outputs,
        text_options=options.text_options,
        models=models.text_models,
        author=author,
        supervision=writer.Supervision(
            control=control,
            embed_any=models.text_models.embed if author is not None else None,
            masked=options.profanity == "mask",
        ),
        chapters=talk.chapters,
    )
    control.report("write", 1.0)
    return texts
