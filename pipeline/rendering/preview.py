"""Draws single pictures of a clip as it would be rendered, without encoding it.

Crop, captions, title and logo are laid out by what the renderer uses, for the whole clip: where a
caption stands and when it changes depends on what is before and after it.
"""

from functools import partial

from av.video.frame import VideoFrame

from pipeline.core.arrays import F32
from pipeline.core.control import Control
from pipeline.core.data import Source, Span
from pipeline.core.layout import crops_at
from pipeline.core.timemap import MOMENT_S
from pipeline.editing.composition import Composition
from pipeline.media.cover_art import cover_of
from pipeline.media.frames import read
from pipeline.rendering.audiogram import Audiogram
from pipeline.rendering.clip_plan import ClipPlan
from pipeline.rendering.compositor import Canvas
from pipeline.rendering.footage import AUDIOGRAM_RATE
from pipeline.rendering.soundtrack import finish, prepare_sound
from pipeline.rendering.surface import InMemory
from pipeline.rendering.text_layers import set_text


def draw_preview(plan: ClipPlan, *, at_s: float, control: Control) -> VideoFrame:
    """Return the picture that `render_clip` of the same plan has at a time of the source.

    It is the nearest one where the clip does not have that time, and is yuv420p, BT.709, of the
    clip's size. What a brand shows before and after the clip is not in it.
    Raises UnknownStyle and Canceled.
    """
    source, span, scene = plan.source, plan.span, plan.scene(plan.span)
    rate = AUDIOGRAM_RATE if source.video is None else source.video.fps
    prepare = partial(prepare_sound, plan, scene, control, 1 / rate)
    heard = prepare() if plan.is_cut else None
    scene = scene if heard is None else heard[0]
    at_s = min(max(at_s, span.start_s), span.end_s - MOMENT_S)
    t_s = at_s
    if scene.cut is not None:
        at_s = scene.cut.nearest(at_s)
        t_s = scene.cut.to_clip(at_s)
    picture = _footage(source, scene, at_s, t_s, control)
    if picture is None:
        _, sound, masked = heard or prepare()
        picture = _bars(source, scene, finish(sound, control, masked), t_s)
    for layer in set_text(plan, scene).layers:
        if (stamp := layer.at(t_s)) is not None:
            picture.blend(stamp)
    return picture.viewable()


def _footage(
    source: Source, scene: Composition, at_s: float, t_s: float, control: Control
) -> InMemory | None:
    """Return the source's picture at `at_s`, cropped as at `t_s` of the scene's clock, if any."""
    if source.video is None:
        return None
    moment = Span(start_s=at_s, end_s=at_s + MOMENT_S)
    shown = next(read(source, moment, control=control), None)
    if shown is None:
        return None
    segments = scene.path.segments
    now = next((s for s in segments if t_s < s.end_s - 1e-6), segments[-1])
    canvas = Canvas(source.video, scene.path.width, scene.path.height)
    return canvas.compose(shown[1], now.layout, crops_at(now, max(t_s, now.start_s)))


def _bars(source: Source, scene: Composition, sound: F32, t_s: float) -> InMemory:
    """Return bars of a clip's sound, (2, n), at a time of the scene's clock."""
    cover = cover_of(source.path) if source.video is None else None
    bars = Audiogram(sound, scene.path.width, scene.path.height, cover)
    return InMemory(bars.picture(t_s - scene.span.start_s))
