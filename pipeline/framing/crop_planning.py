"""Plans the virtual camera: what part of each picture a clip shows.

`look` finds shots and faces in one decode at low resolution; `plan` turns them into a crop path.
A shot is cropped to its subject; where two people of about one size do not fit the crop, each has
a half ("split"); where it cannot hold what matters, or there is no face, the whole picture is
shown ("fit").
"""

from dataclasses import replace

from pipeline.core.data import (
    CropPath,
    CropSegment,
    FaceTrack,
    LayoutChoice,
    Options,
    Shot,
    Source,
    Span,
    VideoStream,
)
from pipeline.framing.crop_frame import COMPARABLE, Frame
from pipeline.framing.split_screen import Halves
from pipeline.framing.subjects import CHANGE_COST, Stretch, Weight, stretches
from pipeline.framing.two_shot import Pair, pair
from pipeline.vision.active_speaker import speech_probability, talkers

SIZES = {"9:16": (1080, 1920), "1:1": (1080, 1080), "4:5": (1080, 1350), "16:9": (1920, 1080)}
MIN_SECOND_FACE = 0.4  # of the larger face, if the caller asks for a split or both people speak
LISTENER_WEIGHT = 0.3  # of somebody who is silent
TURN_COST = 0.3  # of a change to the active speaker, seconds of full interest
MIN_TURN_S = 1.5  # for which each speaker is shown, within a shot
MIN_SPLIT_S = 3.0  # within a shot; a shorter split would flicker


def output_size(options: Options) -> tuple[int, int]:
    """Return the clip's width and height, even pixels; two thirds of both at quality "fast"."""
    width, height = SIZES[options.aspect_ratio]
    if options.quality == "fast":
        return width * 2 // 3 // 2 * 2, height * 2 // 3 // 2 * 2
    return width, height


def plan(
    source: Source,
    span: Span,
    shots: tuple[Shot, ...],
    options: Options,
    weight: Weight | None = None,
) -> CropPath:
    """Compute a clip's crop path in the layout of `options`; its segments abut and cover `span`.

    `weight` returns how much each person deserves to be shown; without it size decides, and two
    people of about the same size are shown together.
    """
    width, height = output_size(options)
    if source.video is None:
        segments = [Frame(width, height, width / height, height, height).whole(*_ends(span))]
    elif options.layout == "fit" or not shots:
        segments = [Frame.of(source.video, width, height).whole(*_ends(span))]
    else:
        planner = _Planner(source.video, (width, height), options.layout, weight)
        segments = [s for shot in _clip(shots, span) for s in planner.segments(shot)]
    return CropPath(width=width, height=height, segments=_merge(segments))


def _ends(span: Span) -> tuple[float, float]:
    return span.start_s, span.end_s


def _clip(shots: tuple[Shot, ...], span: Span) -> list[Shot]:
    """Return the shots within `span`; the first and last are extended to its ends."""
    inside = [s for s in shots if s.end_s > span.start_s and s.start_s < span.end_s]
    return [
        replace(
            s,
            start_s=span.start_s if n == 0 else s.start_s,
            end_s=span.end_s if n == len(inside) - 1 else s.end_s,
        )
        for n, s in enumerate(inside)
    ]


def _merge(segments: list[CropSegment]) -> tuple[CropSegment, ...]:
    """Merge neighboring segments that show the whole picture."""
    out: list[CropSegment] = []
    for s in segments:
        if out and s.layout == "fit" == out[-1].layout:
            out[-1] = replace(out[-1], end_s=s.end_s)
        else:
            out.append(s)
    return tuple(out)


def weigh_by_speech(track: FaceTrack, t_s: float) -> float:
    """Weigh a person by the probability that they speak."""
    return LISTENER_WEIGHT + (1.0 - LISTENER_WEIGHT) * speech_probability(track, t_s)


class _Planner:
    """Chooses the layout of each part of a shot."""

    def __init__(
        self, video: VideoStream, size: tuple[int, int], layout: LayoutChoice, weight: Weight | None
    ) -> None:
        self._frame = Frame.of(video, *size)
        self._halves = Halves(video, *size)
        self._layout, self._weight = layout, weight

    def segments(self, shot: Shot) -> list[CropSegment]:
        """Return the layouts of one shot, abutting, in order."""
        if self._layout == "split":
            both = pair(shot.tracks, shot.start_s, shot.end_s, least=MIN_SECOND_FACE)
            if both is not None:
                return [self._halves.segment(shot.start_s, shot.end_s, both)]
        if self._layout != "crop" and self._frame.is_slide(shot):
            return [self._frame.whole(shot.start_s, shot.end_s)]
        speaking = talkers(shot.tracks) if self._weight is None else None
        if speaking and len(speaking) > 1 and self._layout != "crop" and not self._frame.alike:
            both = pair(shot.tracks, shot.start_s, shot.end_s, least=MIN_SECOND_FACE)
            if both is not None and not self._frame.holds_both(both, shot.start_s, shot.end_s):
                return [self._halves.segment(shot.start_s, shot.end_s, both)]
        weight = weigh_by_speech if speaking else self._weight
        out: list[tuple[Stretch, Pair | None]] = []
        pace = (TURN_COST, MIN_TURN_S) if speaking else (CHANGE_COST, 0.0)
        for part in stretches(shot, weight, *pace):
            both = self._both(shot, part) if weight is None else None
            if out and both is not None and both == out[-1][1]:
                # which of the two is larger may change; the split stays as it is
                out[-1] = replace(out[-1][0], end_s=part.end_s), both
            else:
                out.append((part, both))
        return [
            self._halves.segment(part.start_s, part.end_s, both)
            if both is not None
            else self._frame.segment(
                part,
                shot.tracks,
                decided=weight is not None,
                may_fit=self._layout != "crop",
            )
            for part, both in out
        ]

    def _both(self, shot: Shot, part: Stretch) -> Pair | None:
        """Return the two people to show in a split; None if another layout is better or chosen."""
        brief = part.end_s - part.start_s < min(MIN_SPLIT_S, shot.end_s - shot.start_s)
        if brief or self._layout == "crop" or self._frame.alike:
            return None
        both = pair(shot.tracks, part.start_s, part.end_s, least=COMPARABLE)
        if both is None or self._frame.holds_both(both, part.start_s, part.end_s):
            return None
        return both
