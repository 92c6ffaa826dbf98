"""Renders one clip in one pass: decode, compose, caption, encode, mux; makes no choices itself."""

import time
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path

import torch

from pipeline.captions.drawing.blending import Stamp
from pipeline.core.atomic import atomic_write
from pipeline.core.control import Control
from pipeline.core.data import Clip
from pipeline.core.prefetch import prefetch
from pipeline.editing import stretches
from pipeline.editing.composition import Composition
from pipeline.rendering import encoder
from pipeline.rendering.bookends import Bookends, JoinedSound, Part, bookends
from pipeline.rendering.clip_plan import ClipPlan
from pipeline.rendering.footage import Footage, Pictures, Waves
from pipeline.rendering.muxer import Form, duration_of, open_clip
from pipeline.rendering.soundtrack import Sound, finish, prepare_sound
from pipeline.rendering.surface import Surface
from pipeline.rendering.text_layers import Layer, set_text
from pipeline.rendering.thumbnail import Thumbnails

# Time on the scene's clock, picture, the same with what is drawn over it.
Composed = tuple[float, Surface, Surface]

PREFETCHED_PICTURES = 4  # pictures composed ahead of the one being encoded


def render_clip(
    plan: ClipPlan, *, stem: Path, control: Control, card: torch.device | None = None
) -> Clip:
    """Render a plan to `stem`.mp4 and `stem`.jpg, which appear once they are complete.

    Thumbnails that differ from the first are `stem`.2.jpg and `stem`.3.jpg.
    With options.clean_video it also writes `stem`.clean.mp4, without captions, title and logo.
    What the brand of the options shows before and after the clip is in both.
    A source without a picture gets bars of sound below its title and cover. The clip ends early if
    picture and sound both end. Long parts that are left out are not read. Masked words are always
    bleeped. Pictures are decoded and composed on `card` if possible, and encoded there if NVENC
    opens.
    Raises UnknownStyle and Canceled, and then leaves no files behind.
    """
    path, clean = (stem.parent / f"{stem.name}{end}" for end in (".mp4", ".clean.mp4"))
    files = (path, clean) if plan.options.clean_video else (path,)
    pictures = _pictures(plan, control, card)
    begun = plan.scene_from(pictures.start_s)
    scene, sound, masked = prepare_sound(plan, begun, control, 1 / pictures.rate)
    text = set_text(plan, scene)
    form = Form(
        quality=plan.options.quality,
        width=plan.path.width,
        height=plan.path.height,
        rate=pictures.rate,
        pixels=pictures.pixels,
        title=plan.title,
    )
    around = bookends(plan, pictures.rate, control)
    with atomic_write(*files) as written, ThreadPoolExecutor(1, "sound") as executor:
        queued = executor.submit(finish, sound, control, masked)  # runs beside the first pictures
        began_s = time.monotonic()
        best, frames = _write(
            written,
            form=form,
            pictures=pictures,
            layers=text.layers,
            around=around,
            sound=queued.result,
            scene=scene,
            control=control,
        )
        render_s = time.monotonic() - began_s
        duration_s = duration_of(written[0])
        thumbnails = best.save(stem, text.title_on)
    control.report("render", 1.0)
    return Clip(
        path=path,
        thumbnails=thumbnails,
        width=plan.path.width,
        height=plan.path.height,
        duration_s=duration_s,
        encoder=encoder.choose().name,
        kept=() if scene.cut is None else scene.cut.kept,
        clean=clean if plan.options.clean_video else None,
        captions=text.captions,
        lead_in_s=float(sum(part.count for part in around.before) / pictures.rate),
        frames=frames,
        render_s=render_s,
    )


def _write(
    files: Sequence[Path],
    *,
    form: Form,
    pictures: Pictures,
    layers: Sequence[Layer],
    around: Bookends,
    sound: Sound,
    scene: Composition,
    control: Control,
) -> tuple[Thumbnails, int]:
    """Compose each picture once, beside the encoder, and encode it for the clip and the clean one.

    Return the best pictures, and how many there were.
    """
    best, span, frames = Thumbnails(scene), scene.span, 0
    joined = JoinedSound(sound, around, form.rate)
    with ExitStack() as stack:
        drawn, *clean = (
            stack.enter_context(open_clip(path, form, joined, control)) for path in files
        )
        own = _compose(pictures, layers, scene, sound, best, shared=bool(clean))
        composed = _surround(own, pictures, around, joined, scene)
        queued = stack.enter_context(closing(prefetch(composed, PREFETCHED_PICTURES)))
        for t_s, picture, written in queued:
            for file in clean:
                file.add(picture.encodable())
                control.check()
            drawn.add(written.encodable())
            frames += 1
            control.report("render", (t_s - span.start_s) / max(1e-6, span.duration_s))
    return best, frames


def _compose(
    pictures: Pictures,
    layers: Sequence[Layer],
    scene: Composition,
    sound: Sound,
    thumbnails: Thumbnails,
    *,
    shared: bool,
) -> Generator[Composed, None, None]:
    """Yield the pictures of the talk; each is a thumbnail candidate."""
    for t_s, picture in pictures.draw(scene, sound):
        thumbnails.offer(t_s, picture)
        stamps = [stamp for layer in layers if (stamp := layer.at(t_s)) is not None]
        yield t_s, picture, _draw(picture, stamps, shared=shared)


def _surround(
    own: Generator[Composed, None, None],
    pictures: Pictures,
    around: Bookends,
    joined: JoinedSound,
    scene: Composition,
) -> Generator[Composed, None, None]:
    """Yield the same with the pictures of what comes before and after; those have no text."""

    def plain(parts: Sequence[Part], t_s: float) -> Generator[Composed, None, None]:
        for part in parts:
            for frame in part.draw():
                picture = pictures.lift(frame)
                yield t_s, picture, picture

    shown = 0
    with closing(own):
        yield from plain(around.before, scene.span.start_s)
        for composed in own:
            shown += 1
            yield composed
        joined.end(shown)
        yield from plain(around.after, scene.span.end_s)


def _draw(picture: Surface, stamps: Sequence[Stamp], *, shared: bool) -> Surface:
    """Draw the stamps; a shared picture is copied first: an encoder may hold it."""
    ground = picture.copy() if stamps and shared else picture
    for stamp in stamps:
        ground.blend(stamp)
    return ground


def _pictures(plan: ClipPlan, control: Control, card: torch.device | None) -> Pictures:
    """Return footage if the source has video, otherwise bars of sound."""
    read = stretches.opening(plan.span, plan.left_out, plan.order)
    if plan.source.video is None:
        return Waves(plan.source, read[0])
    return Footage(plan.source, read, plan.path, control, card)
