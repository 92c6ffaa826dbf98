"""What a brand shows before and after a clip: intro and title card, call to action and outro."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path

import numpy as np
from av.video.frame import VideoFrame

from pipeline.captions.brand_card import Card, draw_card
from pipeline.captions.drawing.blending import Stamp, blend, fade_stamp, prepare
from pipeline.captions.drawing.typesetting import Tile
from pipeline.captions.styles.style import load_style
from pipeline.core.arrays import F32
from pipeline.core.control import Control
from pipeline.core.data import Box, LayoutKind, Source, Span
from pipeline.core.errors import Corrupt
from pipeline.media.bumper_files import open_bumper
from pipeline.media.clip_audio import RATE, read_sound
from pipeline.media.frame_rate import ticks
from pipeline.media.frames import read
from pipeline.media.planes import copy_of
from pipeline.media.probing import NO_SOUND
from pipeline.rendering.clip_plan import ClipPlan
from pipeline.rendering.compositor import Canvas
from pipeline.rendering.soundtrack import Sound, fade, finish

MIN_SHOWN = 0.75  # share of a video's picture that a crop must keep; else all is shown
ENTRANCE_S = 0.3  # time in which the text of a card after the clip appears


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Pictures and their sound."""

    count: int  # number of pictures
    draw: Callable[[], Iterator[VideoFrame]]  # yields them: yuv420p, BT.709, shared
    sound: F32  # (2, n) at RATE, at most as long as the pictures


@dataclass(frozen=True, slots=True, kw_only=True)
class Bookends:
    """What comes before and after a clip, in order."""

    before: tuple[Part, ...] = ()
    after: tuple[Part, ...] = ()


def bookends(plan: ClipPlan, rate: Fraction, control: Control) -> Bookends:
    """Return the parts of the plan's brand, at a rate in pictures a second.

    Raises Canceled, Corrupt and OSError.
    """
    brand, size = plan.options.brand, (plan.path.width, plan.path.height)
    if brand is None:
        return Bookends()
    card = partial(
        draw_card,
        style=load_style(plan.style),
        colors=brand.colors,
        size=size,
        logo=brand.path("logo"),
        language=plan.language,
    )
    video = partial(_video, size=size, rate=rate, control=control)
    before, after = [], []
    if (intro := brand.path("intro")) is not None:
        before.append(video(intro))
    if brand.title_card_s and (titled := card(plan.title)) is not None:
        # at once: feeds show the first picture
        before.append(_still(titled, brand.title_card_s, rate, entrance_s=0.0))
    action = brand.call_to_action
    if action is not None and (called := card(action.text)) is not None:
        after.append(_still(called, action.seconds, rate, entrance_s=ENTRANCE_S))
    if (outro := brand.path("outro")) is not None:
        after.append(video(outro))
    return Bookends(before=tuple(before), after=tuple(after))


def _still(card: Card, seconds: float, rate: Fraction, *, entrance_s: float) -> Part:
    """Return a card that stands for some seconds, in silence."""
    count = max(1, round(seconds * rate))
    height, width = card.ground.shape[:2]
    ground = VideoFrame(width, height, "yuv420p")
    blend(ground, prepare(Tile(0, 0, card.ground)))
    entering = round(entrance_s * rate)

    def draw() -> Iterator[VideoFrame]:
        text = prepare(card.text)
        for n in range(min(entering, count)):
            yield _stamped(ground, fade_stamp(text, (n + 1) / (entering + 1)))
        whole = _stamped(ground, text)
        for _ in range(entering, count):
            yield whole

    return Part(count=count, draw=draw, sound=np.zeros((2, 0), np.float32))


def _stamped(ground: VideoFrame, stamp: Stamp) -> VideoFrame:
    frame = copy_of(ground)
    blend(frame, stamp)
    return frame


def _video(path: Path, *, size: tuple[int, int], rate: Fraction, control: Control) -> Part:
    """Return a video in the clip's shape: filling it, or whole over a blur of itself."""
    source = open_bumper(path)
    span = Span(start_s=0.0, end_s=source.duration_s)
    count = max(1, round(span.duration_s * rate))
    draw = partial(_frames, source, span, size=size, rate=rate, count=count, control=control)
    if source.audio is NO_SOUND:
        return Part(count=count, draw=draw, sound=np.zeros((2, 0), np.float32))
    sound = finish(read_sound(source, span, control), control)[:, : int(count / rate * RATE)].copy()
    fade(sound, at_end=True)
    return Part(count=count, draw=draw, sound=sound)


def _frames(
    source: Source,
    span: Span,
    *,
    size: tuple[int, int],
    rate: Fraction,
    count: int,
    control: Control,
) -> Iterator[VideoFrame]:
    """Yield `count` pictures; the last is repeated where the video ends early. Raises Corrupt."""
    assert source.video is not None
    canvas = Canvas(source.video, *size)
    layout, box = _fit(source.video.width, source.video.height, size)
    shown, last = 0, None
    for tick in ticks(read(source, span, control=control), span.start_s, span.end_s, rate):
        if shown == count:
            return
        last = canvas.compose(tick.frame, layout, [box]).viewable()
        shown += 1
        yield last
    if last is None:
        raise Corrupt("The brand's intro or outro is damaged: it has no pictures.")
    for _ in range(shown, count):
        yield last


def _fit(width: int, height: int, size: tuple[int, int]) -> tuple[LayoutKind, Box]:
    """Return how a picture is shown in a clip of `size`, and which part of it."""
    shape = size[0] / size[1]
    w, h = min(width, height * shape), min(height, width / shape)
    if w * h < MIN_SHOWN * width * height:
        return "fit", Box(x=0, y=0, w=width, h=height)
    return "crop", Box(x=(width - w) / 2, y=(height - h) / 2, w=w, h=h)


class JoinedSound:
    """Sound of parts, of the clip's own pictures, and of parts again, in step with the pictures.

    How many pictures of its own the clip has shows only when they end; until then, what it returns
    ends with the clip's sound. A file takes no sound beyond the pictures that it has.
    """

    def __init__(self, own: Sound, around: Bookends, rate: Fraction) -> None:
        """`own` returns the clip's sound, (2, n) at RATE, from its first picture on."""
        self._own, self._around, self._rate = own, around, rate
        self._joined: F32 | None = None

    def __call__(self) -> F32:
        """Return the sound from the first picture of all, (2, n) at RATE."""
        if not (self._around.before or self._around.after):
            return self._own()
        if self._joined is None:
            self._joined = np.concatenate([*self._sounds(self._around.before), self._own()], axis=1)
        return self._joined

    def end(self, pictures: int) -> None:
        """Say how many pictures of its own the clip has: what comes after them may sound."""
        if not self._around.after:
            return
        before = sum(part.count for part in self._around.before)
        start, end = self._sample(before), self._sample(before + pictures)
        own = self._cut(self._own(), end - start)
        fade(own, at_end=True)
        self._joined = np.concatenate(
            [*self._sounds(self._around.before), own, *self._sounds(self._around.after)],
            axis=1,
        )

    def _sounds(self, parts: Sequence[Part]) -> list[F32]:
        at, found = 0, []
        for part in parts:
            first, at = at, at + part.count
            found.append(self._cut(part.sound, self._sample(at) - self._sample(first)))
        return found

    def _sample(self, picture: int) -> int:
        """Return the sample at which a picture begins."""
        return int(picture / self._rate * RATE)

    @staticmethod
    def _cut(sound: F32, samples: int) -> F32:
        """Return a copy of the first samples, with silence where there are fewer."""
        out = np.zeros((2, samples), np.float32)
        kept = min(samples, sound.shape[1])
        out[:, :kept] = sound[:, :kept]
        return out
