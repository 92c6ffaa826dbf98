"""The text over a clip's pictures: its title and captions, placed so that nothing collides."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from pipeline.captions.caption_layer import Captions, Speech
from pipeline.captions.cover_title import LOOK_S, Cover, draw_cover_title
from pipeline.captions.drawing.blending import Stamp
from pipeline.captions.drawing.logo import LogoLayer, draw_logo
from pipeline.captions.layout.obstacles import shown, whole_captions
from pipeline.captions.layout.safe_areas import SafeArea
from pipeline.captions.layout.text_placement import Places
from pipeline.captions.styles.style import load_style
from pipeline.captions.title_layer import TITLE_DURATION_S, Headline, adds_to_speech
from pipeline.core.data import CaptionSource, TitleHidden, VideoStream, Word
from pipeline.core.layout import crops_at
from pipeline.editing import stretches
from pipeline.editing.composition import Composition
from pipeline.rendering.clip_plan import ClipPlan
from pipeline.vision.writing.burned_in_text import has_captions

MAX_TITLE_COVERS = 0.02  # largest share of the faces that a title may cover: the edge of a chin


class Layer(Protocol):
    """Text drawn over the pictures."""

    def at(self, t_s: float) -> Stamp | None:
        """Return the stamp for the picture at `t_s` of the scene's clock; times ascend."""


@dataclass(frozen=True, slots=True)
class TextLayers:
    """The layers of a clip, the first drawn first."""

    layers: Sequence[Layer]  # with the brand's logo
    title_on: Callable[[Cover], Stamp | None]  # the title alone, for a thumbnail
    captions: CaptionSource
    title_hidden: TitleHidden | None  # why the title is not shown although it is wanted


def set_text(plan: ClipPlan, scene: Composition) -> TextLayers:
    """Lay out title and captions of a plan's scene, which may be cut. Raises UnknownStyle.

    The source's own captions stay if they are there uncut: a second line would only distract. The
    title is shown over the first seconds if wanted, and on bars of sound; not if the captions say
    the same at the same time, or would have to stand on a face to leave it room, nor on a face
    itself.
    """
    drawn = load_style(plan.style).draw and bool(scene.words)
    text = _Text(plan, scene)
    own = has_captions(
        whole_captions(scene.path, scene.shots), scene.span.start_s, scene.span.end_s
    )
    if own or not drawn:
        headline = text.headline(text.places(), said=())
        layers = text.logo if headline is None else [*text.logo, headline]
        return TextLayers(layers, text.cover, "source" if own else "none", text.title_hidden)
    places = text.places()
    headline = text.headline(places, said=scene.words)  # takes its place before the captions
    captions = text.captions(text.places())
    if headline is not None:
        beside = text.captions(places)
        until_s = scene.span.start_s + TITLE_DURATION_S
        if beside.covered(until_s) <= captions.covered(until_s):  # there is room for both
            return TextLayers([*text.logo, headline, beside], text.cover, "drawn", None)
        text.title_hidden = "no_room"
    return TextLayers([*text.logo, captions], text.cover, "drawn", text.title_hidden)


class _Text:
    """What is written in one clip, in one style."""

    def __init__(self, plan: ClipPlan, scene: Composition) -> None:
        self._scene, self._video = scene, plan.source.video
        self._style, self._title = plan.style, plan.title
        options = self._options = plan.options
        self._language = plan.language
        self._size = scene.path.width, scene.path.height
        self._safe = SafeArea.of(*self._size, options.safe_area)
        self.title_hidden: TitleHidden | None = None
        self.logo: list[Layer] = []  # one or none
        self._logo_rows: tuple[float, float] | None = None
        if options.brand is not None and (path := options.brand.path("logo")) is not None:
            logo = LogoLayer(draw_logo(path, options.brand.logo_place, self._size, self._safe))
            self.logo, self._logo_rows = [logo], (logo.top, logo.bottom)

    def places(self) -> Places:
        """Return the places of the clip, of which only the logo's is taken."""
        places = Places(
            self._scene.path,
            self._scene.shots,
            self._video,
            self._safe,
            position=load_style(self._style).text.position,
        )
        if self._logo_rows is not None:
            places.take(self._scene.span.start_s, self._scene.span.end_s, *self._logo_rows)
        return places

    def headline(self, over: Places, said: Sequence[Word]) -> Headline | None:
        """Return the title, if it is wanted, adds to what is `said`, and covers no face.

        Not after a card with the title.
        """
        start_s = self._scene.span.start_s
        shown = start_s, start_s + TITLE_DURATION_S
        brand = self._options.brand
        if not self._options.hook_title and self._video is not None:
            return None
        if brand is not None and brand.title_card_s:
            self.title_hidden = "card"
        elif not adds_to_speech(self._title, said, shown[1]):
            self.title_hidden = "said"
        if self.title_hidden is not None:
            return None
        title = Headline(
            self._title,
            style=self._style,
            size=self._size,
            shown=shown,
            places=over,
            safe=self._safe,
            language=self._language,
        )
        if title.covered > MAX_TITLE_COVERS:
            self.title_hidden = "no_room"
            return None
        return title

    def captions(self, over: Places) -> Captions:
        """Return the captions of the clip."""
        cut = self._scene.cut
        speech = Speech(
            self._scene.words,
            self._scene.span,
            self._language,
            self._scene.speakers,
            joints_s=() if cut is None else stretches.joints(cut),
        )
        return Captions(
            speech,
            size=self._size,
            style=self._style,
            places=over,
            emphasis=self._options.emphasis,
            emoji=self._options.emoji,
            safe=self._safe,
        )

    def cover(self, cover: Cover) -> Stamp | None:
        """Return the title on a thumbnail, if it says anything and there is room for it."""
        if not adds_to_speech(self._title, (), self._scene.span.start_s):
            return None
        return draw_cover_title(
            self._title,
            cover,
            style=self._style,
            places=_places_at(cover.t_s, self._scene, self._video, self._safe),
            safe=self._safe,
            lowest_first=self._video is not None,  # bars of sound have their title above them
            language=self._language,
        )


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
