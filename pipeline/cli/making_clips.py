"""`clips`: makes the clips and texts of a talk."""

import argparse
from collections.abc import Sequence

import pipeline
from pipeline.cli import arguments, text_files
from pipeline.cli.loading import load_models, model_config, to_json
from pipeline.cli.progress_bar import progress_bar
from pipeline.core.control import Control
from pipeline.core.data import Clip, Options, Talk
from pipeline.core.errors import WrongInput
from pipeline.core.texts import DEFAULT_TEXT_KINDS, Texts
from pipeline.export import subtitles
from pipeline.media.probing import probe


def run(call: argparse.Namespace, control: Control) -> int:
    """Make clips."""
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
    config = model_config(call)
    duration_s = probe(call.file).duration_s
    models = load_models(config, control)
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
    _print_clips(call, talk, rendered, texts)
    return 0


def _print_clips(
    call: argparse.Namespace, talk: Talk, rendered: Sequence[Clip], texts: Texts
) -> None:
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
        warnings = [{"code": "texts", "message": reason} for reason in texts.withheld()]
        answer = {"language": talk.transcript.language, "clips": rows, "warnings": warnings}
        print(to_json(answer))
        return
    for row in rows:
        print(f"{row['virality_score']:>3}  {row['duration_seconds']:>5.1f} s  {row['file']}")
        print(f"     {row['title']}\n     {row['reason']}")
    text_files.print_withheld(texts)
