"""Plans the virtual camera: what part of each picture a clip shows.

`look` finds shots and faces in one decode at low resolution; `plan` turns them into a crop path.
A shot is cropped to its subject. Where it is known who speaks, `director` changes between one
person and several; otherwise two people of about one size who do not fit the crop have a half each
("split"). Where a crop cannot hold what matters, or there is no face, the whole picture is shown
("fit").
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from pipeline.core.data import (
    Box,
    CropPath,
    CropSegment,
    FaceTrack,
    Options,
    Shot,
    Source,
    Span,
    VideoStream,
    Word,
)
from pipeline.framing import chosen_framing
from pipeline.framing.crop_bounds import area_of, picture_of, share_window, window_of
from pipeline.framing.crop_frame import COMPARABLE, Frame
from pipeline.framing.director import Take, direct
from pipeline.framing.people import Pair, height, in_reading_order, pair, people
from pipeline.framing.shared_screen import SharedScreen, screen_of
from pipeline.framing.split_screen import SplitScreen
from pipeline.framing.subjects import CHANGE_COST, Stretch, Weight, stretches
from pipeline.framing.window_stack import WindowStack
from pipeline.vision.active_speaker import one_stands_out, speech_probability, talkers
from pipeline.vision.tracks import boxes_of

SIZES = {"9:16": (1080, 1920), "1:1": (1080, 1080), "4:5": (1080, 1350), "16:9": (1920, 1080)}
MIN_SECOND_FACE = 0.4  # minimum size relative to the larger face, in a split or if both speak
LISTENER_WEIGHT = 0.3  # weight of a silent person; a speaker has 1
TURN_COST = 0.3  # cost of a change to the active speaker, seconds of full interest
MIN_TURN_S = 1.5  # minimum time each speaker is shown, within a shot
ROOM_ALONE = 1.6  # minimum crop, in face sizes, that shows one alone where panes could show it too
MIN_SPLIT_S = 3.0  # shortest split within a shot; a shorter one would flicker


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
    *,
    words: Sequence[Word] = (),
) -> CropPath:
    """Compute a clip's crop path in the layout of `options`; its segments abut and cover `span`.

    `weight` returns how much each person deserves to be shown; without it, the active speaker is
    shown if known, else size decides, and two people of about the same size are shown together.
    `words` are what is said in `span`: the picture changes between them, not inside one.
    """
    width, height = output_size(options)
    if source.video is None:
        whole = Frame(0.0, 0.0, width, height, width / height, height, height, height)
        segments = [whole.whole(*_ends(span))]
    elif not shots:
        segments = [Frame.of(source.video, width, height).whole(*_ends(span))]
    else:
        planner = _Planner(source.video, (width, height), options, weight, words)
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
    """Merge neighboring segments that show the same whole picture."""
    out: list[CropSegment] = []
    for s in segments:
        if out and s.layout == "fit" == out[-1].layout and s.keys[0].box == out[-1].keys[0].box:
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
        self,
        video: VideoStream,
        size: tuple[int, int],
        options: Options,
        weight: Weight | None,
        words: Sequence[Word],
    ) -> None:
        self._video, self._size = video, size
        self._screen = SplitScreen(video, *size)
        self._shared = SharedScreen(video, *size)
        self._stack = WindowStack(video, *size)
        self._layout, self._framing = options.layout, options.framing
        self._weight, self._words = weight, words

    def segments(self, shot: Shot) -> list[CropSegment]:
        """Return the layouts of one shot, abutting, in order: as chosen, else as planned."""
        if not self._framing:
            return self._planned(shot)
        out: list[CropSegment] = []
        for part, choice in chosen_framing.parts(shot, self._framing):
            if choice is None:
                out += self._planned(part)
            else:
                out.append(chosen_framing.frame(part, choice.points, self._video, self._size))
        return out

    def _planned(self, shot: Shot) -> list[CropSegment]:
        frame = self._frame(picture_of(shot, self._video))
        if self._layout == "fit":
            return [frame.whole(shot.start_s, shot.end_s)]
        if self._layout == "split":
            both = pair(shot.tracks, shot.start_s, shot.end_s, least=MIN_SECOND_FACE)
            if both is not None:
                return [self._screen.segment(shot.start_s, shot.end_s, both, shot)]
        has_screen = screen_of(shot, self._video) is not None
        if self._layout != "crop" and frame.is_slide(shot) and not has_screen:
            return [frame.whole(shot.start_s, shot.end_s)]
        speaking = talkers(shot.tracks) if self._weight is None else None
        if speaking is not None and self._layout != "crop" and not frame.alike:
            cast = self._cast(shot)
            directed = len(cast) > 1 and (bool(speaking) or one_stands_out(cast))
            if directed and not self._one_crop_holds(cast, shot):
                takes = direct(cast, shot, self._words, fits=partial(self._fits, shot))
                return [self._take(take, shot) for take in takes]
        return self._by_subject(shot, weigh_by_speech if speaking else self._weight, frame)

    def _by_subject(self, shot: Shot, weight: Weight | None, frame: Frame) -> list[CropSegment]:
        """Follow one subject after another; show two of one size together if none stands out."""
        out: list[tuple[Stretch, Pair | None]] = []
        speaking = weight is weigh_by_speech
        pace = (TURN_COST, MIN_TURN_S) if speaking else (CHANGE_COST, 0.0)
        for part in stretches(shot, weight, *pace, words=self._words):
            both = self._both(shot, part, frame) if weight is None else None
            if out and both is not None and both == out[-1][1]:
                # which of the two is larger may change; the split stays as it is
                out[-1] = replace(out[-1][0], end_s=part.end_s), both
            else:
                out.append((part, both))
        return [
            self._screen.segment(part.start_s, part.end_s, both, shot)
            if both is not None
            else self._alone(part, shot, decided=weight is not None)
            for part, both in out
        ]

    def _take(self, take: Take, shot: Shot) -> CropSegment:
        """Show the people of a take: one fills the picture, several have a pane each."""
        if len(take.people) == 1:
            (person,) = take.people
            in_window = window_of(person, shot) is not None
            beside = screen_of(shot, self._video) is not None
            if in_window and not beside and not self._fits(shot, person, 1):
                area = area_of(person, shot, self._video)
                return self._frame(area).whole(take.start_s, take.end_s)
            part = Stretch(take.start_s, take.end_s, person)
            return self._alone(part, shot, decided=True)
        ordered, count = in_reading_order(take.people, shot), len(take.people)
        torn = not all(self._screen.holds(person, count, shot) for person in ordered)
        if torn and count == 2 and all(self._stack.holds(person, shot) for person in ordered):
            return self._stack.segment(take.start_s, take.end_s, ordered, shot)
        return self._screen.segment(take.start_s, take.end_s, ordered, shot)

    def _alone(self, part: Stretch, shot: Shot, *, decided: bool) -> CropSegment:
        """Crop to the subject of a stretch, within the window that it sits in."""
        area, beside = picture_of(shot, self._video), shot.tracks
        if self._layout != "crop" and screen_of(shot, self._video) is not None:
            return self._beside_screen(part, shot)
        if part.subject is not None and not decided and self._others_elsewhere(part.subject, shot):
            return self._frame(area).whole(part.start_s, part.end_s)
        if part.subject is not None:
            area = area_of(part.subject, shot, self._video)
            beside = tuple(t for t in beside if share_window(part.subject, t, shot))
        return self._frame(area).segment(
            part, beside, decided=decided, may_fit=self._layout != "crop"
        )

    def _others_elsewhere(self, subject: FaceTrack, shot: Shot) -> bool:
        """Whether people sit in other windows, any of whom may be the speaker."""
        return any(
            height(person) >= MIN_SECOND_FACE * height(subject)
            for person in people(shot.tracks)
            if not share_window(subject, person, shot)
        )

    def _beside_screen(self, part: Stretch, shot: Shot) -> CropSegment:
        """Show a shared screen with the subject above it; whole if that does not suit."""
        person = part.subject
        both = person and self._shared.segment(part.start_s, part.end_s, person, shot)
        whole = self._frame(picture_of(shot, self._video))
        return both or whole.whole(part.start_s, part.end_s)

    def _cast(self, shot: Shot) -> list[FaceTrack]:
        """Return the people of whom it is known when they speak."""
        return [person for person in people(shot.tracks) if person.speaks]

    def _one_crop_holds(self, cast: Sequence[FaceTrack], shot: Shot) -> bool:
        """Whether everybody fits one crop all the time."""
        if not all(share_window(cast[0], other, shot) for other in cast[1:]):
            return False
        area = area_of(cast[0], shot, self._video)
        return self._frame(area).holds_all(cast, shot.start_s, shot.end_s)

    def _fits(self, shot: Shot, person: FaceTrack, count: int) -> bool:
        """Whether one of `count` panes can hold the person's face all the time."""
        if count == 1:
            frame = self._frame(area_of(person, shot, self._video))
            return frame.alike or frame.holds(boxes_of(person), ROOM_ALONE)
        if screen_of(shot, self._video) is not None:  # which has the other pane
            return False
        stacked = count == 2 and self._stack.holds(person, shot)
        return stacked or self._screen.holds(person, count, shot)

    def _both(self, shot: Shot, part: Stretch, frame: Frame) -> Pair | None:
        """Return the two people to show in a split; None if another layout is better or chosen."""
        brief = part.end_s - part.start_s < min(MIN_SPLIT_S, shot.end_s - shot.start_s)
        if brief or self._layout == "crop" or frame.alike:
            return None
        both = pair(shot.tracks, part.start_s, part.end_s, least=COMPARABLE)
        if both is None or self._one_crop_holds(both, shot):
            return None
        if not all(self._fits(shot, person, 2) for person in both):
            return None
        return both

    def _frame(self, area: Box) -> Frame:
        return Frame.of(self._video, *self._size, area=area)
