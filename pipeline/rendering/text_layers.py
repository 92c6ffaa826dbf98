"""The text over a clip's pictures: its title and captions, placed so that nothing collides."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from pipeline.captions.blending import Stamp
from pipeline.captions.caption_layer import Captions
from pipeline.captions.cover_title import LOOK_S, Cover, draw_cover_title
from pipeline.captions.obstacles import shown, whole_captions
from pipeline.captions.placement import Places
from pipeline.captions.safe_areas import SafeArea
from pipeline.captions.style import load_style
from pipeline.captions.title_layer import TITLE_DURATION_S, Headline, adds_to_speech
from pipeline.core.data import CaptionSource, Options, VideoStream
from pipeline.core.layout import crops_at
from pipeline.editing.composition import Composition
from pipeline.vision.burned_in_text import has_captions

MAX_TITLE_COVERS = 0.02  # of the faces in the picture: the edge of a chin


class Layer(Protocol):
    """Text drawn over the pictures."""

    def at(self, t_s: float) -> Stamp | None:
        """Return the stamp for the picture at `t_s` of the scene's clock; times ascend."""


@dataclass(frozen=True, slots=True)
class TextLayers:
    """The layers of a clip, the first drawn first."""

    layers: Sequence[Layer]
    title_on: Callable[[Cover], Stamp | None]  # the title by itself, for a thumbnail
    captions: CaptionSource


def set_text(
    scene: Composition,
    video: VideoStream | None,
    *,
    style: str,
    title: str,
    options: Options,
    language: str,
) -> TextLayers:
    """Lay out title and captions of a scene. Raises UnknownStyle.

    The source's own captions stay if they are there uncut: a second line would only distract. The
    title is shown over the first seconds if wanted, and on bars of sound; not if the captions say
    the same at the same time, or would have to
    stand on a face to leave it room, nor on a face itself.
    """
    size = scene.path.width, scene.path.height
    safe = SafeArea.of(*size, options.safe_area)
    start_s, end_s = scene.span.start_s, scene.span.end_s

    def titled(from_s: float, over: Places) -> Headline:
        shown = from_s, from_s + TITLE_DURATION_S
        return Headline(
            title, style=style, size=size, shown=shown, places=over, safe=safe, language=language
        )

    def title_on(cover: Cover) -> Stamp | None:
        if not adds_to_speech(title, (), start_s):
            return None
        return draw_cover_title(
            title,
            cover,
            style=style,
            places=_places_at(cover.t_s, scene, video, safe),
            safe=safe,
            lowest_first=video is not None,  # bars of sound have their title above them
            language=language,
        )

    def captioned(over: Places) -> Captions:
        return Captions(
            scene.words,
            span=scene.span,
            size=size,
            style=style,
            places=over,
            emphasis_in=language if options.emphasis or options.emoji else None,
            emoji=options.emoji,
            language=language,
            speakers=scene.speakers,
            safe=safe,
        )

    own = has_captions(whole_captions(scene.path, scene.shots), start_s, end_s)
    draws = load_style(style).draw and bool(scene.words) and not own
    until_s = start_s + TITLE_DURATION_S
    wanted = bool(title) and (options.hook_title or video is None)
    layers: list[Layer] = []
    if wanted and adds_to_speech(title, scene.words if draws else (), until_s):
        places = Places(scene.path, scene.shots, video, safe)
        headline = titled(start_s, places)  # takes its place before the captions
        if headline.covered <= MAX_TITLE_COVERS:
            layers.append(headline)
    if draws:
        captions = captioned(Places(scene.path, scene.shots, video, safe))
        if layers:
            beside = captioned(places)
            if beside.covered(until_s) > captions.covered(until_s):  # there is no room for both
                layers = []
            else:
                captions = beside
        layers.append(captions)
    return TextLayers(layers, title_on, "source" if own else "drawn" if draws else "none")


def _places_at(t_s: float, scene: Composition, video: VideoStream | None, safe: SafeArea) -> Places:
    """Return the places that a thumbnail of the time has; beside a picture that is shown whole."""
    before = [segment for segment in scene.path.segments if segment.start_s <= t_s]
    now = replace(
        before[-1] if before else scene.path.segments[0],
        start_s=t_s - LOOK_S,
        end_s=t_s + 2 * LOOK_S,
    )
    places = Places(replace(scene.path, segments=(now,)), scene.shots, video, safe)
    if now.layout == "fit" and video is not None:
        (whole,) = crops_at(now, t_s)
        for box, _ in shown(whole, now, t_s, scene.path):
            places.take(now.start_s, now.end_s, box.y, box.y + box.h)
    return places
