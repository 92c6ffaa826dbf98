"""Shows two windows of a call one above the other, over a ground, where faces fill them.

A face as high as its window leaves no room in a half: neither for its hair nor for captions, which
would stand on the other one's forehead. As high as the window, and wider than a half, it is whole;
captions stand between the two.
"""

from collections.abc import Sequence

from pipeline.core.data import CropKey, CropSegment, FaceTrack, Shot, VideoStream
from pipeline.framing.crop_bounds import area_of, window_of
from pipeline.framing.crop_frame import WIDE_ROOM, Frame, moments
from pipeline.framing.split_screen import EYES_HEIGHT
from pipeline.vision.tracks import boxes_at, boxes_of

SHARE = 0.75  # share of the clip's height that both windows fill; the rest is background
MAX_SHARE = 0.82  # the same for narrower windows; leaves room for two lines of captions


class WindowStack:
    """The two panes for one source and one clip size."""

    def __init__(self, video: VideoStream, width: int, height: int) -> None:
        self._video, self._size = video, (width, height)

    def holds(self, person: FaceTrack, shot: Shot) -> bool:
        """Whether the person sits in a window of which the stack can show all of the height."""
        frame = self._frame(person, shot)
        if window_of(person, shot) is None or frame.max_h < frame.height:
            return False
        face = boxes_of(person)
        return bool(WIDE_ROOM * (face[2] - face[0]).max() <= frame.ratio * frame.height)

    def segment(
        self, start_s: float, end_s: float, people: Sequence[FaceTrack], shot: Shot
    ) -> CropSegment:
        """Show two people of whom both are held, the first above the second."""
        upper, lower = (self._keys(start_s, end_s, person, shot) for person in people)
        return CropSegment(
            start_s=start_s, end_s=end_s, layout="stack", keys=upper, others=(lower,)
        )

    def _keys(
        self, start_s: float, end_s: float, person: FaceTrack, shot: Shot
    ) -> tuple[CropKey, ...]:
        frame, times = self._frame(person, shot), moments(start_s, end_s)
        return frame.follow(times, boxes_at(person, times), frame.max_h, EYES_HEIGHT)

    def _frame(self, person: FaceTrack, shot: Shot) -> Frame:
        """Return the frame of a pane as high as SHARE asks for, or as the window is if less wide.

        It is no higher than MAX_SHARE allows: then it does not hold all of the window's height.
        """
        area, (width, height) = area_of(person, shot, self._video), self._size
        pane = min(max(SHARE * height / 2, width * area.h / area.w), MAX_SHARE * height / 2)
        return Frame.of(self._video, width, int(pane) // 2 * 2, area=area)
