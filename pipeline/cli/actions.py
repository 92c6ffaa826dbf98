"""Runs each subcommand. This module loads torch; `commands` does not."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import numpy as np
import numpy.typing as npt

import pipeline
from pipeline.alignment import transcript_reader
from pipeline.cli import arguments, framing_preview, text_files
from pipeline.cli.progress_bar import progress_bar
from pipeline.core.control import Control
from pipeline.core.data import Box, Clip, Options, Shot, Span, Talk, Transcript
from pipeline.core.errors import Canceled, ModelUnavailable, PipelineError, WrongInput
from pipeline.core.layout import crops_at
from pipeline.core.texts import DEFAULT_TEXT_KINDS
from pipeline.export import subtitles, transcript_json
from pipeline.framing import crop_planning
from pipeline.highlights import scoring, selection, sentence_features
from pipeline.media import source_range
from pipeline.media.probing import probe
from pipeline.media.speech_audio import load_audio
from pipeline.models.registry import ModelConfig, Models
from pipeline.texts import writer
from pipeline.vision import shot_scan


def _clips(call: argparse.Namespace, control: Control) -> int:
    options = Options(
        mode=call.mode,
        quality=call.quality,
        caption_style=call.style,
        language=call.language,
        clip_count=call.count,
        min_duration_s=call.min,
        max_duration_s=call.max,
        aspect_ratio=call.aspect,
        range=call.range,
        keywords=call.keywords,
        prompt=call.prompt,
        kinds=call.kinds,
        transcript=call.transcript,
        remove_silences=call.remove_silences,
        remove_fillers=call.remove_fillers,
        profanity=call.profanity,
        vocabulary=call.vocabulary,
        layout=call.layout,
        motion=call.motion,
        safe_area=call.safe_area,
        hook_title=call.hook_title,
        emphasis=call.emphasis,
        emoji=call.emoji,
        clean_video=call.clean_video,
        text_outputs=call.texts or DEFAULT_TEXT_KINDS,
        text_options=arguments.text_options(call),
    )
    if not 0 < options.min_duration_s <= options.max_duration_s:
        raise WrongInput("--min must be above 0 and not above --max")
    config = _model_config(call)
    duration_s = probe(call.file).duration_s
    models = _models(config, control)
    with progress_bar(control, duration_s, quiet=call.json) as (watched, expect):
        talk, rendered, texts = pipeline.make_clips(
            call.file,
            call.out,
            models=models,
            options=options,
            control=watched,
            on_clip=lambda made, total: expect(min(made + 1, total), total),
        )
    (call.out / "transcript.json").write_text(
        subtitles.write(talk.transcript, "json"), encoding="utf-8"
    )
    text_files.save(call.out, texts, style=options.caption_style)
    _print_clips(call, talk, rendered)
    return 0


def _print_clips(call: argparse.Namespace, talk: Talk, rendered: Sequence[Clip]) -> None:
    rows = [
        {
            "file": str(clip.path),
            "thumbnail": str(clip.thumbnails[0]),
            "thumbnails": [str(path) for path in clip.thumbnails],
            "title": highlight.title,
            "virality_score": highlight.virality_score,
            "reason": highlight.reason,
            "start_seconds": round(highlight.start_s, 3),
            "end_seconds": round(highlight.end_s, 3),
            "duration_seconds": round(clip.duration_s, 3),
            "encoder": clip.encoder,
            "width": clip.width,
            "height": clip.height,
        }
        for highlight, clip in zip(talk.highlights, rendered, strict=True)
    ]
    if call.json:
        print(_to_json({"language": talk.transcript.language, "clips": rows}))
        return
    for row in rows:
        print(f"{row['virality_score']:>3}  {row['duration_seconds']:>5.1f} s  {row['file']}")
        print(f"     {row['title']}\n     {row['reason']}")


def _transcribe(call: argparse.Namespace, control: Control) -> int:
    models = _models(ModelConfig(), control)
    failed = 0
    for file in call.files:
        try:
            found = _transcribe_file(file, models, call, control)
        except PipelineError as error:
            if isinstance(error, Canceled) or len(call.files) == 1:
                raise
            failed += 1
            print(f"error: {file}: {error}", file=sys.stderr)
            if call.json:  # keeps one line per file
                print(_to_json({"file": str(file), "error": str(error)}))
            continue
        if call.json or call.format == "json":
            print(transcript_json.write_with_earlier_names(found))
        else:
            print(subtitles.write(found, call.format))
    return 1 if failed else 0


def _transcribe_file(
    file: Path, models: Models, call: argparse.Namespace, control: Control
) -> Transcript:
    """Transcribe a file of any length; a clip needs more speech than a transcript does."""
    source = probe(file, min_duration_s=0.2)
    span = source_range.resolve_range(source.duration_s, call.range)
    own = transcript_reader.read(call.transcript) if call.transcript is not None else ()
    with (
        TemporaryDirectory(prefix="klipfast-") as folder,
        progress_bar(control, source.duration_s, quiet=call.json) as (watched, _),
    ):
        sound = load_audio(source, Path(folder), watched, within=span)
        return pipeline.hear(
            sound,
            models=models,
            language=call.language,
            control=watched,
            min_speech_s=0.3,
            span=span,
            transcript=own,
            vocabulary=call.vocabulary,
        )


def _rank(call: argparse.Namespace, control: Control) -> int:
    models = _models(_model_config(call), control)
    readers, judge = models.text_models, models.judge
    for file in call.files:
        transcript, place = _sort_sentences(transcript_json.read(file))
        options = Options(
            clip_count=call.count, keywords=call.keywords, prompt=call.prompt, kinds=call.kinds
        )
        known = sentence_features.features(transcript.sentences, readers, None)
        found = selection.choose(
            transcript, None, readers, options, control, judge=judge, known=known
        )
        worth = scoring.by_sentence(
            transcript.sentences, known, options.min_duration_s, options.max_duration_s
        )
        laughs = known.laugh_chance
        clear = set(sentence_features.clear_borders(known))
        answer = {
            "sentences": [
                {"score": round(float(s), 4), "laugh": round(float(p), 4)}
                for s, p in zip(worth[place], laughs[place], strict=True)
            ],
            "boundaries": [
                {"sentence": i, "strength": round(float(known.border[k]), 4)}
                for i, k in enumerate(place)
                if k in clear
            ],
            "highlights": [
                {
                    "start_seconds": round(h.start_s, 3),
                    "end_seconds": round(h.end_s, 3),
                    "score": round(h.score, 4),
                    "breakdown": msgspec.to_builtins(h.breakdown),
                    "reason": h.reason,
                    "title": h.title,
                }
                for h in found
            ],
        }
        if call.json:
            print(_to_json(answer))
            continue
        for h in found:
            print(f"{h.virality_score:>3}  {h.start_s:8.1f}–{h.end_s:.1f} s  {h.title}")
            print(f"     {h.reason}")
    return 0


def _write(call: argparse.Namespace, control: Control) -> int:
    if call.out is not None and len(call.files) > 1:
        raise WrongInput("-o takes the texts of one transcript")
    models = _models(_model_config(call), control)
    for file in call.files:
        transcript, _ = _sort_sentences(transcript_json.read(file))
        found = selection.choose(
            transcript, None, models.text_models, Options(), control, judge=models.judge
        )
        texts = writer.write_texts(
            transcript,
            found,
            text_options=arguments.text_options(call),
            models=models.text_models,
            author=models.author,
            supervision=writer.Supervision(control=control, embed_any=models.text_models.embed),
            kinds=call.texts or DEFAULT_TEXT_KINDS,
        )
        if call.out is not None:
            call.out.mkdir(parents=True, exist_ok=True)
            text_files.save(call.out, texts, style=Options().caption_style)
        if call.json:
            print(_to_json(texts.by_kind()))
        elif call.out is None:
            print("\n\n---\n\n".join(texts.by_kind().values()))
    return 0


def _sort_sentences(transcript: Transcript) -> tuple[Transcript, npt.NDArray[np.intp]]:
    """Sort the sentences by start time; also return each sentence's place in the new order."""
    starts = np.array([s.start_s for s in transcript.sentences])
    order = np.argsort(starts, kind="stable")
    sentences = tuple(transcript.sentences[i] for i in order)
    return replace(transcript, sentences=sentences), np.argsort(order, kind="stable")


def _described(shot: Shot) -> dict[str, object]:
    """Return a shot's times and what its picture is made of."""
    layout = shot.layout
    return {
        "start_seconds": round(shot.start_s, 4),
        "end_seconds": round(shot.end_s, 4),
        "picture": None if layout is None else _rounded(layout.picture),
        "regions": [
            {
                "kind": region.kind,
                "box": _rounded(region.box),
                "start_seconds": round(region.start_s, 4),
                "end_seconds": round(region.end_s, 4),
            }
            for region in (() if layout is None else layout.regions)
        ],
    }


def _rounded(box: Box) -> dict[str, float]:
    return {k: round(v, 2) for k, v in msgspec.to_builtins(box).items()}


def _reframe(call: argparse.Namespace, control: Control) -> int:
    source = probe(call.file, min_duration_s=0.0)
    if source.video is None:
        raise WrongInput(f"{call.file} has no picture to frame")
    if not 0.0 <= call.start < call.end:
        raise WrongInput("--start must be at least 0 and before --end")
    span = Span(start_s=call.start, end_s=min(call.end, source.duration_s))
    listener = pipeline.load_models(_model_config(call)).with_check(control.check).active_speaker
    shots = shot_scan.look(source, span, control=control, listener=listener)
    path = crop_planning.plan(source, span, shots, Options(aspect_ratio=call.aspect))
    if call.preview is not None:
        framing_preview.write(call.preview, source, span, shots=shots, path=path, control=control)
    fps = float(source.video.fps)
    frames = []
    for number in range(max(1, int(span.duration_s * fps))):
        t_s = span.start_s + number / fps
        segment = next((s for s in path.segments if t_s < s.end_s), path.segments[-1])
        frames.append(
            {
                "t_seconds": round(t_s, 4),
                "layout": segment.layout,
                "boxes": [_rounded(box) for box in crops_at(segment, t_s)],
            }
        )
    answer = {
        "width": source.video.width,
        "height": source.video.height,
        "fps": round(fps, 4),
        "frames": frames,
        "shots": [_described(shot) for shot in shots],
    }
    if call.json:
        print(_to_json(answer))
        return 0
    for segment in path.segments:
        span_s = f"{segment.start_s:8.2f}–{segment.end_s:.2f} s"
        print(f"{span_s}  {segment.layout}  {len(segment.keys)} keys")
    return 0


def _to_json(value: object) -> str:
    """Return JSON whose times also have the names that earlier programs read."""
    plain = transcript_json.with_earlier_names(msgspec.to_builtins(value))
    return msgspec.json.encode(plain).decode()


def _models(config: ModelConfig, control: Control) -> Models:
    """Return the models; if weights of any are missing, fetch them now, all at once.

    What cannot be had is told by whoever needs it.
    """
    models = pipeline.load_models(config).with_check(control.check)
    with models.downloads_shown() as is_missing, suppress(ModelUnavailable):
        if is_missing:
            models.warm()
            _ = models.speaker_encoder
    return models


def _model_config(call: argparse.Namespace) -> ModelConfig:
    """Return the models that these options ask for. Raises WrongInput."""
    active_speaker = getattr(call, "active_speaker", "auto")
    if not hasattr(call, "llm"):
        return ModelConfig(active_speaker=active_speaker)
    if call.llm_url and not call.llm:
        raise WrongInput("--llm-url needs --llm: the name that the endpoint knows the model by")
    if call.llm_url and not call.llm_url.startswith(("http://", "https://")):
        raise WrongInput("--llm-url begins with http:// or https://")
    if not 0 < call.llm_timeout <= 86_400:
        raise WrongInput("--llm-timeout is more than 0 seconds, and at most 86400")
    key = os.environ.get("KLIPFAST__LLM__API_KEY", "")
    return ModelConfig(
        llm=call.llm,
        llm_url=call.llm_url,
        llm_api_key=key,
        llm_timeout_s=call.llm_timeout,
        active_speaker=active_speaker,
    )


ACTIONS: dict[str, Callable[[argparse.Namespace, Control], int]] = {
    "clips": _clips,
    "transcribe": _transcribe,
    "rank": _rank,
    "write": _write,
    "reframe": _reframe,
}
