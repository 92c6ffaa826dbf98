"""Renders one clip in one pass: decode, compose, caption, encode, mux. Chooses nothing itself."""

from collections.abc import Sequence
from pathlib import Path

from pipeline import encoder
from pipeline.control import Control
from pipeline.data import Clip, CropPath, Options, Shot, Source, Span, Word
from pipeline.mux import ClipFile, duration_of, open_mp4, whole_or_nothing
from pipeline.overlay import blend
from pipeline.pictures import Footage, Pictures, Waves
from pipeline.sound import clip_sound
from pipeline.stamps import Captions
from pipeline.thumbnail import Thumbnail


def render_clip(
    source: Source,
    span: Span,
    words: Sequence[Word],
    crop_path: CropPath,
    *,
    style: str,
    options: Options,
    stem: Path,
    control: Control,
    title: str = "",
    shots: Sequence[Shot] = (),
) -> Clip:
    """Write `stem`.mp4 and `stem`.jpg for the seconds of `span`; they appear once complete.

    `words` and `crop_path` are on the source timeline; `shots` tell where faces are, so that
    captions keep off them. Bars of sound are shown where the source has no picture; the clip ends
    early where its sound ends as well.
    Raises UnknownStyle, Canceled; nothing is left behind then.
    """
    path, thumbnail_path = (stem.parent / f"{stem.name}{end}" for end in (".mp4", ".jpg"))
    pictures = _pictures(source, span, crop_path, control)
    span = Span(start_s=pictures.start_s, end_s=span.end_s)
    captions = Captions(words, span=span, path=crop_path, style=style, shots=shots, source=source)
    sound = clip_sound(source, span, control)
    thumbnail = Thumbnail()
    with whole_or_nothing(path, thumbnail_path) as (part, part_thumbnail):
        with open_mp4(part.absolute(), title) as container:
            clip = ClipFile(
                container,
                quality=options.quality,
                size=(crop_path.width, crop_path.height),
                rate=pictures.rate,
                sound=sound,
            )
            for t_s, picture in pictures.draw(span.end_s, sound):
                thumbnail.offer(t_s - span.start_s, picture)
                if (stamp := captions.at(t_s)) is not None:
                    blend(picture, stamp)
                clip.add(picture)
                control.report("render", (t_s - span.start_s) / max(1e-6, span.duration_s))
            clip.close()
        thumbnail.save(part_thumbnail)
        duration_s = duration_of(part.absolute())
    control.report("render", 1.0)
    return Clip(
        path=path,
        thumbnail=thumbnail_path,
        width=crop_path.width,
        height=crop_path.height,
        duration_s=duration_s,
        encoder=encoder.choose().name,
    )


def _pictures(source: Source, span: Span, path: CropPath, control: Control) -> Pictures:
    """Footage where there is any."""
    if source.video is None:
        return Waves(span, path)
    return Footage(source, span, path, control)
