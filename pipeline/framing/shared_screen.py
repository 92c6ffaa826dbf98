"""Shows a shared screen, slide or game whole, below the person who talks about it."""

import numpy as np

from pipeline.core.data import Box, CropKey, CropSegment, FaceTrack, Shot, VideoStream
from pipeline.core.layout import screen_height
from pipeline.framing.crop_bounds import area_of, window_of
from pipeline.framing.crop_frame import WIDE_ROOM, Frame, moments
from pipeline.framing.split_screen import EYES_HEIGHT, TARGET_FACE_SHARE
from pipeline.vision.tracks import boxes_at

MIN_SCREEN_SHARE = 0.25  # minimum share of the source's picture; a smaller screen says little
MAX_ENLARGEMENT = 5.0  # maximum zoom into a small camera picture; more is a blur
MIN_PERSON_SHARE = 1 / 3  # minimum height of the person's pane, share of the clip's height
CAPTION_SHARE = 0.125  # two lines of captions in the middle, share of the clip's height


def screen_of(shot: Shot, video: VideoStream) -> Box | None:
    """Return the shot's largest shared screen, if it is large enough to be shown."""
    regions = shot.layout.regions if shot.layout is not None else ()
    boxes = [region.box for region in regions if region.kind == "screen"]
    largest = max(boxes, key=lambda box: box.w * box.h, default=None)
    if largest is None or largest.w * largest.h < MIN_SCREEN_SHARE * video.width * video.height:
        return None
    return largest


class SharedScreen:
    """The two panes for one source and one clip size."""

    def __init__(self, video: VideoStream, width: int, height: int) -> None:
        self._video, self._size = video, (width, height)

    def segment(
        self, start_s: float, end_s: float, person: FaceTrack, shot: Shot
    ) -> CropSegment | None:
        """Show `person` above and the screen below; None if that does not suit the shot.

        A small camera picture, or one that a face fills, does not get all of the room above. It
        does not suit if the person sits in no window, if their picture is smaller still, or if the
        clip is as wide as the screen.
        """
        screen = screen_of(shot, self._video)
        if screen is None or window_of(person, shot) is None:
            return None
        width, height = self._size
        area = area_of(person, shot, self._video)
        times = moments(start_s, end_s)
        face = boxes_at(person, times)
        wide = WIDE_ROOM * float((face[2] - face[0]).max())
        room = min(self._room(screen), MAX_ENLARGEMENT * area.h, width * area.h / wide)
        upper = int(room) // 2 * 2
        frame = Frame.of(self._video, width, upper, area=area)
        tall = float(np.percentile(face[3] - face[1], 90))
        h = min(frame.max_h, max(tall / TARGET_FACE_SHARE, upper / MAX_ENLARGEMENT))
        blurred = upper > MAX_ENLARGEMENT * h + 1
        torn = h < area.h and not frame.holds(face)  # all of the window's height tears nothing
        if blurred or torn or upper < MIN_PERSON_SHARE * height:
            return None
        return CropSegment(
            start_s=start_s,
            end_s=end_s,
            layout="screen",
            keys=frame.follow(times, face, h, EYES_HEIGHT),
            others=((CropKey(t_s=start_s, box=screen),),),
        )

    def _room(self, screen: Box) -> float:
        """Return how high a person above the screen may be, pixels: captions fit between both."""
        width, height = self._size
        room = height - screen_height(screen, width, height)
        left = room - 2 * CAPTION_SHARE * height  # half of what is left is between the two
        return left if left >= MIN_PERSON_SHARE * height else room
